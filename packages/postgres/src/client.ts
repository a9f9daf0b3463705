import { join } from 'node:path'
import {
  type Batches,
  type ById,
  type Canceled,
  type Cancellation,
  type Counts,
  type DeadLetters,
  type DeathReason,
  type Delivery,
  type Dependents,
  type Directory,
  type Expediting,
  type Health,
  type Listing as ListingFacet,
  type Migrations,
  type Notes,
  type Payload,
  type Pausing,
  type Priorities,
  type PushItem,
  type ReleaseOptions,
  type Renewal,
  type ReserveOptions,
  type Results,
  type Schedules as SchedulesFacet,
  type Tallies as TalliesFacet,
  type StateStore,
  type TroubleListener,
  type Uniqueness,
} from '@alligator/core'
import {
  LeasingClient,
  Lifecycle,
  checkNames,
  checkSource,
  checkedState,
  performance,
  whileOpen,
} from '@alligator/core/backend'
import { Connection } from './connection.js'
import { type HandedRow, PostgresDelivery, inParts } from './deliveries.js'
import type { PostgresPool } from './driver.js'
import { Examination } from './health.js'
import { Listing } from './listing.js'
import ownFolder from './own-folder.cjs'
import { Pauses } from './pauses.js'
import { Placements } from './placements.js'
import { PushMarks } from './push-marks.js'
import { Pushes } from './pushes.js'
import type { RenewalData } from './renewer.js'
import { KeptResults } from './results.js'
import { RoundTrips } from './round-trips.js'
import { VERSION } from './schema.js'
import { Schedules } from './schedules.js'
import { POSTGRES_OPTIONS, type PostgresClientOptions } from './settings.js'
import { State } from './state.js'
import type { Statement } from './statements.js'
import { MAX_PAYLOAD, packBytes, packData, packId, packText, unpackData } from './stored.js'
import { Ties } from './ties.js'
import { AppTransactions } from './transactions.js'
import { Wakeups } from './wakeups.js'
import { Tallies } from './tallies.js'
import { KnownWorkers } from './workers.js'

type RemovedRow = readonly [
  data: string | null,
  bytes: Buffer | null,
  wasRunning?: boolean,
  wasHeld?: boolean,
]

/**
 * Queues in a PostgreSQL database: leases by the server's clock, delays and dead letters. Give it a DSN,
 * `postgres://user:password@host:5432/db`, or one that leaves things to `PGHOST` and its kin, `postgres://`; or a ready `Pool`
 * of pg, which it shares and does not end.
 *
 * @throws InvalidDsnError when the DSN cannot be read, InvalidOptionError when an option cannot be used.
 *
 * @example
 * ```ts
 * const client = new PostgresClient('postgres://localhost/shop', { schema: 'queue' })
 * await client.push('all', 'task-1', '{"task_id":"task-1"}')
 * const [delivery] = await client.reserve(['all'], { lease: 30, wait: 5 })
 * if (delivery) await client.ack([delivery])
 * await client.close()
 * ```
 */
export class PostgresClient extends LeasingClient {
  override readonly byId: ById = {
    reserve: async (queue, taskId, lease) => {
      this.#life.check()
      return this.#takeNamed(queue, taskId, lease)
    },
    remove: async (queue, taskId) => {
      this.#life.check()
      const row = await this.#remove(queue, taskId, false)
      return row && unpackData(row[0], row[1])
    },
  }
  override readonly listing: ListingFacet = {
    queues: async () => {
      this.#life.check()
      return this.#listing.queues()
    },
    list: async (queue, state, page = {}) => {
      this.#life.check()
      return this.#listing.list(queue, state, page)
    },
    get: async (queue, taskId) => {
      this.#life.check()
      return this.#listing.get(queue, taskId)
    },
    find: async (queue, taskIds) => {
      this.#life.check()
      return this.#listing.find(queue, taskIds)
    },
    removed: async (queue, taskIds) => {
      this.#life.check()
      return this.#listing.removed(queue, taskIds)
    },
  }
  override readonly deadLetters: DeadLetters = {
    kick: async (queue, taskIds) => {
      this.#life.check()
      return this.#kick(queue, taskIds)
    },
  }
  override readonly cancellation: Cancellation = {
    cancel: async (queue, taskId) => {
      this.#life.check()
      return this.#cancel(queue, taskId)
    },
    onCancel: (listener) => this.#wakeups.onCancel(listener),
  }
  override readonly directory: Directory = {
    announce: async (worker, ttl) => {
      this.#life.check()
      await this.#workers.announce(worker, ttl)
    },
    retire: async (workerId) => {
      this.#life.check()
      await this.#workers.retire(workerId)
    },
    workers: async () => {
      this.#life.check()
      return this.#workers.list()
    },
  }
  override readonly results: Results = {
    // What a worker does for each task: with no promise around it.
    ack: (finished) =>
      this.#life.isOpen ? this.#results.ack(finished) : Promise.reject(this.#life.closedError()),
    get: async (queue, taskIds) => {
      this.#life.check()
      return this.#results.get(queue, taskIds)
    },
    tellOfEnd: (queue, taskId) => this.#wakeups.tellOfEnd(queue, taskId),
    onEnd: (listener) => this.#wakeups.onEnd(listener),
  }
  override readonly notes: Notes = {
    get: async (queue, taskId) => {
      this.#life.check()
      const values = [packText(queue, 'queue'), packId(taskId).id]
      const [row] = await this.#connection.look<[Buffer]>(this.#connection.statements.note, () => values)
      return row && unpackData(null, row[0])
    },
    save: async (delivery, note) => {
      this.#life.check()
      const values = [PostgresDelivery.idOf(delivery), delivery.receipt, packBytes(note, delivery.taskId)]
      return (await this.#connection.run(this.#connection.statements.saveNote, () => values)).length > 0
    },
  }
  override readonly tallies: TalliesFacet
  override readonly priorities: Priorities = {
    order: 'shares',
    waiting: async (queue) => {
      this.#life.check()
      return this.#listing.levels(queue)
    },
  }
  override readonly pausing: Pausing = {
    pause: async (queue, options = {}) => {
      this.#life.check()
      await this.#pauses.pause(queue, options)
    },
    resume: async (queue) => {
      this.#life.check()
      return this.#pauses.resume(queue)
    },
    paused: async (queue) => {
      this.#life.check()
      return this.#pauses.paused(queue)
    },
  }
  override readonly expediting: Expediting = {
    expedite: async (queue, taskId) => {
      this.#life.check()
      return this.#expedite(queue, taskId)
    },
  }
  override readonly schedules: SchedulesFacet = {
    list: async (queue, ids) => {
      this.#life.check()
      return this.#schedules.list(queue, ids)
    },
    put: async (schedule, former) => {
      this.#life.check()
      const isKept = await this.#schedules.put(schedule, former)
      this.#wakeups.tellOfSchedule(schedule.queue)
      return isKept
    },
    remove: async (queue, id) => {
      this.#life.check()
      await this.#schedules.remove(queue, id)
    },
    due: async (queues) => {
      this.#life.check()
      return this.#schedules.due(queues)
    },
    tick: async (change) => {
      this.#life.check()
      const outcome = await this.#schedules.tick(change)
      if (outcome === 'ticked' && change.items.length > 0) this.#wakeups.tell(change.queue)
      return outcome
    },
    announce: async (worker, ttl) => {
      this.#life.check()
      return this.#schedules.announce(worker, ttl)
    },
    onPut: (listener) => this.#wakeups.onSchedule(listener),
  }
  override readonly dependents: Dependents
  override readonly batches: Batches
  override readonly renewal: Renewal | undefined
  override readonly transactions: AppTransactions
  override readonly uniqueness: Uniqueness
  override readonly migrations: Migrations
  override readonly health: Health
  override readonly state: StateStore = checkedState({
    now: () => this.#keptState.now(),
    get: (key) => this.#keptState.get(key),
    put: (key, value, options) => this.#keptState.put(key, value, options),
    delete: (key, ifValue) => this.#keptState.delete(key, ifValue),
  })
  readonly #life: Lifecycle
  readonly #connection: Connection
  readonly #listing: Listing
  readonly #pushes: Pushes
  readonly #pauses: Pauses
  readonly #placements: Placements
  readonly #roundTrips: RoundTrips
  readonly #wakeups: Wakeups
  readonly #workers: KnownWorkers
  readonly #stateRows: State
  readonly #schedules: Schedules
  readonly #results: KeptResults
  readonly #ties: Ties

  constructor(dsnOrPool: string | PostgresPool, options: PostgresClientOptions = {}) {
    checkSource(dsnOrPool, 'connect', "Pass a DSN such as 'postgres://localhost/app', or a pool of pg.")
    if (new.target === PostgresClient) checkNames('new PostgresClient', options, POSTGRES_OPTIONS)
    const life = new Lifecycle('This PostgreSQL client')
    const connection = new Connection(dsnOrPool, options, life)
    super(connection.dsn, options)
    this.#life = life
    this.#connection = connection
    this.renewal = renewalOf(connection, dsnOrPool)
    this.#listing = new Listing(connection)
    this.#wakeups = new Wakeups(connection)
    const marks = new PushMarks(connection)
    const onPush = (queue: string) => this.#wakeups.tell(queue)
    this.#ties = new Ties(connection, this.clock, onPush)
    this.dependents = whileOpen(life, this.#ties, ['waitsFor'])
    this.batches = whileOpen(life, this.#ties, ['open', 'close', 'find', 'members'])
    this.#pauses = new Pauses(connection, onPush)
    this.#pushes = new Pushes(connection, this.clock, marks, this.#ties, onPush)
    this.#placements = new Placements(connection, this.clock, marks, this.#ties, onPush)
    this.migrations = {
      sql: connection.sql,
      migrate: async () => {
        life.check()
        return { version: VERSION, created: await connection.ready() }
      },
    }
    this.health = new Examination(connection, this.clock)
    const transactions = new AppTransactions(
      connection,
      this.#pushes,
      this.#placements,
      this.#ties,
      this.#wakeups,
    )
    this.transactions = transactions
    this.uniqueness = {
      push: async (queue, items, transaction) => {
        life.check()
        if (transaction) return transactions.place(transaction, queue, items)
        return this.#placements.add(queue, items)
      },
    }
    this.#roundTrips = new RoundTrips(connection, this.#ties)
    this.#results = new KeptResults(connection, this.#ties, (queue, taskId) =>
      this.#wakeups.tellOfEnd(queue, taskId),
    )
    this.#workers = new KnownWorkers(connection)
    this.tallies = new Tallies(connection)
    this.#stateRows = new State(connection)
    this.#schedules = new Schedules(connection, this.clock)
  }

  override get maxPayload(): number {
    return MAX_PAYLOAD
  }

  override onTrouble(listener: TroubleListener): () => void {
    return this.#life.onTrouble(listener)
  }

  override async push(queue: string, taskId: string, data: Payload, delayUntil?: number): Promise<string> {
    this.#life.check()
    await this.#pushes.add(queue, [{ taskId, data, delayUntil }])
    return taskId
  }

  override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    this.#life.check()
    if (items.length > 0) await this.#pushes.add(queue, items)
    return items.map((item) => item.taskId)
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#life.check()
    const { limit = 1, lease, wait = 0 } = options
    const names = [...new Set(queues)]
    const isOver = () => this.#life.isOver(options.signal)
    if (wait > 0) return this.#wait(names, options, wait)
    const isStrict = options.priorities === 'strict'
    return (await this.#roundTrips.take({ queues: names, limit, lease, ahead: 0, isOver, isStrict }))
      .deliveries
  }

  /** What a worker does for each task: with no promise around it. */
  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#life.isOpen ? this.#roundTrips.ack(deliveries) : Promise.reject(this.#life.closedError())
  }

  override async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    this.#life.check()
    const { extend } = this.#connection.statements
    const lost = inParts(deliveries).map(async (some) => {
      const ids = some.map((delivery) => PostgresDelivery.idOf(delivery))
      const receipts = some.map(({ receipt }) => receipt)
      const rows = await this.#connection.run<[string]>(extend, () => [ids, receipts, lease])
      const held = new Set(rows.map(([receipt]) => receipt))
      return some.filter(({ receipt }) => !held.has(receipt))
    })
    return (await Promise.all(lost)).flat()
  }

  override async release(
    delivery: Delivery,
    { data, delayUntil, deliveries = 0 }: ReleaseOptions = {},
  ): Promise<boolean> {
    const packed = data === undefined ? undefined : packData(data, delivery.taskId)
    const isHeld = await this.#settle(delivery, this.#connection.statements.release, () => [
      delayUntil ?? null,
      this.clock.now(),
      deliveries,
      packed?.data ?? null,
      packed !== undefined,
      packed?.bytes ?? null,
    ])
    if (isHeld) {
      this.#roundTrips.wentBack(delivery.queue, PostgresDelivery.placeOf(delivery))
      this.#wakeups.tell(delivery.queue)
    }
    return isHeld
  }

  override async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    const text = JSON.stringify(reason)
    const isHeld = await this.#settle(delivery, this.#connection.statements.bury, () => [text])
    return isHeld || this.#ties.bury(delivery, reason)
  }

  override async dropAll(queue: string): Promise<void> {
    this.#life.check()
    await this.#connection.run(this.#connection.statements.dropAll, () => [packText(queue, 'queue')])
    this.#wakeups.tellOfCancel()
  }

  override async counts(queue: string): Promise<Counts> {
    this.#life.check()
    return this.#listing.counts(queue)
  }

  /** Ends the waiting, lets what was asked end, and disconnects; a pool of the app's is left to it. */
  override close(): Promise<void> {
    const stop = () => {
      this.#pushes.flush()
      this.#placements.flush()
      this.#roundTrips.flush()
      this.#results.flush()
      return this.#wakeups.close()
    }
    return this.#life.close(stop, () => this.#connection.disconnect())
  }

  async #wait(queues: readonly string[], options: ReserveOptions, seconds: number): Promise<Delivery[]> {
    const { limit = 1, lease, signal, priorities } = options
    const isStrict = priorities === 'strict'
    const { poll } = this.#connection.settings
    const end = performance.now() + seconds * 1000
    const isOver = () => this.#life.isOver(signal)
    const wait = this.#wakeups.open(queues)
    try {
      for (;;) {
        wait.look()
        const { deliveries, next = poll } = await this.#roundTrips.take({
          ...{ queues, limit, lease, isOver, isStrict },
          ahead: poll,
        })
        const left = (end - performance.now()) / 1000
        if (deliveries.length > 0 || left <= 0 || isOver()) return deliveries
        await wait.sleep(Math.max(0, Math.min(left, next, poll)), signal)
        if (isOver()) return []
      }
    } catch (error) {
      if (isOver()) return []
      throw error
    } finally {
      wait.stop()
    }
  }

  get #keptState(): State {
    this.#life.check()
    return this.#stateRows
  }

  async #takeNamed(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    const { takeNamed, givenBefore } = this.#connection.statements
    const [name, { id }, base] = [packText(queue, 'queue'), packId(taskId), this.#connection.leases.next()]
    const [row] = await this.#connection.insist(async (ask, again) => {
      const before = again ? await ask<HandedRow>(givenBefore, [[name], base]) : []
      return before.length > 0 ? before : ask<HandedRow>(takeNamed, [id, name, lease, base])
    })
    return row && new PostgresDelivery(row)
  }

  async #kick(queue: string, taskIds: readonly string[] | undefined): Promise<number> {
    const { kick, kickAll } = this.#connection.statements
    const name = packText(queue, 'queue')
    const ids = taskIds && [...new Set(taskIds.map((taskId) => packId(taskId).id))]
    const kicked = await this.#connection.transact((ask) =>
      ids ? ask(kick, [name, ids]) : ask(kickAll, [name]),
    )
    if (kicked.length > 0) this.#wakeups.tell(queue)
    return kicked.length
  }

  async #expedite(queue: string, taskId: string): Promise<boolean> {
    const values = [packText(queue, 'queue'), packId(taskId).id]
    const [row] = await this.#connection.transact((ask) => ask(this.#connection.statements.expedite, values))
    if (row) this.#wakeups.tell(queue)
    return row !== undefined
  }

  async #cancel(queue: string, taskId: string): Promise<Canceled | undefined> {
    const row = await this.#remove(queue, taskId, true)
    if (!row) return undefined
    const [data, bytes, wasRunning = false, wasHeld = false] = row
    if (wasHeld) this.#wakeups.tellOfCancel()
    return { data: unpackData(data, bytes), wasRunning }
  }

  /** What has ties is passed over by the first statement. */
  async #remove(queue: string, taskId: string, mayRun: boolean): Promise<RemovedRow | undefined> {
    const { cancel, remove } = this.#connection.statements
    const values = [packId(taskId).id, packText(queue, 'queue')]
    const [row] = await this.#connection.transact((ask) => ask<RemovedRow>(mayRun ? cancel : remove, values))
    return row ?? this.#ties.remove(queue, taskId, mayRun)
  }

  /** What every statement that settles one delivery is told comes first; a second try knows what the first one did. */
  async #settle(delivery: Delivery, statement: Statement, values: () => unknown[]): Promise<boolean> {
    this.#life.check()
    const proof = [PostgresDelivery.idOf(delivery), delivery.receipt]
    const rows = await this.#connection.insist(async (ask, again) => {
      const settled = await ask(statement, [...proof, ...values()])
      if (settled.length > 0 || !again) return settled
      return ask(this.#connection.statements.hasEnded, proof)
    })
    return rows.length > 0
  }
}

/** Nobody else can use a pool of the app's. */
function renewalOf(
  { dsn, settings, leases }: Connection,
  source: string | PostgresPool,
): Renewal | undefined {
  if (typeof source !== 'string' || ownFolder === undefined) return undefined
  const data: RenewalData = { dsn, settings, first: leases.first, last: leases.last }
  return { module: join(ownFolder, 'renewer.js'), data }
}
