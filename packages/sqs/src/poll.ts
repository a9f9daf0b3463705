import type { Delivery } from '@alligator/core'
import { clearTimeout, setTimeout } from '@alligator/core/backend'

/** Messages that one request gives at most. */
export const LARGEST_RECEIVE = 10
/** Milliseconds that tasks are kept for the next `reserve` when nobody waits for them any more. */
const KEPT = 250

/** One `reserve` that waits, on one queue or on several. */
export interface Waiter {
  /** The most deliveries that it takes. */
  readonly limit: number
  /** Seconds that it was told to wait. */
  readonly wait: number
  /** Ends its wait with these, for all polls that it joined. */
  give(deliveries: Delivery[]): void
  fail(error: unknown): void
}

/** What a poll does to its queue. */
export interface PollSource {
  /** Waits so many seconds in SQS for messages. */
  receive(limit: number, wait: number): Promise<Delivery[]>
  /** Shows messages to everybody again. */
  putBack(deliveries: readonly Delivery[]): Promise<void>
}

/**
 * The long polls of one client on one queue, one after the other for as long as somebody waits. A request that waits in SQS
 * is never broken off: SQS would still hand out a message to it, which nobody could then have until its lease lapses. So
 * whoever stops waiting leaves the poll behind. What it brings is for the next who asks, or is put back after a moment.
 */
export class Poll {
  readonly #source: PollSource
  readonly #longest: number
  readonly #waiters: Waiter[] = []
  #polling: Promise<void> = Promise.resolve()
  /** Whether a request waits in SQS now. */
  isPolling = false
  #left: Delivery[] = []
  #leaving: NodeJS.Timeout | undefined
  #closed = false

  constructor(source: PollSource, longest: number) {
    this.#source = source
    this.#longest = longest
  }

  /** Serves a waiter as soon as there is something. */
  join(waiter: Waiter): void {
    this.#waiters.push(waiter)
    if (!this.isPolling) this.#polling = this.#run()
  }

  leave(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter)
    if (at >= 0) this.#waiters.splice(at, 1)
  }

  /** What a poll brought for which nobody waited. */
  takeLeft(limit: number): Delivery[] {
    return this.#left.splice(0, limit)
  }

  /** Lets the request that is under way come back, and puts back what it brings. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of [...this.#waiters]) waiter.give([])
    await this.#polling
    await this.#putBackLeft()
  }

  async #run(): Promise<void> {
    this.isPolling = true
    while (this.#waiters.length > 0 && !this.#closed) {
      try {
        const left = this.takeLeft(LARGEST_RECEIVE)
        this.#serve(left.length > 0 ? left : await this.#source.receive(...this.#request()))
      } catch (error) {
        for (const waiter of [...this.#waiters]) waiter.fail(error)
      }
    }
    this.isPolling = false
  }

  #request(): [limit: number, wait: number] {
    const limit = this.#waiters.reduce((sum, waiter) => sum + waiter.limit, 0)
    const wait = Math.max(...this.#waiters.map((waiter) => Math.ceil(waiter.wait)))
    return [Math.min(LARGEST_RECEIVE, limit), Math.min(this.#longest, wait)]
  }

  #serve(deliveries: Delivery[]): void {
    for (const waiter of [...this.#waiters]) {
      if (deliveries.length > 0) waiter.give(deliveries.splice(0, waiter.limit))
    }
    if (deliveries.length === 0) return
    this.#left.push(...deliveries)
    this.#leaving ??= setTimeout(() => void this.#putBackLeft(), KEPT)
  }

  async #putBackLeft(): Promise<void> {
    clearTimeout(this.#leaving)
    this.#leaving = undefined
    await this.#source.putBack(this.#left.splice(0))
  }
}
