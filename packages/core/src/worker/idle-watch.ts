import type { Clock } from '../base/clock.js'

/** Seconds with nothing to run that make a worker idle: less is the way to the store, or a pause between two tasks. */
const IDLE_AFTER = 1

/** Reports once per spell that there is nothing to do. */
export class IdleWatch {
  readonly #clock: Clock
  readonly #tell: () => void
  /** There while a spell lasts, whether it has been reported or not. */
  #cancel: (() => void) | undefined

  constructor(clock: Clock, tell: () => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** There is nothing to do now. */
  begin(): void {
    this.#cancel ??= this.#clock.timer(IDLE_AFTER, this.#tell)
  }

  /** There is something to do, or nothing to be reported any more. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
