#!/usr/bin/env node
import { Shutdown } from './shutdown.js'

// Before the rest is loaded: a signal during start-up must end with 0, too.
const shutdown = new Shutdown()
const { runProgram } = await import('./run-program.js')
const { alligator } = await import('./program.js')
await runProgram(alligator(shutdown), shutdown)
