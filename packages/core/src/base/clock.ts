import { clearTimeout, performance, setTimeout, systemTime } from './timers.js'
import { oncePerProcess } from './process-state.js'

/** What time it is, and a way to be called later: a store or a test may have its own. */
export interface Clock {
  /** Unix time in seconds, with fractions. */
  now(): number
  /** Calls back once after a number of seconds; the function it gives cancels that. */
  timer(seconds: number, callback: () => void): () => void
}

/** The longest wait that `setTimeout` can count, in milliseconds; beyond it fires at once. */
const MAX_TIMEOUT = 2 ** 31 - 1

/** The clock of this machine: one, so that code which gets it can recognize it. */
export const systemClock: Clock = oncePerProcess('clock', () => ({
  now: () => systemTime() / 1000,
  timer(seconds, callback) {
    const end = performance.now() + seconds * 1000
    let timeout: NodeJS.Timeout
    const wait = () => {
      const left = end - performance.now()
      if (left <= 0) callback()
      else timeout = setTimeout(wait, Math.min(Math.ceil(left), MAX_TIMEOUT))
    }
    timeout = setTimeout(wait, Math.min(Math.max(0, Math.ceil(seconds * 1000)), MAX_TIMEOUT))
    return () => clearTimeout(timeout)
  },
}))

/** Waits a number of seconds on a clock; returns early, without an error, when the signal aborts. */
export function sleep(clock: Clock, seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.timer(seconds, finish)
    signal?.addEventListener('abort', finish)
  })
}

/** Waits for some work, at most a number of seconds, or until the signal aborts. */
export async function within(
  clock: Clock,
  seconds: number,
  work: Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const signals = signal ? [over.signal, signal] : [over.signal]
  await Promise.race([work, sleep(clock, seconds, AbortSignal.any(signals))])
  over.abort()
}
