import type { ById, Canceled, Cancellation, Delivery, Expediting, Payload } from '@alligator/core'
import type { Connection } from './connection.js'
import { RedisDelivery } from './deliveries.js'
import { MARK } from './scripts/levels.js'
import { EXPEDITE, TAKE_NAMED } from './scripts/named.js'
import { REMOVE } from './scripts/remove.js'
import { hasKey, packId, toMilliseconds, unpackData } from './stored.js'

/** What is done to one task, which its caller names. */
export class NamedTasks implements ById, Pick<Cancellation, 'cancel'>, Expediting {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async reserve(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    const [id, token] = [packId(taskId), this.#connection.repeats.newToken()]
    const call = {
      queues: [this.#connection.keys.of(queue)],
      args: { id, lease: toMilliseconds(lease), token },
    }
    const [row, number] = (await this.#connection.run(TAKE_NAMED, () => call)) as [Buffer?, number?]
    if (!row || !number) return undefined
    const data = unpackData(row, taskId)
    const delivery = new RedisDelivery(queue, id, taskId, data, number % MARK, `${token}.${number}`)
    return hasKey(row) ? RedisDelivery.withKey(delivery) : delivery
  }

  async remove(queue: string, taskId: string): Promise<Payload | undefined> {
    return (await this.#remove(queue, taskId, false))?.data
  }

  async cancel(queue: string, taskId: string): Promise<Canceled | undefined> {
    return this.#remove(queue, taskId, true)
  }

  async expedite(queue: string, taskId: string): Promise<boolean> {
    const call = { queues: [this.#connection.keys.of(queue)], args: { id: packId(taskId) } }
    return (await this.#connection.run(EXPEDITE, () => call)) === 1
  }

  /** Takes a task off, if it does not run or may be taken even so. */
  async #remove(queue: string, taskId: string, mayRun: boolean): Promise<Canceled | undefined> {
    const { keys, repeats, channels } = this.#connection
    const ofQueue = keys.of(queue)
    const answer = ofQueue.removed + repeats.newToken()
    const args = { id: packId(taskId), mayRun: Number(mayRun), patience: repeats.patience, channels }
    const call = { queues: [{ ...ofQueue, answer }], args }
    const [row, runs] = (await this.#connection.run(REMOVE, () => call)) as [Buffer?, number?]
    return row && { data: unpackData(row, taskId), wasRunning: runs === 1 }
  }
}
