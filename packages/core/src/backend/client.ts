import { type InspectOptions, inspect } from 'node:util'
import type { Awaitable } from '../base/awaitable.js'
import { type Clock, systemClock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'
import { redactDsn } from '../errors/index.js'
import type {
  ClientOptions,
  Counts,
  DeathReason,
  Delivery,
  PushItem,
  ReleaseOptions,
  ReserveOptions,
  TroubleListener,
} from './contract.js'
import type {
  Batches,
  ById,
  Cancellation,
  DeadLetters,
  Dependents,
  Directory,
  EndNews,
  Expediting,
  Health,
  Listing,
  Migrations,
  Notes,
  Pausing,
  Priorities,
  Renewal,
  Results,
  Schedules,
  Tallies,
  Transactions,
  Uniqueness,
} from './facets.js'
import type { StateStore } from './state-store.js'
import {
  DeadQueues,
  type FiveMethods,
  buryByPushing,
  byIdOf,
  countByLength,
  deadLettersOf,
  pushEach,
  releaseByPushing,
  reserveByPopping,
} from './five-methods.js'

/** A backend's constructor: what `registerBackend` and the `backendClass` option take. */
export type BackendClass = new (dsn: string, options?: ClientOptions) => Client

/**
 * The base of every backend. Five methods are enough: `len`, `dropAll`, `push`, `pop` and `get`; all else is built on them
 * here, delivering *at most once*: `pop` has already removed the task when it runs, so a worker that dies loses it. A
 * first-class backend extends `LeasingClient`, whose steps are atomic ones of its store.
 *
 * What a store is like, and how much it takes, its client says in `leases`, `waits`, `customIds` and the properties after
 * them. What it can do beyond the contract are its facets: `byId`, `listing` and the objects after them, each of which is
 * there or is not.
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
export abstract class Client implements FiveMethods {
  /** No property of its own, which whatever prints an object would show. */
  readonly #dsn: string
  readonly #deadQueues = new DeadQueues(this)
  protected readonly clock: Clock

  /** Deliveries are leased and come back when their worker dies. `false`: at most once. (Default: false) */
  readonly leases: boolean = false
  /** `reserve` waits inside the store; without it a worker naps between looks. (Default: false) */
  readonly waits: boolean = false
  /** Tasks keep the id they were pushed with; else the store makes its own. (Default: true) */
  readonly customIds: boolean = true
  /** `counts` and `len` are exact, not estimates. (Default: true) */
  readonly exactCounts: boolean = true
  /** The longest delay in seconds. (Default: none is too long) */
  readonly maxDelay: number = Number.POSITIVE_INFINITY
  /** How many dead letters a queue keeps: beyond that the oldest are dropped. (Default: all) */
  readonly maxDeadLetters: number = Number.POSITIVE_INFINITY
  /** The highest `deliveries` of a task that was never left unsettled. (Default: 1; 2 where a release may count as one) */
  readonly freshDeliveries: number = 1

  /** Takes one task by its id, or removes it. (Default: built on `get`) */
  readonly byId?: ById = byIdOf(this, this.#deadQueues)
  /** Shows what the store holds. */
  readonly listing?: Listing
  /** Brings dead letters back. (Default: built on `push`, `pop` and `get`) */
  readonly deadLetters?: DeadLetters = deadLettersOf(this)
  /** Takes tasks from the workers that run them. */
  readonly cancellation?: Cancellation
  /** Knows the workers. */
  readonly directory?: Directory
  /** Keeps how tasks have ended recently. */
  readonly tallies?: Tallies
  /** Keeps results. */
  readonly results?: Results
  /** Keeps what running tasks report, and their steps. */
  readonly notes?: Notes
  /** Lets a thread renew what this client holds. */
  readonly renewal?: Renewal | undefined
  /** Takes part in a transaction of the app. */
  readonly transactions?: Transactions
  /** Keeps tasks with the same key to one at a time. */
  readonly uniqueness?: Uniqueness
  /** Makes its tables. */
  readonly migrations?: Migrations
  /** Tells how its server, or its file, does. */
  readonly health?: Health
  /** Keeps small values by name, for queues whose own store cannot. */
  readonly state?: StateStore
  /** Gives the tasks of a queue levels. */
  readonly priorities?: Priorities
  /** Keeps a queue's tasks back for some time. */
  readonly pausing?: Pausing
  /** Makes a delayed task due. */
  readonly expediting?: Expediting
  /** Keeps schedules. */
  readonly schedules?: Schedules
  /** Parks tasks until others have ended. */
  readonly dependents?: Dependents
  /** Knows when all of many tasks have ended. */
  readonly batches?: Batches

  static {
    // For `console.log`. Not written as a method: a declaration file of each file by itself cannot have its name.
    const value = function (this: Client, _depth: number, options: InspectOptions): string {
      return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
    }
    Object.defineProperty(Client.prototype, inspect.custom, { value, configurable: true, writable: true })
  }

  constructor(dsn: string, options: ClientOptions = {}) {
    this.#dsn = dsn
    this.clock = options.clock ?? systemClock
  }

  /** The DSN it was made with; it may hold a password, so never print it. */
  get dsn(): string {
    return this.#dsn
  }

  /** What JSON, and so most logs, show of it: its store, and no password, wherever else the client may hold it. */
  toJSON(): object {
    return { dsn: redactDsn(this.dsn) }
  }

  /** The largest payload in bytes. (Default: none is too large) */
  get maxPayload(): number {
    return Number.POSITIVE_INFINITY
  }

  /** Whether what it holds is in the memory of this process, for no other to see. (Default: false) */
  get isPrivate(): boolean {
    return false
  }

  /**
   * Whether a `push` made now joins a transaction that the app has open on the same connection, so that the task
   * commits or rolls back with it.
   */
  get inTransaction(): boolean {
    return false
  }

  /**
   * Calls `listener` with what went wrong when the store turns out to be away, or to answer nothing, while calls wait and are made
   * again, and with `undefined` once it has answered after that. Gives what ends the listening. (Default: nothing is reported
   * before a call fails)
   */
  onTrouble(_listener: TroubleListener): () => void {
    return () => undefined
  }

  /**
   * Lets a state store keep what this store cannot: its client then has facets that it had not, such as `pausing`. What a store can do by
   * itself it goes on doing by itself. `news` is how the state store's client tells of ends, if it can. (Default: nothing changes)
   */
  keepStateIn(_state: StateStore, _news?: EndNews): void {}

  abstract len(queue: string): Awaitable<number>
  abstract dropAll(queue: string): Awaitable<void>
  abstract push(queue: string, taskId: string, data: Payload, delayUntil?: number): Awaitable<string>
  abstract pop(queue: string): Awaitable<Payload | undefined>
  abstract get(queue: string, taskId: string): Awaitable<Payload | undefined>

  /** Puts several payloads on the queue, in one round trip where the store can; gives their ids in the same order. */
  pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return pushEach(this, queue, items)
  }

  /** Takes up to `limit` due tasks, the first queue named before the second, and holds them for `lease` seconds. */
  reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    return reserveByPopping(this, this.#deadQueues, queues, options)
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
  release(delivery: Delivery, options: ReleaseOptions = {}): Promise<boolean> {
    return releaseByPushing(this, delivery, options)
  }

  /**
   * Makes a delivery a dead letter. `false`: it was no longer held. Built on five methods it goes to a queue of its own, named
   * `all-dead` for `all`, and the reason is not kept: it stands in the worker's log alone. Where there is no such queue, no task
   * is taken at all.
   */
  bury(delivery: Delivery, _reason: DeathReason): Promise<boolean> {
    return buryByPushing(this, delivery)
  }

  /** How many tasks are in each state. */
  counts(queue: string): Promise<Counts> {
    return countByLength(this, queue)
  }

  /** Ends every connection, timer and wait. Calling it again does nothing. */
  close(): Awaitable<void> {}
}
