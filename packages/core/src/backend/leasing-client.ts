import type { Awaitable } from '../base/awaitable.js'
import { Client } from './client.js'
import type { Payload } from '../base/payload.js'
import type {
  Counts,
  DeathReason,
  Delivery,
  Page,
  PageRequest,
  PushItem,
  ReleaseOptions,
  ReserveOptions,
  StoredState,
} from './contract.js'

/** Seconds that a `pop` or `get` may take between reserving a task and removing it. */
const POP_LEASE = 30

/**
 * The base of a backend with leases: it leaves the atomic steps of the store abstract, and builds the five methods of
 * {@link Client} on them, so that a first-class backend writes each thing once.
 */
export abstract class LeasingClient extends Client {
  abstract override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]>
  abstract override reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]>
  abstract override ack(deliveries: readonly Delivery[]): Awaitable<Delivery[]>
  abstract override extend(deliveries: readonly Delivery[], lease: number): Awaitable<Delivery[]>
  abstract override release(delivery: Delivery, options?: ReleaseOptions): Promise<boolean>
  abstract override bury(delivery: Delivery, reason: DeathReason): Promise<boolean>
  abstract override counts(queue: string): Promise<Counts>
  abstract override queues(): Awaitable<string[]>
  abstract override list(queue: string, state: StoredState, page?: PageRequest): Awaitable<Page>
  abstract override find(queue: string, taskIds: readonly string[]): Awaitable<Map<string, StoredState>>
  abstract override kick(queue: string, taskIds?: readonly string[]): Promise<number>
  abstract override remove(queue: string, taskId: string): Awaitable<Payload | undefined>
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
    return this.#take(await this.reserve([queue], { lease: POP_LEASE }))
  }

  async get(queue: string, taskId: string): Promise<Payload | undefined> {
    return this.#take(await this.reserve([queue], { lease: POP_LEASE, taskId }))
  }

  async #take([delivery]: readonly Delivery[]): Promise<Payload | undefined> {
    if (!delivery) return undefined
    await this.ack([delivery])
    return delivery.data
  }
}
