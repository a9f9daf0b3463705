import { setImmediate } from 'node:timers/promises'

/** Milliseconds that tasks which end at once may follow one another. */
const LONGEST = 5

/**
 * Gives timers and I/O their turn: where neither the store nor the functions wait for anything, a worker would go from one
 * task to the next, and nothing else in the process would ever run.
 */
export class Breath {
  #last = performance.now()

  get isDue(): boolean {
    return performance.now() - this.#last >= LONGEST
  }

  async take(): Promise<void> {
    await setImmediate()
    this.#last = performance.now()
  }
}
