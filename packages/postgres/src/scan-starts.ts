import { performance } from '@alligator/core/backend'

/** Seconds of the server's time that a look may take for nothing to be done about it. */
const CHEAP = 0.01
/** Seconds of a look from the start that may follow any that began later and found too little. */
const BEARABLE = 0.05
/** Any other look from the start takes no more than this part of the time. */
const SHARE = 1 / 50

/** Where a look begins. */
export interface Start {
  /** For each queue the place before which there is nothing to find. */
  readonly lows: readonly string[]
  /** Seconds back, for delays and leases that are over; `null`: all of them. */
  readonly back: number | null
}

/**
 * Where the next look at the queues begins. What is dead stands in the indexes until VACUUM may take it away, and while somebody
 * holds an old snapshot that is never: a look that begins at the start would walk over all that was finished meanwhile. So
 * once a look has been expensive, the next ones begin where the last task was found. What came to stand before that place,
 * by a commit that was late or a release of somebody else, is found by a look from the start, which is made as often as
 * it costs no more than a small part of the time.
 */
export class ScanStarts {
  readonly #lows = new Map<string, string>()
  #isExpensive = false
  #cost = 0
  #lastFull = Number.NEGATIVE_INFINITY
  #nextFull = 0

  /** Whether what a look did not find should be looked for from the start. */
  get mayLookAgain(): boolean {
    return this.#cost < BEARABLE
  }

  /** Where to begin now, by `performance.now()`: at the start, if that is affordable or `isThorough`. */
  begin(queues: readonly string[], isThorough: boolean, now: number = performance.now()): Start {
    if (isThorough || !this.#isExpensive || now >= this.#nextFull)
      return { lows: queues.map(() => '0'), back: null }
    return {
      lows: queues.map((queue) => this.#lows.get(queue) ?? '0'),
      back: (now - this.#lastFull) / 1000 + 1,
    }
  }

  /** Takes note of what a look found, and of the seconds that it took. */
  end(start: Start, seconds: number, now: number = performance.now()): void {
    if (start.back !== null) return
    this.#cost = seconds
    this.#isExpensive = seconds > CHEAP
    this.#lastFull = now
    this.#nextFull = now + (1000 * seconds) / SHARE
    if (!this.#isExpensive) this.#lows.clear()
  }

  /** The first task that a look found in a queue. */
  found(queue: string, seq: string): void {
    this.#lows.set(queue, seq)
  }

  /** Something went back to its place in a queue. */
  wentBack(queue: string): void {
    this.#lows.delete(queue)
  }
}
