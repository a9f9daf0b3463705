import { join } from 'node:path'
import {
  type Awaitable,
  type BatchEnd,
  type Batches,
  type ById,
  type Cancellation,
  type ClientOptions,
  type Counts,
  type DeadLetters,
  type DeathReason,
  type Delivery,
  type Dependents,
  type Directory,
  type Expediting,
  type Finished,
  type Health,
  type Listing,
  type Migrations,
  type Notes,
  type Pausing,
  type Priorities,
  type Placed,
  type PushItem,
  type ReleaseOptions,
  type Renewal,
  type ReserveOptions,
  type Results,
  type Schedules,
  type Tallies,
  type StateStore,
  type Uniqueness,
  systemClock,
  type TroubleListener,
} from '@alligator/core'
import {
  CLIENT_OPTIONS,
  LeasingClient,
  Lifecycle,
  checkNames,
  checkSource,
  checkText,
  checkedState,
} from '@alligator/core/backend'
import { Arrivals } from './arrivals.js'
import { Cancels } from './cancels.js'
import { Connection } from './connection.js'
import type { SqliteDatabase } from './driver.js'
import { Ends } from './ends.js'
import { journalOf, logOf } from './health.js'
import ownFolder from './own-folder.cjs'
import type { RenewalData } from './renewer.js'
import { TABLES, VERSION } from './schema.js'
import { deleteState, getState, putState } from './state.js'
import type { Store } from './store.js'
import { MAX_PAYLOAD, packData, packNote, packTask } from './stored.js'
import { AppTransactions } from './transactions.js'
import { addTally, readTallies, talliedQueues } from './tallies.js'
import { announce, knownWorkers, retire } from './workers.js'
import { Writes } from './writes.js'

/**
 * Queues in a SQLite file, for any number of processes on one machine: leases, delays and dead letters, kept through
 * crashes. Give it a DSN, `sqlite:///absolute/path.db`, `sqlite://relative/path.db` or `sqlite://:memory:`, with
 * `?synchronous=full` (Default: `normal`) or `?busy_timeout=30s` (Default: `10s`) if need be; or an open better-sqlite3
 * `Database` of the app's own, and what is pushed inside its transaction commits or rolls back with it. Such a
 * connection is left as it is: no setting is changed, and `close()` does not close it.
 *
 * @throws InvalidDsnError when the DSN names no file or has a setting that is not known.
 *
 * @example
 * ```ts
 * const client = new SqliteClient('sqlite://tasks.db')
 * await client.push('all', 'task-1', '{"task_id":"task-1"}')
 * const [delivery] = await client.reserve(['all'], { lease: 30, wait: 5 })
 * if (delivery) await client.ack([delivery])
 * await client.close()
 * ```
 */
export class SqliteClient extends LeasingClient {
  override readonly byId: ById = {
    reserve: async (queue, taskId, lease) => {
      return this.#write((store) => {
        const now = this.clock.now()
        return store.takeById(queue, taskId, now + lease, now)
      })
    },
    remove: async (queue, taskId) => this.#write((store) => store.remove(queue, taskId, this.clock.now())),
  }
  override readonly listing: Listing = {
    queues: async () => this.#look((store) => store.queues().sort()),
    list: async (queue, state, page = {}) => {
      return this.#look((store) => store.list(queue, state, page, this.clock.now()))
    },
    get: async (queue, taskId) => this.#look((store) => store.get(queue, taskId, this.clock.now())),
    find: async (queue, taskIds) => this.#look((store) => store.find(queue, taskIds, this.clock.now())),
    removed: async (queue, taskIds) => this.#look((store) => store.removed(queue, taskIds)),
  }
  override readonly deadLetters: DeadLetters = {
    kick: async (queue, taskIds) => this.#write((store) => store.kick(queue, taskIds)),
  }
  override readonly cancellation: Cancellation = {
    cancel: async (queue, taskId) => {
      const canceled = await this.#write((store) => store.cancel(queue, taskId, this.clock.now()))
      if (canceled?.wasRunning) this.#cancels.notify()
      return canceled
    },
    onCancel: (listener) => this.#cancels.listen(listener),
  }
  override readonly directory: Directory = {
    // Apart from what others write: if it fails, nothing of theirs does.
    announce: async (worker, ttl) => {
      this.#life.check()
      await this.#connection.write(({ db }) => announce(db, worker, ttl, this.clock.now()))
    },
    retire: async (workerId) => {
      this.#life.check()
      await this.#connection.write(({ db }) => retire(db, workerId))
    },
    workers: async () => this.#look(({ db }) => knownWorkers(db, this.clock.now())),
  }
  override readonly results: Results = {
    ack: (finished) => this.#finish(finished),
    get: async (queue, taskIds) => this.#look((store) => store.results(queue, taskIds, this.clock.now())),
    tellOfEnd: (queue, taskId) => this.#ends.notify(queue, taskId),
    onEnd: (listener) => this.#ends.listen(listener),
  }
  override readonly notes: Notes = {
    get: async (queue, taskId) => this.#look((store) => store.noteOf(queue, taskId)),
    save: async (delivery, note) => {
      const packed = packNote(packData(note, delivery.taskId))
      return this.#write((store) => store.saveNote(delivery, packed))
    },
  }
  override readonly tallies: Tallies = {
    // Apart from what others write, as `directory` does.
    add: async (queue, tally) => {
      this.#life.check()
      await this.#connection.write(({ db }) => addTally(db, queue, tally, this.clock.now()))
    },
    queues: async () => this.#look(({ db }) => talliedQueues(db, this.clock.now())),
    read: async (queue) => this.#look(({ db }) => readTallies(db, queue, this.clock.now())),
  }
  override readonly schedules: Schedules = {
    list: async (queue, ids) => this.#look(({ schedules }) => schedules.list(queue, ids, this.clock.now())),
    put: async (schedule, former) => {
      const packed = { ...schedule, data: packData(schedule.data, schedule.id) }
      const isKept = await this.#write(({ schedules }) => schedules.put(packed, former))
      for (const listener of this.#putListeners) listener(schedule.queue)
      return isKept
    },
    remove: async (queue, id) => this.#write(({ schedules }) => schedules.remove(queue, id)),
    due: async (queues) => this.#look(({ schedules }) => schedules.due(queues, this.clock.now())),
    tick: async (change) => {
      const tasks = change.items.map(packTask)
      return this.#write(({ schedules }) => schedules.tick(change, tasks, this.clock.now()))
    },
    // Apart from what others write, as `directory` does.
    announce: async (worker, ttl) => {
      this.#life.check()
      return this.#connection.write(({ db, schedules }) => {
        const now = this.clock.now()
        announce(db, worker, ttl, now)
        return schedules.next(worker.queues, now)
      })
    },
    onPut: (listener) => {
      this.#putListeners.add(listener)
      return () => this.#putListeners.delete(listener)
    },
  }
  override readonly health: Health = {
    examine: () => this.#look(({ db }) => [journalOf(db), logOf(db)]),
  }
  override readonly priorities: Priorities = {
    order: 'shares',
    waiting: async (queue) => this.#look((store) => store.waiting(queue)),
  }
  override readonly pausing: Pausing = {
    pause: async (queue, options = {}) =>
      this.#write((store) => store.pause(queue, options, this.clock.now())),
    resume: async (queue) => this.#write((store) => store.resume(queue, this.clock.now())),
    paused: async (queue) => this.#look((store) => store.paused(queue, this.clock.now())),
  }
  override readonly expediting: Expediting = {
    expedite: async (queue, taskId) =>
      this.#write((store) => store.expedite(queue, taskId, this.clock.now())),
  }
  override readonly dependents: Dependents = {
    waitsFor: async (queue, taskIds) => this.#look((store) => store.waitsFor(queue, taskIds)),
  }
  override readonly batches: Batches = {
    open: async (queue, { batchId, callbacks, parent }) => {
      const packed = (Object.entries(callbacks) as [BatchEnd, PushItem][]).map(([end, item]) => {
        return { end, task: packTask(item) }
      })
      const id = checkText(batchId, 'batchId')
      await this.#write((store) => store.openBatch(queue, id, packed, parent, this.clock.now()))
    },
    close: async (queue, batchId, as) =>
      this.#write((store) => store.closeBatch(queue, batchId, as, this.clock.now())),
    find: async (queue, batchId) => this.#look((store) => store.findBatch(queue, batchId)),
    members: async (queue, batchId) => this.#look((store) => store.members(queue, batchId)),
    list: async (queue, which, page = {}) => this.#look((store) => store.listBatches(queue, which, page)),
  }
  override readonly renewal: Renewal | undefined
  override readonly transactions: AppTransactions
  override readonly uniqueness: Uniqueness = {
    push: (queue, items, transaction) => {
      if (transaction) return this.transactions.place(transaction, queue, items)
      return this.#place(queue, items)
    },
  }
  override readonly migrations: Migrations = {
    sql: TABLES,
    migrate: async () => {
      this.#life.check()
      return { version: VERSION, created: await this.#connection.ready() }
    },
  }
  override readonly state: StateStore = checkedState({
    now: () => {
      this.#life.check()
      return this.clock.now()
    },
    get: (key) => this.#look(({ db }) => getState(db, key, this.clock.now())),
    put: (key, value, options) => {
      this.#life.check()
      return this.#connection.write(({ db }) =>
        putState(db, key, value, { ...options, now: this.clock.now() }),
      )
    },
    delete: (key, ifValue) => {
      this.#life.check()
      return this.#connection.write(({ db }) => deleteState(db, key, ifValue, this.clock.now()))
    },
  })
  readonly #life: Lifecycle
  readonly #connection: Connection
  readonly #writes: Writes
  readonly #arrivals: Arrivals
  readonly #cancels: Cancels
  readonly #ends: Ends
  readonly #putListeners = new Set<(queue: string) => void>()

  constructor(dsnOrDatabase: string | SqliteDatabase, options: ClientOptions = {}) {
    checkSource(
      dsnOrDatabase,
      'prepare',
      "Pass a DSN such as 'sqlite://tasks.db', or a database of better-sqlite3.",
    )
    if (new.target === SqliteClient) checkNames('new SqliteClient', options, CLIENT_OPTIONS)
    const life = new Lifecycle('This SQLite client')
    const connection = new Connection(dsnOrDatabase, life)
    super(connection.dsn, options)
    this.#life = life
    this.#connection = connection
    this.#arrivals = new Arrivals(connection, this.clock)
    this.#cancels = new Cancels(connection)
    this.#ends = new Ends(connection)
    this.#writes = new Writes(connection, () => this.#arrivals.notify())
    this.renewal = this.#renewal()
    this.transactions = new AppTransactions(connection, this.clock)
  }

  override get maxPayload(): number {
    return MAX_PAYLOAD
  }

  override get isPrivate(): boolean {
    return this.#connection.isPrivate
  }

  /** Whether the app has a transaction open on the `Database` it gave: a `push` made now is part of it. */
  override get inTransaction(): boolean {
    return this.#connection.inTransaction
  }

  override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    this.#life.check()
    if (items.length === 0) return []
    const tasks = items.map(packTask)
    checkText(queue, 'queue')
    const push = (store: Store) => store.push(queue, tasks, this.clock.now())
    // Within this very call: the app's transaction may be over when a promise settles.
    if (this.inTransaction) this.#connection.within(push)
    else await this.#writes.add(push)
    return items.map((item) => item.taskId)
  }

  /** Within this very call where the app has a transaction open: it may be over when a promise settles. */
  #place(queue: string, items: readonly PushItem[]): Awaitable<Placed[]> {
    this.#life.check()
    if (items.length === 0) return []
    const tasks = items.map(packTask)
    checkText(queue, 'queue')
    const place = (store: Store) => store.place(queue, tasks, this.clock.now())
    return this.inTransaction ? this.#connection.within(place) : this.#writes.add(place)
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#life.check()
    const { wait = 0 } = options
    const deadline = this.clock.now() + wait
    // With nothing else to write, a look that locks nothing comes first.
    const taken =
      this.#writes.idle && (await this.#nextDue(queues)) !== 0 ? [] : await this.#take(queues, options)
    if (taken.length > 0 || wait <= 0) return taken
    return this.#waitAndTake(queues, options, deadline)
  }

  override async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#write((store) => deliveries.filter((delivery) => !store.ack(delivery, this.clock.now())))
  }

  override async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#write((store) => {
      const until = this.clock.now() + lease
      return deliveries.filter((delivery) => !store.extend(delivery, until))
    })
  }

  override async release(
    delivery: Delivery,
    { data, delayUntil, deliveries = 0 }: ReleaseOptions = {},
  ): Promise<boolean> {
    const packed = data === undefined ? undefined : packData(data, delivery.taskId)
    return this.#write((store) => {
      const due = delayUntil !== undefined && delayUntil > this.clock.now() ? delayUntil : 0
      return store.release(delivery, { due, deliveries, data: packed })
    })
  }

  override async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#write((store) => store.bury(delivery, reason, this.clock.now()))
  }

  override async dropAll(queue: string): Promise<void> {
    await this.#write((store) => store.dropAll(queue))
    this.#cancels.notify()
  }

  override async counts(queue: string): Promise<Counts> {
    return this.#look((store) => store.counts(queue, this.clock.now()))
  }

  /** Ends the waiting, lets what is being written end, and closes the file unless the connection is the app's. */
  override onTrouble(listener: TroubleListener): () => void {
    return this.#life.onTrouble(listener)
  }

  override close(): Promise<void> {
    const stop = () => {
      this.#arrivals.notify()
      this.#cancels.close()
      this.#ends.close()
      return this.#writes.drain()
    }
    return this.#life.close(stop, () => this.#connection.close())
  }

  /** Leases go by the clock of this machine; nobody else can open the app's own connection, or a database in memory. */
  #renewal(): Renewal | undefined {
    const { address, isPrivate, leases } = this.#connection
    if (!address || isPrivate || ownFolder === undefined || this.clock !== systemClock) return undefined
    const { first, last } = leases
    const data: RenewalData = { address, first, last }
    return { module: join(ownFolder, 'renewer.js'), data }
  }

  async #finish(finished: readonly Finished[]): Promise<Delivery[]> {
    const packed = finished.map((each) => ({ ...each, result: packData(each.result, each.delivery.taskId) }))
    const lost = await this.#write((store) => {
      const now = this.clock.now()
      return packed
        .filter(({ delivery, result, keepFor }) => !store.finish(delivery, result, now + keepFor, now))
        .map(({ delivery }) => delivery)
    })
    for (const { delivery } of finished)
      if (!lost.includes(delivery)) this.#ends.notify(delivery.queue, delivery.taskId)
    return lost
  }

  #take(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const { limit = 1, lease, priorities } = options
    return this.#writes.add((store) => {
      if (this.#life.isOver(options.signal)) return []
      const now = this.clock.now()
      return store.take(queues, { limit, until: now + lease, isStrict: priorities === 'strict' }, now)
    })
  }

  async #waitAndTake(
    queues: readonly string[],
    options: ReserveOptions,
    deadline: number,
  ): Promise<Delivery[]> {
    const listener = this.#arrivals.listen()
    try {
      while (!this.#life.isOver(options.signal)) {
        listener.look()
        const due = await this.#nextDue(queues)
        const taken = due === 0 ? await this.#take(queues, options) : []
        const now = this.clock.now()
        if (taken.length > 0 || now >= deadline) return taken
        if (due !== 0) await listener.wait(Math.min(deadline, due ?? deadline) - now, options.signal)
      }
      return []
    } finally {
      listener.stop()
    }
  }

  /** Zero when one of the queues has something to hand out, else when the next of their delays or leases ends. */
  #nextDue(queues: readonly string[]): Promise<number | undefined> {
    return this.#connection.read((store) => store.nextDue(queues, this.clock.now()))
  }

  #write<T>(step: (store: Store) => T): Promise<T> {
    this.#life.check()
    return this.#writes.add(step)
  }

  #look<T>(step: (store: Store) => T): Promise<T> {
    this.#life.check()
    return this.#connection.look(step)
  }
}
