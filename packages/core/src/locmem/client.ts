import type { Awaitable } from '../base/awaitable.js'
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  type Counts,
  type DeathReason,
  type Delivery,
  type PushItem,
  type ReleaseOptions,
  type ReserveOptions,
} from '../backend/contract.js'
import { checkSource } from '../backend/kit/check-source.js'
import { checkNames } from '../base/option-names.js'
import type {
  Batches,
  ById,
  Cancellation,
  DeadLetters,
  Dependents,
  Directory,
  Expediting,
  Listing,
  Notes,
  Pausing,
  Priorities,
  Results,
  Schedules,
  Tallies,
  Uniqueness,
} from '../backend/facets.js'
import { ClosedError, InvalidDsnError } from '../errors/index.js'
import { LeasingClient } from '../backend/leasing-client.js'
import { type StateStore, checkedState } from '../backend/state-store.js'
import { LocmemStore } from './store.js'
import type { Wait } from './waiters.js'
import { oncePerProcess } from '../base/process-state.js'

/** The stores behind `locmem://name`, shared by every client of that name. */
const stores: Map<string, LocmemStore> = oncePerProcess('locmem', () => new Map())

/**
 * Tasks in the memory of this process, for development, tests and work that may end with the process: leases, delays and
 * dead letters as on every other store, gone when the process ends. `locmem://` is private to this client;
 * `locmem://name` is one store per process, shared by every client of that name until the last of them closes (the clock
 * is that of the first).
 *
 * @throws InvalidDsnError when the DSN does not start with `locmem:`.
 *
 * @example
 * ```ts
 * const client = new LocmemClient('locmem://')
 * await client.push('all', 'task-1', '{"task_id":"task-1"}')
 * const [delivery] = await client.reserve(['all'], { lease: 30 })
 * if (delivery) await client.ack([delivery])
 * await client.close()
 * ```
 */
export class LocmemClient extends LeasingClient {
  override readonly byId: ById = {
    reserve: async (queue, taskId, lease) => this.#ask((store) => store.takeById(queue, taskId, lease)),
    remove: async (queue, taskId) => this.#ask((store) => store.remove(queue, taskId)),
  }
  override readonly listing: Listing = {
    queues: async () => this.#store.queues(),
    list: async (queue, state, page = {}) => this.#ask((store) => store.list(queue, state, page)),
    get: async (queue, taskId) => this.#ask((store) => store.get(queue, taskId)),
    find: async (queue, taskIds) => this.#ask((store) => store.find(queue, taskIds)),
    removed: async (queue, taskIds) => this.#store.removed(queue, taskIds),
  }
  override readonly deadLetters: DeadLetters = {
    kick: async (queue, taskIds) => this.#store.kick(queue, taskIds),
  }
  override readonly cancellation: Cancellation = {
    cancel: async (queue, taskId) => this.#ask((store) => store.cancel(queue, taskId)),
    onCancel: (listener) => {
      const store = this.#openStore
      store?.cancelListeners.add(listener)
      return () => store?.cancelListeners.delete(listener)
    },
  }
  override readonly directory: Directory = {
    announce: async (worker, ttl) => this.#store.workers.announce(worker, ttl),
    retire: async (workerId) => this.#store.workers.retire(workerId),
    workers: async () => this.#store.workers.list(),
  }
  override readonly results: Results = {
    ack: async (finished) => this.#store.finish(finished),
    get: async (queue, taskIds) => this.#store.results.get(queue, taskIds),
    tellOfEnd: (queue, taskId) => this.#openStore?.results.tell(queue, taskId),
    onEnd: (listener) => {
      const results = this.#openStore?.results
      results?.listeners.add(listener)
      return () => results?.listeners.delete(listener)
    },
  }
  override readonly notes: Notes = {
    get: async (queue, taskId) => this.#store.noteOf(queue, taskId),
    save: async (delivery, note) => this.#store.note(delivery, note),
  }
  override readonly tallies: Tallies = {
    add: async (queue, tally) => this.#store.tallies.add(queue, tally),
    queues: async () => this.#store.tallies.queues(),
    read: async (queue) => this.#store.tallies.read(queue),
  }
  override readonly state: StateStore = checkedState({
    now: () => this.#store.state.now(),
    get: (key) => this.#store.state.get(key),
    put: (key, value, options) => this.#store.state.put(key, value, options),
    delete: (key, ifValue) => this.#store.state.delete(key, ifValue),
  })
  override readonly priorities: Priorities = {
    order: 'shares',
    waiting: async (queue) => this.#ask((store) => store.waiting(queue)),
  }
  override readonly pausing: Pausing = {
    pause: async (queue, options = {}) => this.#store.pause(queue, options),
    resume: async (queue) => this.#store.resume(queue),
    paused: async (queue) => this.#store.paused(queue),
  }
  override readonly expediting: Expediting = {
    expedite: async (queue, taskId) => this.#store.expedite(queue, taskId),
  }
  override readonly uniqueness: Uniqueness = {
    push: async (queue, items) => this.#ask((store) => store.place(queue, items)),
  }
  override readonly schedules: Schedules = {
    list: async (queue, ids) => this.#store.schedules.list(queue, ids),
    put: async (schedule, former) => this.#store.schedules.put(schedule, former),
    remove: async (queue, id) => this.#store.schedules.remove(queue, id),
    due: async (queues) => this.#store.schedules.due(queues),
    tick: async (change) => this.#ask((store) => store.schedules.tick(change)),
    announce: async (worker, ttl) => {
      await this.directory.announce(worker, ttl)
      return this.#store.schedules.next(worker.queues)
    },
    onPut: (listener) => {
      const store = this.#openStore
      store?.schedules.listeners.add(listener)
      return () => store?.schedules.listeners.delete(listener)
    },
  }
  override readonly dependents: Dependents = {
    waitsFor: async (queue, taskIds) => this.#store.waitsFor(queue, taskIds),
  }
  override readonly batches: Batches = {
    open: async (queue, batch) => this.#store.openBatch(queue, batch),
    close: async (queue, batchId, as) => this.#store.parking.close(queue, batchId, as),
    find: async (queue, batchId) => this.#store.parking.find(queue, batchId)?.state,
    members: async (queue, batchId) => this.#store.parking.members(queue, batchId),
    list: async (queue, which, page = {}) => this.#store.parking.list(queue, which, page),
  }
  readonly #name: string
  readonly #waits = new Set<Wait>()
  #openStore: LocmemStore | undefined

  constructor(dsn: string, options: ClientOptions = {}) {
    checkSource(dsn, undefined, "Pass a DSN, 'locmem://'.")
    if (new.target === LocmemClient) checkNames('new LocmemClient', options, CLIENT_OPTIONS)
    super(dsn, options)
    const name = /^locmem:(?:\/\/)?(.*)$/.exec(dsn)?.[1]
    if (name === undefined)
      throw new InvalidDsnError(dsn, 'it is not one of the local memory', 'locmem:// or locmem://name')
    this.#name = name
    this.#openStore = stores.get(name) ?? new LocmemStore(this.clock)
    this.#openStore.clients += 1
    if (name !== '') stores.set(name, this.#openStore)
  }

  override get isPrivate(): boolean {
    return true
  }

  get #store(): LocmemStore {
    if (!this.#openStore) throw closedError()
    return this.#openStore
  }

  /** Asks the store something, once it is sure which leases have lapsed. */
  async #ask<T>(question: (store: LocmemStore) => T): Promise<T> {
    const store = this.#store
    const ending = store.endLeases()
    if (ending) await ending
    return question(store)
  }

  override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#store.pushMany(queue, items)
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const store = this.#store
    const ending = store.endLeases()
    if (ending) await ending
    if (options.signal?.aborted || this.#openStore !== store) return []
    const taken = store.take(queues, options)
    const seconds = options.wait ?? 0
    if (taken.length > 0 || seconds <= 0) return taken
    return this.#finish(store.wait(queues, options, seconds), options.signal)
  }

  /** At once: it need not wait for anything. */
  override ack(deliveries: readonly Delivery[]): Awaitable<Delivery[]> {
    return this.#openStore ? this.#openStore.ack(deliveries) : Promise.reject(closedError())
  }

  override async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#store.extend(deliveries, lease)
  }

  override async release(delivery: Delivery, options: ReleaseOptions = {}): Promise<boolean> {
    return this.#store.release(delivery, options)
  }

  override async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#store.bury(delivery, reason)
  }

  override async counts(queue: string): Promise<Counts> {
    return this.#ask((store) => store.counts(queue))
  }

  override async dropAll(queue: string): Promise<void> {
    this.#store.dropAll(queue)
  }

  override async close(): Promise<void> {
    const store = this.#openStore
    if (!store) return
    this.#openStore = undefined
    for (const wait of this.#waits) wait.end()
    store.clients -= 1
    if (store.clients === 0) stores.delete(this.#name)
  }

  async #finish(wait: Wait, signal: AbortSignal | undefined): Promise<Delivery[]> {
    this.#waits.add(wait)
    signal?.addEventListener('abort', wait.end)
    try {
      return await wait.deliveries
    } finally {
      this.#waits.delete(wait)
      signal?.removeEventListener('abort', wait.end)
    }
  }
}

function closedError(): ClosedError {
  return new ClosedError('This locmem client')
}
