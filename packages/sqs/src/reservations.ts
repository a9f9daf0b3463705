import type { Clock, Delivery } from '@alligator/core'
import { LARGEST_RECEIVE, Poll, type Waiter } from './poll.js'
import type { Queues } from './queues.js'
import type { Receiver } from './receiver.js'
import type { Settlements } from './settlements.js'
import { Turns } from './turns.js'

/** Seconds of a long poll where others wait for their turn. */
const SHORT_POLL = 1

/** What a `reserve` asks for. */
export interface ReserveRequest {
  readonly limit: number
  /** Seconds, whole ones. */
  readonly lease: number
  /** Seconds. */
  readonly wait: number
  readonly signal: AbortSignal | undefined
}

/** Looks for tasks on queues, and waits for them. */
export class Reservations {
  readonly #receiver: Receiver
  readonly #queues: Queues
  readonly #settlements: Settlements
  readonly #clock: Clock
  /** Whole seconds. */
  readonly #longPoll: number
  /** By queue and lease, which a request names both. */
  readonly #polls = new Map<string, Poll>()
  readonly #turns: Turns
  #isClosed = false

  constructor(
    receiver: Receiver,
    queues: Queues,
    settlements: Settlements,
    { clock, longPoll, mostPolls }: { clock: Clock; longPoll: number; mostPolls: number },
  ) {
    this.#turns = new Turns(mostPolls)
    this.#receiver = receiver
    this.#queues = queues
    this.#settlements = settlements
    this.#clock = clock
    this.#longPoll = longPoll
  }

  /** Takes what is there, from the first queue before the second; nothing where waiting is the better way to look. */
  async look(queues: readonly string[], request: ReserveRequest): Promise<Delivery[]> {
    if (request.wait > 0 && !this.#looksFirst(queues, request)) return []
    const taken: Delivery[] = []
    for (const queue of queues) {
      try {
        taken.push(...(await this.#take(queue, request, request.limit - taken.length)))
      } catch (error) {
        // What the queues before it gave is held already.
        if (taken.length === 0) throw error
      }
    }
    if (taken.length === 0 && request.wait <= 0) taken.push(...(await this.#lookAgain(queues, request)))
    if (!this.#isClosed) return taken
    await this.#settlements.putBack(taken)
    return []
  }

  /** Waits for what comes first; nothing, when the time is up or the signal aborts. */
  wait(queues: readonly string[], request: ReserveRequest): Promise<Delivery[]> {
    const { limit, lease, wait, signal } = request
    const polls = queues.map((queue) => this.#poll(queue, lease))
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel()
        signal?.removeEventListener('abort', giveUp)
        for (const poll of polls) poll.leave(waiter)
      }
      const waiter: Waiter = {
        limit,
        wait,
        give(deliveries) {
          leave()
          resolve(deliveries)
        },
        fail(error) {
          leave()
          reject(error)
        },
      }
      const giveUp = () => waiter.give([])
      const cancel = this.#clock.timer(wait, giveUp)
      signal?.addEventListener('abort', giveUp)
      for (const poll of polls) poll.join(waiter)
    })
  }

  /** Ends every wait, when its last request has come back. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#polls.values()].map((poll) => poll.close()))
  }

  /** A request that waits answers at once where there is something: but for one queue, and with ten tasks at most. */
  #looksFirst(queues: readonly string[], { limit, lease }: ReserveRequest): boolean {
    if (queues.every((queue) => this.#poll(queue, lease).isPolling)) return false
    return (
      queues.length > 1 || (limit > LARGEST_RECEIVE && queues.some((queue) => this.#receiver.isBusy(queue)))
    )
  }

  async #take(queue: string, { lease }: ReserveRequest, limit: number): Promise<Delivery[]> {
    const poll = this.#poll(queue, lease)
    const left = poll.takeLeft(limit)
    const found = await this.#receiver.receiveMany(queue, { limit: limit - left.length, lease, wait: 0 })
    // A poll that nobody waits for may have come back meanwhile.
    return [...left, ...found, ...poll.takeLeft(limit - left.length - found.length)]
  }

  /** A request that does not wait asks some of SQS's servers only: where there should be something, all are asked. */
  async #lookAgain(queues: readonly string[], { limit, lease }: ReserveRequest): Promise<Delivery[]> {
    for (const queue of queues) {
      const [waiting] = await this.#queues.numbers(this.#queues.named(queue))
      if (waiting === 0) continue
      const taken = await this.#receiver.receive(queue, { limit, lease, wait: 1 })
      if (taken.length > 0) return taken
    }
    return []
  }

  #poll(queue: string, lease: number): Poll {
    const key = `${lease} ${queue}`
    const known = this.#polls.get(key)
    if (known) return known
    const source = {
      receive: (limit: number, wait: number) =>
        this.#turns.take(async () => {
          if (this.#isClosed) return []
          const isCrowded = this.#polls.size > this.#turns.most
          return this.#receiver.receive(queue, { limit, lease, wait: isCrowded ? SHORT_POLL : wait })
        }),
      putBack: (deliveries: readonly Delivery[]) => this.#settlements.putBack(deliveries),
    }
    const poll = new Poll(source, this.#longPoll)
    this.#polls.set(key, poll)
    return poll
  }
}
