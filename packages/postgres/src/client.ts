import { join } from 'node:path'
import {
  type Batches,
  type ById,
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
  type Notes as NotesFacet,
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
import { NamedTasks } from './by-id.js'
import { Connection } from './connection.js'
import { PostgresDelivery, inParts } from './deliveries.js'
import type { PostgresPool } from './driver.js'
import { Examination } from './health.js'
import { Listing } from './listing.js'
import { Notes } from './notes.js'
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
import { MAX_PAYLOAD, packData, packText } from './stored.js'
import { Ties } from './ties.js'
import { AppTransactions } from './transactions.js'
import { Wakeups } from './wakeups.js'
import { Tallies } from './tallies.js'
import { KnownWorkers } from './workers.js'

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
  override readonly byId: ById
  override readonly listing: ListingFacet
  override readonly deadLetters: DeadLetters
  override readonly cancellation: Cancellation
  override readonly directory: Directory
  override readonly results: Results
  override readonly notes: NotesFacet
  override readonly tallies: TalliesFacet
  override readonly priorities: Priorities
  override readonly pausing: Pausing
  override readonly expediting: Expediting
  override readonly schedules: SchedulesFacet
  override readonly dependents: Dependents
  override readonly batches: Batches
  override readonly renewal: Renewal | undefined
  override readonly transactions: AppTransactions
  override readonly uniqueness: Uniqueness
  override readonly migrations: Migrations
  override readonly health: Health
  override readonly state: StateStore
  readonly #life: Lifecycle
  readonly #connection: Connection
  readonly #listing: Listing
  readonly #pushes: Pushes
  readonly #placements: Placements
  readonly #roundTrips: RoundTrips
  readonly #wakeups: Wakeups
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
    const [listing, wakeups, marks] = [
      new Listing(connection),
      new Wakeups(connection),
      new PushMarks(connection),
    ]
    const onPush = (queue: string) => wakeups.tell(queue)
    const ties = new Ties(connection, this.clock, onPush)
    const pushes = new Pushes(connection, this.clock, marks, ties, onPush)
    const placements = new Placements(connection, this.clock, marks, ties, onPush)
    const transactions = new AppTransactions(connection, pushes, placements, ties, wakeups)
    const results = new KeptResults(connection, ties, (queue, taskId) => wakeups.tellOfEnd(queue, taskId))
    const named = new NamedTasks(connection, ties, wakeups)
    const schedules = new Schedules(connection, this.clock, wakeups)
    this.#listing = listing
    this.#wakeups = wakeups
    this.#ties = ties
    this.#pushes = pushes
    this.#placements = placements
    this.#results = results
    this.#roundTrips = new RoundTrips(connection, ties)
    this.transactions = transactions
    this.health = new Examination(connection, this.clock)
    this.byId = whileOpen(life, named, ['reserve', 'remove'])
    this.listing = whileOpen(life, listing, ['queues', 'list', 'get', 'find', 'removed'])
    this.deadLetters = whileOpen(life, named, ['kick'])
    this.cancellation = {
      ...whileOpen(life, named, ['cancel']),
      onCancel: (listener) => wakeups.onCancel(listener),
    }
    this.directory = whileOpen(life, new KnownWorkers(connection), ['announce', 'retire', 'workers'])
    this.results = {
      ...whileOpen(life, results, ['get']),
      // What a worker does for each task: with no promise around it.
      ack: (finished) => (life.isOpen ? results.ack(finished) : Promise.reject(life.closedError())),
      tellOfEnd: (queue, taskId) => wakeups.tellOfEnd(queue, taskId),
      onEnd: (listener) => wakeups.onEnd(listener),
    }
    this.notes = whileOpen(life, new Notes(connection), ['get', 'save'])
    this.tallies = whileOpen(life, new Tallies(connection), ['add', 'queues', 'read'])
    this.priorities = { order: 'shares', ...whileOpen(life, listing, ['waiting']) }
    this.pausing = whileOpen(life, new Pauses(connection, onPush), ['pause', 'resume', 'paused'])
    this.expediting = whileOpen(life, named, ['expedite'])
    this.uniqueness = {
      push: async (queue, items, transaction) => {
        life.check()
        return transaction ? transactions.place(transaction, queue, items) : placements.add(queue, items)
      },
    }
    this.schedules = {
      ...whileOpen(life, schedules, ['list', 'put', 'remove', 'due', 'tick', 'announce']),
      onPut: (listener) => wakeups.onSchedule(listener),
    }
    this.dependents = whileOpen(life, ties, ['waitsFor'])
    this.batches = whileOpen(life, ties, ['open', 'close', 'find', 'members', 'list'])
    this.migrations = {
      sql: connection.sql,
      migrate: async () => {
        life.check()
        return { version: VERSION, created: await connection.ready() }
      },
    }
    this.state = whileOpen(life, checkedState(new State(connection)), ['now', 'get', 'put', 'delete'])
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
