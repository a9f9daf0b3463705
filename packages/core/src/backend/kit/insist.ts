import { performance } from '../../base/timers.js'
import type { Awaitable } from '../../base/awaitable.js'
import { type Clock, sleep, systemClock } from '../../base/clock.js'

/** How long, and how often, a call is repeated. */
export interface Insistence {
  /** When to give up, by `performance.now()`: no further attempt begins after it. */
  readonly end: number
  /** Seconds before the second attempt; doubled for each that follows, up to `longest`. */
  readonly shortest: number
  readonly longest: number
  /** Whether a failure may be over in a moment. Any other is thrown at once. */
  readonly isPassing: (error: unknown) => boolean
  /** Called with the error when it failed and is repeated, and then with nothing when it has succeeded. */
  readonly onTrouble?: (error: unknown) => void
  /** Ends the present pause, after which there is one last attempt. */
  readonly signal?: AbortSignal
  /** What the pauses are counted on. (Default: the system's) */
  readonly clock?: Clock
}

/**
 * Repeats a step while the store is away. A step whose answer was lost may have been carried out, so that it must be one
 * that may happen twice, or that finds out what its first attempt did.
 *
 * @throws what the last attempt failed with.
 *
 * @example
 * ```ts no-check
 * const isPassing = (error: unknown) => hasCode(error, 'STORE_UNAVAILABLE')
 * const end = performance.now() + 6000
 * const stats = await insist(() => connection.ask('stats'), { end, shortest: 0.01, longest: 0.5, isPassing })
 * ```
 */
export async function insist<T>(step: () => Awaitable<T>, how: Insistence): Promise<T> {
  try {
    return await step()
  } catch (error) {
    return insistAfter(error, step, how)
  }
}

/** The same after a first attempt that was made elsewhere, and failed: begins with a pause, if it begins at all. */
export async function insistAfter<T>(
  failure: unknown,
  step: () => Awaitable<T>,
  how: Insistence,
): Promise<T> {
  let error = failure
  for (let pause = how.shortest; mayTry(error, how); pause = Math.min(how.longest, 2 * pause)) {
    how.onTrouble?.(error)
    await sleep(how.clock ?? systemClock, pause, how.signal)
    try {
      const value = await step()
      how.onTrouble?.(undefined)
      return value
    } catch (another) {
      error = another
    }
  }
  throw error
}

function mayTry(error: unknown, { end, isPassing, signal }: Insistence): boolean {
  return performance.now() < end && !signal?.aborted && isPassing(error)
}
