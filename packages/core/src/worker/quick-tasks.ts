import { performance } from '../base/timers.js'

/** Seconds. */
const QUICK = 0.001
/** Milliseconds in which what is taken at once should have begun. */
const SOON = 10
/** Tasks that are taken at once at most, unless there are slots for more. */
const MOST = 250
/** How much of what was known of the pace one more end leaves. */
const MEMORY = 15 / 16

/**
 * Knows how many tasks should be taken at once while tasks are quick: what begins within some milliseconds at the pace of the last ones, whatever
 * the number of slots, and no more than were quick in a row. Two for each slot are always soon enough.
 */
export class QuickTasks {
  readonly #least: number
  /** How many in a row were quick. */
  #quick = 0
  /** Milliseconds from one end to the next: a moving mean. */
  #interval = SOON
  #lastEnd = 0

  constructor(concurrency: number) {
    this.#least = 2 * concurrency
  }

  get areQuick(): boolean {
    return this.#quick >= this.#least
  }

  /** How many to take at once while they are quick. */
  get batch(): number {
    const soon = Math.min(MOST, this.#quick, Math.floor(SOON / this.#interval))
    return Math.max(this.#least, soon)
  }

  /** One has ended, after a number of seconds unless it was not run. */
  ended(seconds: number | undefined): void {
    this.#quick = seconds !== undefined && seconds < QUICK ? this.#quick + 1 : 0
    const now = performance.now()
    this.#interval = MEMORY * this.#interval + (1 - MEMORY) * Math.min(now - this.#lastEnd, SOON)
    this.#lastEnd = now
  }
}
