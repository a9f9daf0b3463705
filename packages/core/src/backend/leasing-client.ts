import type { Awaitable } from '../base/awaitable.js'
import { Client } from './client.js'
import type { Payload } from '../base/payload.js'
import type { Counts, DeathReason, Delivery, PushItem, ReleaseOptions, ReserveOptions } from './contract.js'
import type { ById, DeadLetters } from './facets.js'
import { checkTaskId } from '../base/ids.js'
import { need } from './need.js'

/** Seconds that a `pop` or `get` may take between reserving a task and removing it. */
const POP_LEASE = 30

/**
 * The base of a backend with leases: it leaves the atomic steps of the store abstract, and builds the five methods of
 * {@link Client} on them, so that a first-class backend writes each thing once. It waits inside the store, and has no facet
 * but those that it says.
 */
export abstract class LeasingClient extends Client {
  override readonly leases: boolean = true
  override readonly waits: boolean = true
  override readonly byId?: ById = undefined
  override readonly deadLetters?: DeadLetters = undefined

  abstract override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]>
  abstract override reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]>
  abstract override ack(deliveries: readonly Delivery[]): Awaitable<Delivery[]>
  abstract override extend(deliveries: readonly Delivery[], lease: number): Awaitable<Delivery[]>
  abstract override release(delivery: Delivery, options?: ReleaseOptions): Promise<boolean>
  abstract override bury(delivery: Delivery, reason: DeathReason): Promise<boolean>
  abstract override counts(queue: string): Promise<Counts>
  abstract override close(): Awaitable<void>

  async len(queue: string): Promise<number> {
    const counts = await this.counts(queue)
    return counts.waiting + counts.delayed
  }

  async push(queue: string, taskId: string, data: Payload, delayUntil?: number): Promise<string> {
    const [id] = await this.pushMany(queue, [{ taskId, data, delayUntil }])
    return id ?? taskId
  }

  async pop(queue: string): Promise<Payload | undefined> {
    const [delivery] = await this.reserve([queue], { lease: POP_LEASE })
    return this.#take(delivery)
  }

  /** @throws NotSupportedError where no task is reached by its id. */
  async get(queue: string, taskId: string): Promise<Payload | undefined> {
    const byId = need(this, 'byId', 'get')
    return this.#take(await byId.reserve(queue, checkTaskId(taskId), POP_LEASE))
  }

  async #take(delivery: Delivery | undefined): Promise<Payload | undefined> {
    if (!delivery) return undefined
    await this.ack([delivery])
    return delivery.data
  }
}
