import './tracing.js'
import { Worker, silentLogger } from '@alligator/core'
import { gator } from './gator.js'

const worker = new Worker(gator, { logger: silentLogger() })
process.on('disconnect', () => worker.stop())
await worker.runForever()
await gator.close()
