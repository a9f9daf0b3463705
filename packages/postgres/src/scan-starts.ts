import { performance } from '@alligator/core/backend'

/** Seconds of the server's time that a look may take for nothing to be done about it. */
const CHEAP = 0.01
/** A look from the start takes no more than this part of the time; one that follows a look which found too little may take more. */
const SHARE = 1 / 50
const SHARE_IF_SHORT = 1 / 10
/** Seconds by which looks overlap: how late a commit may become visible. */
const OVERLAP = 1

/** Where a look begins. */
export interface Start {
  /** For each queue the place before which there is nothing to find. */
  readonly lows: readonly string[]
  /** Seconds back, for delays and leases that are over; `null`: all of them. */
  readonly back: number | null
  /** When it was begun, by `performance.now()`. */
  readonly at: number
}

/** What a look has told. */
export interface Told {
  /** Seconds of the server's time that it took. */
  readonly seconds: number
  /** Whether a delay or a lease is over that has not been ended yet: the next look has to find it again. */
  readonly isOver: boolean
}

/**
 * Where the next look at the queues begins. What is dead stands in the indexes until VACUUM may take it away, and while somebody
 * holds an old snapshot that is never: a look that begins at the start would walk over all that was finished meanwhile. So
 * once a look has been expensive, the next ones begin where the last task was found, and at the delays and leases that were not over
 * at the last look. What came to stand before these, by a commit that was late or a release of somebody else, is found by a
 * look from the start, which is made as often as it costs no more than a small part of the time.
 */
export class ScanStarts {
  readonly #lows = new Map<string, string>()
  /** When each queue was looked at last, without anything left to end. */
  readonly #looked = new Map<string, number>()
  #isExpensive = false
  /** Seconds of the last look from the start, and when it was begun. */
  #cost = 0
  #lastFull = Number.NEGATIVE_INFINITY

  /** Where to begin now: at the start, if that is affordable or `isThorough`. */
  begin(queues: readonly string[], isThorough: boolean, now: number = performance.now()): Start {
    const looked = Math.min(...queues.map((queue) => this.#looked.get(queue) ?? Number.NEGATIVE_INFINITY))
    const isAffordable = !this.#isExpensive || this.#hasRested(SHARE, now)
    if (isThorough || isAffordable || !Number.isFinite(looked))
      return { lows: queues.map(() => '0'), back: null, at: now }
    return {
      lows: queues.map((queue) => this.#lows.get(queue) ?? '0'),
      back: (now - looked) / 1000 + OVERLAP,
      at: now,
    }
  }

  /** Whether what a look did not find should be looked for from the start. */
  mayLookAgain(now: number = performance.now()): boolean {
    return this.#hasRested(SHARE_IF_SHORT, now)
  }

  /** Takes note of what a look at the queues has told. */
  end({ back, at }: Start, queues: readonly string[], { seconds, isOver }: Told): void {
    if (!isOver) for (const queue of queues) this.#looked.set(queue, at)
    if (back !== null) return
    this.#cost = seconds
    this.#isExpensive = seconds > CHEAP
    this.#lastFull = at
    if (!this.#isExpensive) this.#lows.clear()
  }

  /** The first task that a look found in a queue. */
  found(queue: string, seq: string): void {
    this.#lows.set(queue, seq)
  }

  /** A task went back to a place in a queue; `undefined`: nobody knows which. */
  wentBack(queue: string, seq: string | undefined): void {
    const low = this.#lows.get(queue)
    if (low === undefined) return
    if (seq === undefined) this.#lows.delete(queue)
    else if (Number(seq) < Number(low)) this.#lows.set(queue, seq)
  }

  #hasRested(share: number, now: number): boolean {
    return now - this.#lastFull >= (1000 * this.#cost) / share
  }
}
