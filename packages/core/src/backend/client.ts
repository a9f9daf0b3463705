import type { Awaitable } from '../base/awaitable.js'
import { type Clock, systemClock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'
import type {
  Canceled,
  Capabilities,
  ClientOptions,
  Counts,
  DeathReason,
  Delivery,
  Page,
  PageRequest,
  PushItem,
  ReleaseOptions,
  ReserveOptions,
  StoredState,
  WorkerInfo,
} from './contract.js'
import { NotSupportedError } from '../errors/index.js'
import { peekTaskId } from '../wire/payload.js'
import { newTaskId } from '../base/ids.js'

/** A backend's constructor: what `registerBackend` and the `backendClass` option take. */
export type BackendClass = new (dsn: string, options?: ClientOptions) => Client

/** What the base class does by itself: the `capabilities` of a backend of five methods. */
export const AT_MOST_ONCE: Capabilities = {
  leases: false,
  waits: false,
  reserveById: true,
  remove: true,
  cancelRunning: false,
  find: false,
  list: false,
  workers: false,
  deadLetters: true,
  exactCounts: true,
  customIds: true,
  ordered: true,
  anyQueueName: true,
  lateSettling: true,
  restartsDeliveries: true,
  delayPrecision: 1,
  maxDelay: Number.POSITIVE_INFINITY,
  maxPayload: Number.POSITIVE_INFINITY,
}

/**
 * The base of every backend. Five methods are enough: `len`, `dropAll`, `push`, `pop` and `get`; all else is built on them
 * here, delivering *at most once*: `pop` has already removed the task when it runs, so a worker that dies loses it. A
 * first-class backend overrides `reserve`, `ack`, `extend`, `release`, `bury` and the rest with atomic steps of its store,
 * and declares that in `capabilities`.
 *
 * @example
 * ```ts
 * class ArrayClient extends Client {
 *   readonly tasks: { id: string; data: Payload }[] = []
 *   len() { return this.tasks.length }
 *   dropAll() { this.tasks.length = 0 }
 *   push(_queue: string, id: string, data: Payload) { this.tasks.push({ id, data }); return id }
 *   pop() { return this.tasks.shift()?.data }
 *   get(_queue: string, id: string) {
 *     const at = this.tasks.findIndex((task) => task.id === id)
 *     return at < 0 ? undefined : this.tasks.splice(at, 1)[0]?.data
 *   }
 * }
 * ```
 */
export abstract class Client {
  readonly capabilities: Capabilities = AT_MOST_ONCE
  /** The highest `deliveries` of a task that was never left unsettled. */
  readonly freshDeliveries: number = 1
  /** The DSN it was made with; it may hold a password, so never print it. */
  readonly dsn: string
  protected readonly clock: Clock

  constructor(dsn: string, options: ClientOptions = {}) {
    this.dsn = dsn
    this.clock = options.clock ?? systemClock
  }

  /** How many tasks wait on the queue, due or delayed. */
  abstract len(queue: string): Awaitable<number>
  /** Removes everything from the queue, whatever its state. */
  abstract dropAll(queue: string): Awaitable<void>
  /** Puts a payload on the queue and gives the id it has there. `delayUntil` is Unix time in seconds. */
  abstract push(queue: string, taskId: string, data: Payload, delayUntil?: number): Awaitable<string>
  /** Removes the first due payload from the queue and gives it. */
  abstract pop(queue: string): Awaitable<Payload | undefined>
  /** Removes one task's payload from the queue, due or not, and gives it. */
  abstract get(queue: string, taskId: string): Awaitable<Payload | undefined>

  /**
   * Whether a `push` made now joins a transaction that the app has open on the same connection, so that the task
   * commits or rolls back with it.
   */
  get inTransaction(): boolean {
    return false
  }

  /** Puts several payloads on the queue, in one round trip where the store can; gives their ids in the same order. */
  async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    const ids: string[] = []
    for (const item of items) ids.push(await this.push(queue, item.taskId, item.data, item.delayUntil))
    return ids
  }

  /** Takes up to `limit` due tasks, the first queue named before the second, and holds them for `lease` seconds. */
  async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const taken: Delivery[] = []
    for (const queue of queues) {
      while (taken.length < (options.limit ?? 1) && !options.signal?.aborted) {
        const { taskId } = options
        const data = await (taskId === undefined ? this.pop(queue) : this.get(queue, taskId))
        if (data === undefined) break
        taken.push({
          queue,
          taskId: taskId ?? peekTaskId(data) ?? newTaskId(),
          data,
          deliveries: 1,
          receipt: '',
        })
      }
    }
    return taken
  }

  /** Removes finished tasks for good. Gives those that were no longer held, because their lease had lapsed. */
  ack(_deliveries: readonly Delivery[]): Awaitable<Delivery[]> {
    return []
  }

  /** Holds deliveries for `lease` seconds from now. Gives those that were no longer held. */
  extend(_deliveries: readonly Delivery[], _lease: number): Awaitable<Delivery[]> {
    return []
  }

  /** Puts a delivery back on its queue, in one step that can neither lose nor double it. `false`: it was no longer held. */
  async release(delivery: Delivery, options: ReleaseOptions = {}): Promise<boolean> {
    const { queue, taskId, data } = delivery
    await this.push(queue, taskId, options.data ?? data, options.delayUntil)
    return true
  }

  /**
   * Makes a delivery a dead letter. `false`: it was no longer held. Built on five methods the reason is not kept: it
   * stands in the worker's log alone.
   */
  async bury(delivery: Delivery, _reason: DeathReason): Promise<boolean> {
    await this.push(deadQueue(delivery.queue), delivery.taskId, delivery.data)
    return true
  }

  /** How many tasks are in each state. */
  async counts(queue: string): Promise<Counts> {
    const [waiting, dead] = [await this.len(queue), await this.len(deadQueue(queue))]
    return { waiting, delayed: 0, running: 0, dead }
  }

  /** The names of the queues that hold anything, sorted. */
  queues(): Awaitable<string[]> {
    return this.refuse('queues')
  }

  /** The tasks of a queue in one state, oldest first, a page at a time. */
  list(_queue: string, _state: StoredState, _page?: PageRequest): Awaitable<Page> {
    return this.refuse('list')
  }

  /** The state of each of these tasks that the queue still holds; finished and removed ones are absent. */
  find(_queue: string, _taskIds: readonly string[]): Awaitable<Map<string, StoredState>> {
    return this.refuse('find')
  }

  /** Puts dead letters back to work, all of them or those named; gives how many. */
  async kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    let kicked = 0
    const ids = taskIds ?? Array.from({ length: await this.len(deadQueue(queue)) }, () => undefined)
    for (const id of ids) {
      const dead = deadQueue(queue)
      const data = await (id === undefined ? this.pop(dead) : this.get(dead, id))
      if (data === undefined) continue
      await this.push(queue, id ?? peekTaskId(data) ?? newTaskId(), data)
      kicked += 1
    }
    return kicked
  }

  /** Removes a task that is not running and gives its payload: `undefined` when there is none, or it runs. */
  remove(queue: string, taskId: string): Awaitable<Payload | undefined> {
    return this.get(queue, taskId)
  }

  /**
   * Removes a task in whatever state, in one step: the worker that runs it no longer holds it, and nobody else will be given
   * it. `undefined`: there is none. Where the store cannot take running tasks, they are left alone as by `remove`.
   */
  async cancel(queue: string, taskId: string): Promise<Canceled | undefined> {
    const data = await this.remove(queue, taskId)
    return data === undefined ? undefined : { data, wasRunning: false }
  }

  /**
   * Calls `listener` soon after a task was canceled that may be one of this client's deliveries: `extend` then tells which.
   * It is a hint that may come too often, or get lost with a connection. Gives what ends the listening.
   */
  onCancel(_listener: () => void): () => void {
    return () => undefined
  }

  /**
   * Makes a worker known to those who ask for `workers`, as it describes itself now, for `ttl` seconds: it says so again before
   * they are over. Where the store knows no workers, this does nothing.
   */
  announce(_worker: WorkerInfo, _ttl: number): Awaitable<void> {}

  /** Makes a worker known no longer. */
  retire(_workerId: string): Awaitable<void> {}

  /**
   * The workers that announced themselves of late, in no order: those at work, and for some seconds those that were killed.
   *
   * @throws NotSupportedError where the store knows none: its `capabilities` lack `workers`.
   *
   * @example
   * ```ts
   * const workers = await gator.backend.workers()
   * const slots = workers.reduce((sum, { concurrency }) => sum + concurrency, 0)
   * ```
   */
  workers(): Awaitable<WorkerInfo[]> {
    return this.refuse('workers')
  }

  /** Ends every connection, timer and wait. Calling it again does nothing. */
  close(): Awaitable<void> {}

  /** Refuses an operation that this store cannot do. */
  protected refuse(operation: string): never {
    throw new NotSupportedError(this.constructor.name, operation)
  }
}

/** Where a backend of five methods keeps its dead letters. */
function deadQueue(queue: string): string {
  return `${queue}-dead`
}
