import {
  type Canceled,
  type Capabilities,
  type ClientOptions,
  ClosedError,
  type Counts,
  type DeathReason,
  type Delivery,
  LeasingClient,
  type Page,
  type PageRequest,
  type Payload,
  type PushItem,
  type ReleaseOptions,
  type ReserveOptions,
  type StoredState,
  type WorkerInfo,
} from '@alligator/core'
import { checkText } from '@alligator/core/backend'
import { Arrivals } from './arrivals.js'
import { CAPABILITIES } from './capabilities.js'
import { Cancels } from './cancels.js'
import { Connection } from './connection.js'
import type { SqliteDatabase } from './database.js'
import type { Store } from './store.js'
import { type NewTask, packData, packId } from './stored.js'
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
  override readonly capabilities: Capabilities = CAPABILITIES
  readonly #connection: Connection
  readonly #writes: Writes
  readonly #arrivals: Arrivals
  readonly #cancels: Cancels
  #closing: Promise<void> | undefined

  constructor(dsnOrDatabase: string | SqliteDatabase, options: ClientOptions = {}) {
    const connection = new Connection(dsnOrDatabase)
    super(connection.dsn, options)
    this.#connection = connection
    this.#arrivals = new Arrivals(connection, this.clock)
    this.#cancels = new Cancels(connection)
    this.#writes = new Writes(connection, () => this.#arrivals.notify())
  }

  /** Whether the app has a transaction open on the `Database` it gave: a `push` made now is part of it. */
  override get inTransaction(): boolean {
    return this.#connection.inTransaction
  }

  override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    this.#checkOpen()
    if (items.length === 0) return []
    const tasks = items.map(packTask)
    checkText(queue, 'queue')
    const push = (store: Store) => store.push(queue, tasks, this.clock.now())
    // Within this very call: the app's transaction may be over when a promise settles.
    if (this.inTransaction) this.#connection.within(push)
    else await this.#writes.add(push)
    return items.map((item) => item.taskId)
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#checkOpen()
    const { wait = 0, taskId } = options
    const deadline = this.clock.now() + wait
    // With nothing else to write, a look that locks nothing comes first.
    const look = this.#writes.idle && taskId === undefined
    const taken = look && (await this.#nextDue(queues)) !== 0 ? [] : await this.#take(queues, options)
    if (taken.length > 0 || wait <= 0 || taskId !== undefined) return taken
    return this.#waitAndTake(queues, options, deadline)
  }

  override async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#write((store) => deliveries.filter((delivery) => !store.ack(delivery)))
  }

  override async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#write((store) => {
      const until = this.clock.now() + lease
      return deliveries.filter((delivery) => !store.extend(delivery, until))
    })
  }

  override async release(delivery: Delivery, { data, delayUntil }: ReleaseOptions = {}): Promise<boolean> {
    const packed = data === undefined ? undefined : packData(data, delivery.taskId)
    return this.#write((store) => {
      const due = delayUntil !== undefined && delayUntil > this.clock.now() ? delayUntil : 0
      return store.release(delivery, due, packed)
    })
  }

  override async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#write((store) => store.bury(delivery, reason))
  }

  override async kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    return this.#write((store) => store.kick(queue, taskIds))
  }

  override async remove(queue: string, taskId: string): Promise<Payload | undefined> {
    return this.#write((store) => store.remove(queue, taskId, this.clock.now()))
  }

  override async cancel(queue: string, taskId: string): Promise<Canceled | undefined> {
    const canceled = await this.#write((store) => store.cancel(queue, taskId, this.clock.now()))
    if (canceled?.wasRunning) this.#cancels.notify()
    return canceled
  }

  override onCancel(listener: () => void): () => void {
    return this.#cancels.listen(listener)
  }

  override async dropAll(queue: string): Promise<void> {
    await this.#write((store) => store.dropAll(queue))
    this.#cancels.notify()
  }

  override async counts(queue: string): Promise<Counts> {
    return this.#read((store) => store.counts(queue, this.clock.now()))
  }

  override async queues(): Promise<string[]> {
    return this.#read((store) => store.queues().sort())
  }

  override async list(queue: string, state: StoredState, page: PageRequest = {}): Promise<Page> {
    return this.#read((store) => store.list(queue, state, page, this.clock.now()))
  }

  override async find(queue: string, taskIds: readonly string[]): Promise<Map<string, StoredState>> {
    return this.#read((store) => store.find(queue, taskIds, this.clock.now()))
  }

  /** Apart from what others write: if it fails, nothing of theirs does. */
  override async announce(worker: WorkerInfo, ttl: number): Promise<void> {
    this.#checkOpen()
    await this.#connection.write(({ db }) => announce(db, worker, ttl, this.clock.now()))
  }

  override async retire(workerId: string): Promise<void> {
    this.#checkOpen()
    await this.#connection.write(({ db }) => retire(db, workerId))
  }

  override async workers(): Promise<WorkerInfo[]> {
    return this.#read(({ db }) => knownWorkers(db, this.clock.now()))
  }

  /** Ends the waiting, lets what is being written end, and closes the file unless the connection is the app's. */
  override close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(async () => {
      this.#arrivals.notify()
      this.#cancels.close()
      await this.#writes.drain()
      await this.#connection.close()
    })
    return this.#closing
  }

  #take(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const { limit = 1, lease, taskId } = options
    return this.#writes.add((store) => {
      if (this.#isOver(options)) return []
      const now = this.clock.now()
      return store.take(queues, { limit, taskId, until: now + lease }, now)
    })
  }

  async #waitAndTake(
    queues: readonly string[],
    options: ReserveOptions,
    deadline: number,
  ): Promise<Delivery[]> {
    const listener = this.#arrivals.listen()
    try {
      while (!this.#isOver(options)) {
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

  #isOver({ signal }: ReserveOptions): boolean {
    return signal?.aborted === true || this.#closing !== undefined
  }

  #write<T>(step: (store: Store) => T): Promise<T> {
    this.#checkOpen()
    return this.#writes.add(step)
  }

  #read<T>(step: (store: Store) => T): Promise<T> {
    this.#checkOpen()
    return this.#connection.read(step)
  }

  #checkOpen(): void {
    if (this.#closing) throw new ClosedError('This SQLite client')
  }
}

function packTask({ taskId, data, delayUntil }: PushItem): NewTask {
  return { id: packId(taskId), data: packData(data, taskId), delayUntil }
}
