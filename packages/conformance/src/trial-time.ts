import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { AssertionError } from 'node:assert'
import type { ManualClock } from './harness.js'

/** Real seconds after which something that should happen at once counts as not happening. */
const PATIENCE = 5
/** A real length of time in seconds that is long enough to look twice and short enough to wait for. */
const SHORT = 0.3
/** Seconds by which this machine's clock may be coarser than the store's. */
const CLOCK_SLACK = 0.01

/** The time of one scenario: moved by hand on a manual clock, or waited for. */
export class TrialTime {
  /** Whether time moves by hand, so that every step is exact. */
  readonly manual: boolean
  /** A length of time in seconds that suits the store: leases and delays of the scenarios are multiples of it. */
  readonly unit: number
  readonly #clock: ManualClock | undefined
  readonly #precision: number

  /** `precision` is the store's `delayPrecision`. */
  constructor(clock: ManualClock | undefined, precision: number) {
    this.manual = clock !== undefined
    this.unit = clock ? 10 * Math.max(1, precision) : Math.max(SHORT, precision)
    this.#clock = clock
    this.#precision = precision
  }

  /** Unix time in seconds. */
  now(): number {
    return this.#clock?.now() ?? Date.now() / 1000
  }

  /** Lets time pass until whatever is due then has become due, the store's resolution allowed for. */
  async reach(deadline: number): Promise<void> {
    const end = deadline + this.#precision
    if (this.#clock) return this.#clock.advance(Math.max(0, end - this.#clock.now()))
    for (let left = end + CLOCK_SLACK - this.now(); left > 0; left = end + CLOCK_SLACK - this.now()) {
      await pause(Math.ceil(left * 1000))
    }
  }

  /** Checks something that must hold until the deadline: just before it on a manual clock, now in real time. */
  async before(deadline: number, check: () => Promise<void>): Promise<void> {
    if (this.#clock) {
      await this.#clock.advance(Math.max(0, deadline - CLOCK_SLACK - this.#clock.now()))
      return check()
    }
    try {
      await check()
    } catch (error) {
      // A machine that was too slow to look in time has proved nothing.
      if (this.now() < deadline - CLOCK_SLACK) throw error
    }
  }

  /** Gives what must come at once, without any help of the clock. */
  async soon<T>(awaited: PromiseLike<T>, promise: string): Promise<T> {
    const given = new AbortController()
    const late = pause(PATIENCE * 1000, undefined, { signal: given.signal }).then(() => {
      throw new AssertionError({ message: `${promise}\n  nothing came within ${PATIENCE} s` })
    })
    try {
      return await Promise.race([awaited, late])
    } finally {
      given.abort()
      await late.catch(() => {})
    }
  }

  /** Whether a promise is still open after the event loop has had some turns. */
  async isOpen(awaited: PromiseLike<unknown>): Promise<boolean> {
    let open = true
    const settle = () => {
      open = false
    }
    awaited.then(settle, settle)
    for (let turns = 0; turns < 5; turns += 1) await turn()
    return open
  }
}
