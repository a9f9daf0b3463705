import { StoreUnavailableError } from '../../errors/index.js'
import { performance, setImmediate, setTimeout } from '../../base/timers.js'
import type { Lifecycle } from './lifecycle.js'

/** Milliseconds for which a store may leave every call unanswered before that is reported. */
const QUIET = 1500

/**
 * Tells those who listen to a client that its store answers nothing, long before the time limit of a call is over, and that it answers
 * again. One timer serves all calls.
 *
 * @example
 * ```ts no-check
 * silence.ask()
 * const rows = await pool.query(text).finally(() => silence.end())
 * silence.answer()
 * ```
 */
export class Silence {
  readonly #dsn: string
  readonly #life: Lifecycle
  #asked = 0
  /** Since when nothing was answered, by `performance.now()`. */
  #since = 0
  #isTold = false
  #timer: NodeJS.Timeout | undefined

  constructor(dsn: string, life: Lifecycle) {
    this.#dsn = dsn
    this.#life = life
  }

  /** The store is asked something that it should answer at once; `end` must follow. */
  ask(now: number = performance.now()): void {
    if (this.#asked === 0) this.#since = now
    this.#asked += 1
    if (!this.#timer) this.#setTimer(QUIET)
  }

  /** The store has answered. */
  answer(now: number = performance.now()): void {
    this.#since = now
    if (!this.#isTold) return
    this.#isTold = false
    this.#life.tellTrouble(undefined)
  }

  /** Nobody waits for that answer any more, whether it came or not. */
  end(): void {
    this.#asked -= 1
  }

  /** Timers come before the answers that have arrived while the event loop stood still, and these before what is immediate. */
  #setTimer(milliseconds: number): void {
    this.#timer = setTimeout(() => setImmediate(() => this.#look()), Math.ceil(milliseconds)).unref()
  }

  #look(): void {
    this.#timer = undefined
    if (this.#asked === 0) return
    const quiet = performance.now() - this.#since
    if (quiet < QUIET) return this.#setTimer(QUIET - quiet)
    if (this.#isTold) return
    this.#isTold = true
    const seconds = quiet / 1000
    const why = `it has answered nothing for ${seconds.toFixed(1)} s`
    const error = new StoreUnavailableError(
      this.#dsn,
      why,
      'What was asked is waited for, up to its time limit.',
    )
    this.#life.tellTrouble(error, seconds)
  }
}
