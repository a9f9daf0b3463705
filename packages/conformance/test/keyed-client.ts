import type {
  Counts,
  DeathReason,
  Delivery,
  Payload,
  PushItem,
  ReleaseOptions,
  ReserveOptions,
  StoredState,
} from '@alligator/core'
import { LocmemClient } from '@alligator/core'
import { KeyedTasks, LeasingClient } from '@alligator/core/backend'

const STATES: readonly StoredState[] = ['waiting', 'delayed', 'running']

/** Queues in memory whose own store knows nothing of keys: a state store beside it keeps them. */
export class KeyedClient extends LeasingClient {
  readonly #store: LocmemClient
  readonly #keys: KeyedTasks
  override readonly byId
  override readonly deadLetters
  override readonly expediting
  override readonly uniqueness

  constructor(...args: ConstructorParameters<typeof LocmemClient>) {
    super(...args)
    const store = new LocmemClient(...args)
    this.#store = store
    this.#keys = new KeyedTasks({
      client: this,
      clock: this.clock,
      pushMany: (queue, items) => this.#pushNew(queue, items),
      reserve: (queues, options) => store.reserve(queues, options),
      ack: async (deliveries) => store.ack(deliveries),
      extend: async (deliveries, lease) => store.extend(deliveries, lease),
      release: (delivery, options) => store.release(delivery, options),
      bury: (delivery, reason) => store.bury(delivery, reason),
      dropAll: async (queue) => store.dropAll(queue),
      byId: store.byId,
      find: (queue, taskId) => this.#find(queue, taskId),
      defer: (queue, taskId, delayUntil) => this.#defer(queue, taskId, delayUntil),
    })
    this.byId = {
      reserve: (queue: string, taskId: string, lease: number) => this.#keys.reserveById(queue, taskId, lease),
      remove: (queue: string, taskId: string) => this.#keys.remove(queue, taskId),
    }
    this.deadLetters = {
      kick: (queue: string, taskIds?: readonly string[]) => this.#kick(queue, taskIds),
    }
    this.expediting = store.expediting
    this.uniqueness = this.#keys.keepIn(store.state)
  }

  override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#keys.pushMany(queue, items)
  }

  override reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    return this.#keys.reserve(queues, options)
  }

  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#keys.ack(deliveries)
  }

  override extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#keys.extend(deliveries, lease)
  }

  override release(delivery: Delivery, options?: ReleaseOptions): Promise<boolean> {
    return this.#keys.release(delivery, options)
  }

  override bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#keys.bury(delivery, reason)
  }

  override dropAll(queue: string): Promise<void> {
    return this.#keys.dropAll(queue)
  }

  override counts(queue: string): Promise<Counts> {
    return this.#store.counts(queue)
  }

  override close(): Promise<void> {
    return this.#store.close()
  }

  /** The store refuses an id with other content, and no two pushes have the same line before their payload. */
  async #pushNew(queue: string, items: readonly PushItem[]): Promise<string[]> {
    const there = await Promise.all(items.map((item) => this.#find(queue, item.taskId, true)))
    const isNew = ({ data }: PushItem, at: number) =>
      there[at] === undefined || payloadIn(there[at]) !== payloadIn(data)
    await this.#store.pushMany(queue, items.filter(isNew))
    return items.map(({ taskId }) => taskId)
  }

  async #find(queue: string, taskId: string, isDeadToo = false): Promise<Payload | undefined> {
    for (const state of isDeadToo ? [...STATES, 'dead' as const] : STATES) {
      const { tasks } = await this.#store.listing.list(queue, state, { limit: 10_000 })
      const found = tasks.find((task) => task.taskId === taskId)
      if (found) return found.data
    }
    return undefined
  }

  async #defer(queue: string, taskId: string, delayUntil: number | undefined): Promise<boolean> {
    const taken = await this.#store.byId.reserve(queue, taskId, 30)
    if (!taken) return false
    const soon = this.clock.now() + 1
    await this.#store.release(taken, { delayUntil: delayUntil ?? soon, deliveries: taken.deliveries - 1 })
    if (delayUntil === undefined) await this.#store.expediting.expedite(queue, taskId)
    return true
  }

  async #kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    const { tasks } = await this.#store.listing.list(queue, 'dead', { limit: 10_000 })
    const kicked = await this.#store.deadLetters.kick(queue, taskIds)
    for (const { taskId, data } of tasks)
      if (taskIds?.includes(taskId) ?? true) await this.#keys.kicked(queue, taskId, data)
    return kicked
  }
}

function payloadIn(data: Payload): string {
  return String(data).replace(/^alligator-key .*\n/, '')
}
