import type { Delivery, Finished, Payload } from '@alligator/core'
import { inBatches } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { RedisDelivery } from './deliveries.js'
import type { Argument } from './driver.js'
import { END_NEWS, KEEP_RESULTS } from './scripts/results.js'
import { packData, packId, toMilliseconds, unpackData, unpackId } from './stored.js'

/** Results that one call keeps at most. */
const MOST_TOGETHER = 100

/** What has finished on one queue. */
interface Ending {
  readonly finished: Finished
  readonly result: string | Buffer
  readonly resolve: (lost: Delivery[]) => void
  readonly reject: (error: unknown) => void
}

/** Results, each under a key of its own, which expires by itself. What has finished is settled together, when acks are. */
export class KeptResults {
  readonly #connection: Connection
  readonly #accompany: (send: () => void) => void
  #endings = new Map<string, Ending[]>()

  /** `accompany` calls back when the acks of other tasks are sent. */
  constructor(connection: Connection, accompany: (send: () => void) => void) {
    this.#connection = connection
    this.#accompany = accompany
  }

  /** Settles what has finished; gives what was no longer held. */
  ack(finished: readonly Finished[]): Promise<Delivery[]> {
    const [first] = finished
    // What is finished one by one must not pay for many.
    if (first && finished.length === 1) return this.#finish(first)
    return Promise.all(finished.map((each) => this.#finish(each))).then((lost) => lost.flat())
  }

  async get(queue: string, taskIds: readonly string[]): Promise<Map<string, Payload>> {
    const { results } = this.#connection.keys.of(queue)
    const found = new Map<string, Payload>()
    for (let at = 0; at < taskIds.length; at += MOST_TOGETHER) {
      const some = taskIds.slice(at, at + MOST_TOGETHER)
      const keys = some.map((taskId) => results + packId(taskId))
      const values = (await this.#connection.send('mget', keys)) as (Buffer | null)[]
      for (const [place, taskId] of some.entries()) {
        const value = values[place]
        if (value) found.set(taskId, unpackData(value, taskId))
      }
    }
    return found
  }

  /** Tells those who listen that a task has ended; it does not matter whether that arrives. */
  tell(queue: string, taskId: string): void {
    const told = [this.#channel, JSON.stringify([queue, [packId(taskId)]])]
    void this.#connection.send('publish', told).catch(() => undefined)
  }

  /** Sends what waits for others. */
  flush(): void {
    const endings = this.#endings
    this.#endings = new Map()
    for (const [queue, all] of endings)
      for (const some of inBatches(all, MOST_TOGETHER, () => 1)) void this.#send(queue, some)
  }

  #finish(finished: Finished): Promise<Delivery[]> {
    const { queue, taskId } = finished.delivery
    const result = packData(finished.result, taskId)
    return new Promise((resolve, reject) => {
      if (this.#endings.size === 0) this.#accompany(() => this.flush())
      const ending = { finished, result, resolve, reject }
      const others = this.#endings.get(queue)
      if (others) others.push(ending)
      else this.#endings.set(queue, [ending])
    })
  }

  async #send(queue: string, endings: readonly Ending[]): Promise<void> {
    const { repeats, keys } = this.#connection
    const deliveries = endings.map(({ finished }) => finished.delivery)
    const rest: Argument[] = []
    for (const { finished, result } of endings) {
      const { delivery, keepFor } = finished
      rest.push(RedisDelivery.idOf(delivery), delivery.receipt, toMilliseconds(keepFor), result)
    }
    const call = { queues: [keys.of(queue)], args: { channel: this.#channel, queue }, rest }
    const isDoubtful = deliveries.some((delivery) => repeats.isDoubtful(delivery))
    try {
      const lost = new Set((await this.#connection.run(KEEP_RESULTS, () => call, isDoubtful)) as number[])
      endings.forEach(({ finished, resolve }, at) => resolve(lost.has(at) ? [finished.delivery] : []))
    } catch (error) {
      repeats.doubt(deliveries, error)
      for (const { reject } of endings) reject(error)
    }
  }

  get #channel(): string {
    return this.#connection.channels + END_NEWS
  }
}

/** Which tasks have ended. */
export function readEnds(message: string): (readonly [queue: string, taskId: string])[] {
  const [queue, ids] = JSON.parse(message) as [string, string[]]
  return ids.map((id) => [queue, unpackId(id)])
}
