import { performance, setImmediate, turn } from '../base/timers.js'

/** Milliseconds that tasks which end at once may follow one another. */
const LONGEST = 5

/**
 * Gives timers and I/O their turn: where neither the store nor the functions wait for anything, a worker would go from one
 * task to the next, and nothing else in the process would ever run. A store that is waited for lets the event loop turn
 * anyway; a pause would only split what is settled together.
 */
export class EventLoopYield {
  /** Since when the event loop has not turned, as far as that was looked at. */
  #since: number | undefined

  /** Whether the event loop has stood still for long. */
  get isDue(): boolean {
    const now = performance.now()
    if (this.#since === undefined) this.#watch(now)
    return now - (this.#since ?? now) >= LONGEST
  }

  async take(): Promise<void> {
    await turn()
  }

  #watch(now: number): void {
    this.#since = now
    setImmediate(() => (this.#since = undefined))
  }
}
