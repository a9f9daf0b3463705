import { performance as machine } from 'node:perf_hooks'
import * as timers from 'node:timers'
import * as promises from 'node:timers/promises'
import { runInThisContext } from 'node:vm'

/**
 * The timers of Node.js, taken while this file is loaded: a test runner that puts others in their place, which stand still until
 * the test moves them, would keep workers and stores waiting for ever. Under jest this code has a global object of its own, which
 * may be a fake already; the main one never is.
 */
export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate
export const clearInterval: typeof timers.clearInterval = timers.clearInterval
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout
export const setImmediate: typeof timers.setImmediate = timers.setImmediate
export const setInterval: typeof timers.setInterval = timers.setInterval
export const setTimeout: typeof timers.setTimeout = timers.setTimeout

/** Resolves after a number of milliseconds. */
export const pause: typeof promises.setTimeout = promises.setTimeout

/** Resolves after a turn of the event loop. */
export const turn: typeof promises.setImmediate = promises.setImmediate

const main = runInThisContext('globalThis') as typeof globalThis

export const queueMicrotask: (step: () => void) => void = main.queueMicrotask
export const nextTick: (step: () => void) => void = main.process.nextTick.bind(main.process)

/** The time of this machine since some moment, in milliseconds. */
export const performance: { readonly now: () => number } = { now: machine.now.bind(machine) }

/** The Unix time of this machine, in milliseconds. */
export const systemTime: () => number = main.Date.now
