/** Seconds. */
const QUICK = 0.001

/** Knows whether recent tasks were so quick that those of another batch can be started soon, too. */
export class QuickTasks {
  readonly #row: number
  /** How many in a row were quick. */
  #quick = 0

  constructor(concurrency: number) {
    this.#row = 2 * concurrency
  }

  get isQuick(): boolean {
    return this.#quick >= this.#row
  }

  /** One has ended, after a number of seconds unless it was not run. */
  ended(seconds: number | undefined): void {
    this.#quick = seconds !== undefined && seconds < QUICK ? this.#quick + 1 : 0
  }
}
