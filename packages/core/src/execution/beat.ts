import { SharedTimes, type TimeWords } from '../base/shared-times.js'

const DUE = 0
const RENEWED = 1
const GAP = 2

/** What a lease keeper, and the thread that renews in its place while the event loop stands still, know of each other. */
export class Beat {
  readonly #times: SharedTimes

  /** `words` are those of the same beat in another thread. */
  constructor(words: number | TimeWords = 3) {
    this.#times = new SharedTimes(words)
  }

  get words(): TimeWords {
    return this.#times.words
  }

  /** When the keeper will renew next, by `monotonic`; 0 while nothing is held. */
  get due(): number {
    return this.#times.get(DUE)
  }

  /** The keeper is at work. */
  set due(due: number) {
    this.#times.set(RENEWED, 0)
    this.#times.set(GAP, 0)
    this.#times.set(DUE, due)
  }

  /** Since when the keeper is, what it holds was last renewed by the thread; 0 when it was not, or once so late that a lease may have lapsed. */
  get renewed(): number {
    return this.#times.get(GAP) === 0 ? this.#times.get(RENEWED) : 0
  }

  /** The thread has renewed what is held; `isInTime`: no lease can have lapsed before. */
  renew(at: number, isInTime: boolean): void {
    if (!isInTime) this.#times.set(GAP, at)
    this.#times.set(RENEWED, at)
  }
}
