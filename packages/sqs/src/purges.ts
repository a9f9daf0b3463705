import { StoreUnavailableError } from '@alligator/core'
import type { Connection } from './connection.js'
import { monotonic } from './leases.js'
import type { Queue, Queues } from './queues.js'
import { isPurging } from './store-error.js'

/** Seconds within which SQS purges a queue only once. */
const PAUSE = 60

/** Empties queues, as often as SQS allows. */
export class Purges {
  readonly #connection: Connection
  readonly #queues: Queues
  /** When a queue was purged last. */
  readonly #purged = new Map<Queue, number>()

  constructor(connection: Connection, queues: Queues) {
    this.#connection = connection
    this.#queues = queues
  }

  /** @throws StoreUnavailableError when the queue was purged less than a minute ago, and is not empty. */
  async purge(queue: Queue): Promise<void> {
    const last = this.#purged.get(queue) ?? Number.NEGATIVE_INFINITY
    if (monotonic() - last < PAUSE) return this.#checkEmpty(queue)
    try {
      await this.#queues.use(queue, (QueueUrl) => this.#connection.send('PurgeQueue', { QueueUrl }))
      this.#purged.set(queue, monotonic())
    } catch (error) {
      if (!isPurging(error)) throw error
      await this.#checkEmpty(queue)
    }
  }

  async #checkEmpty(queue: Queue): Promise<void> {
    const numbers = await this.#queues.numbers(queue)
    if (numbers.every((number) => number === 0)) return
    const why = `"${queue.name}" was purged less than ${PAUSE} s ago, which SQS allows once in that time`
    throw new StoreUnavailableError(this.#connection.dsn, why, 'Try again in a minute.')
  }
}
