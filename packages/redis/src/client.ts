import { join } from 'node:path'
import {
  type Batches as BatchesFacet,
  type ById,
  type Cancellation,
  type Counts,
  type DeadLetters as DeadLettersFacet,
  type DeathReason,
  type Delivery,
  type Dependents,
  type Directory,
  type Expediting,
  type Health,
  type Listing as ListingFacet,
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
  reasonText,
  whileOpen,
} from '@alligator/core/backend'
import { Batches } from './batches.js'
import { NamedTasks } from './by-id.js'
import { Connection } from './connection.js'
import { DeadLetters } from './dead-letters.js'
import { byQueue } from './deliveries.js'
import type { RedisConnection } from './driver.js'
import type { QueueKeys } from './keys.js'
import { Examination } from './health.js'
import { Listing } from './listing.js'
import ownFolder from './own-folder.cjs'
import { Pauses } from './pauses.js'
import { Pushes } from './pushes.js'
import { Placements } from './placements.js'
import { Notes } from './notes.js'
import { KeptResults } from './results.js'
import type { RenewalData } from './renewer.js'
import { RoundTrips } from './round-trips.js'
import type { Call, Script } from './scripts/script.js'
import { Schedules } from './schedules.js'
import { BURY, EXTEND, RELEASE } from './scripts/settle.js'
import { REDIS_OPTIONS, type RedisClientOptions } from './settings.js'
import { State } from './state.js'
import { MAX_PAYLOAD, packData, packId, toMilliseconds } from './stored.js'
import { LONGEST_SLEEP, type Wait, Wakeups } from './wakeups.js'
import { Tallies } from './tallies.js'
import { KnownWorkers } from './workers.js'

/**
 * Queues on a Redis server or cluster: leases by the server's clock, delays and dead letters. Give it a DSN,
 * `redis://user:password@host:6379/0`, `rediss://...` for TLS, `redis:///run/redis.sock`, `redis://host1,host2?cluster` or
 * `redis://host1,host2/0?sentinel=name`; or a ready `Redis` or `Cluster` of ioredis, which it shares and does not close.
 *
 * @throws InvalidDsnError when the DSN cannot be read, InvalidOptionError when an option cannot be used.
 *
 * @example
 * ```ts
 * const client = new RedisClient('redis://localhost:6379/0', { prefix: 'shop' })
 * await client.push('all', 'task-1', '{"task_id":"task-1"}')
 * const [delivery] = await client.reserve(['all'], { lease: 30, wait: 5 })
 * if (delivery) await client.ack([delivery])
 * await client.close()
 * ```
 */
export class RedisClient extends LeasingClient {
  override readonly byId: ById
  override readonly listing: ListingFacet
  override readonly deadLetters: DeadLettersFacet
  override readonly cancellation: Cancellation
  override readonly directory: Directory
  override readonly results: Results
  override readonly notes: NotesFacet
  override readonly tallies: TalliesFacet
  override readonly priorities: Priorities
  override readonly pausing: Pausing
  override readonly expediting: Expediting
  override readonly uniqueness: Uniqueness
  override readonly schedules: SchedulesFacet
  override readonly dependents: Dependents
  override readonly batches: BatchesFacet
  override readonly renewal: Renewal | undefined
  override readonly health: Health
  override readonly maxDeadLetters: number
  override readonly state: StateStore
  readonly #life: Lifecycle
  readonly #connection: Connection
  readonly #listing: Listing
  readonly #deadLetters: DeadLetters
  readonly #pushes: Pushes
  readonly #placements: Placements
  readonly #roundTrips: RoundTrips
  readonly #wakeups: Wakeups
  readonly #results: KeptResults

  constructor(dsnOrRedis: string | RedisConnection, options: RedisClientOptions = {}) {
    checkSource(
      dsnOrRedis,
      'callBuffer',
      "Pass a DSN such as 'redis://localhost:6379/0', or a connection of ioredis.",
    )
    if (new.target === RedisClient) checkNames('new RedisClient', options, REDIS_OPTIONS)
    const life = new Lifecycle('This Redis client')
    const connection = new Connection(dsnOrRedis, options, life)
    super(connection.dsn, options)
    this.#life = life
    this.#connection = connection
    this.maxDeadLetters = connection.settings.maxDeadLetters
    this.renewal = renewalOf(connection, dsnOrRedis)
    this.health = new Examination(connection)
    this.#deadLetters = new DeadLetters(connection)
    this.#pushes = new Pushes(connection, this.clock)
    this.#placements = new Placements(connection, this.clock)
    this.#roundTrips = new RoundTrips(connection)
    this.#wakeups = new Wakeups(connection)
    this.#results = new KeptResults(connection, (send) => this.#roundTrips.accompany(send))
    this.#listing = new Listing(connection)
    const [wakeups, results, listing] = [this.#wakeups, this.#results, this.#listing]
    const [named, workers] = [new NamedTasks(connection), new KnownWorkers(connection)]
    const batches = new Batches(connection, this.clock)
    const schedules = new Schedules(connection, this.clock, workers, (queue) => wakeups.tellOfSchedule(queue))
    this.byId = whileOpen(life, named, ['reserve', 'remove'])
    this.listing = whileOpen(life, listing, ['queues', 'list', 'get', 'find', 'removed'])
    this.deadLetters = whileOpen(life, this.#deadLetters, ['kick'])
    this.cancellation = {
      ...whileOpen(life, named, ['cancel']),
      onCancel: (listener) => wakeups.onCancel(listener),
    }
    this.directory = whileOpen(life, workers, ['announce', 'retire', 'workers'])
    this.results = {
      ...whileOpen(life, results, ['get']),
      // What a worker does for each task: with no promise around it.
      ack: (finished) => (life.isOpen ? results.ack(finished) : Promise.reject(life.closedError())),
      tellOfEnd: (queue, taskId) => {
        if (life.isOpen) results.tell(queue, taskId)
      },
      onEnd: (listener) => wakeups.onEnd(listener),
    }
    this.notes = whileOpen(life, new Notes(connection), ['get', 'save'])
    this.tallies = whileOpen(life, new Tallies(connection), ['add', 'queues', 'read'])
    this.priorities = { order: 'shares', ...whileOpen(life, listing, ['waiting']) }
    this.pausing = whileOpen(life, new Pauses(connection), ['pause', 'resume', 'paused'])
    this.expediting = whileOpen(life, named, ['expedite'])
    this.uniqueness = whileOpen(life, this.#placements, ['push'])
    this.schedules = {
      ...whileOpen(life, schedules, ['list', 'put', 'remove', 'due', 'tick', 'announce']),
      onPut: (listener) => wakeups.onSchedule(listener),
    }
    this.dependents = whileOpen(life, batches, ['waitsFor'])
    this.batches = whileOpen(life, batches, ['open', 'close', 'find', 'members', 'list'])
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
    const { limit = 1, lease, wait = 0, priorities } = options
    const names = [...new Set(queues)]
    if (wait > 0) return this.#wait(names, options, wait)
    const request = {
      queues: names,
      limit,
      isStrict: priorities === 'strict',
      lease,
      name: '',
      stay: 0,
      isOver: () => this.#life.isOver(options.signal),
    }
    return (await this.#roundTrips.take(request)).deliveries
  }

  /** What a worker does for each task: with no promise around it. */
  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#life.isOpen ? this.#roundTrips.ack(deliveries) : Promise.reject(this.#life.closedError())
  }

  override async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    this.#life.check()
    const extendSome = async ([queue, some]: readonly [string, readonly Delivery[]]) => {
      const rest = some.flatMap(({ taskId, receipt }) => [packId(taskId), receipt])
      const call = { queues: [this.#keys(queue)], args: { lease: toMilliseconds(lease) }, rest }
      const lost = new Set((await this.#connection.run(EXTEND, () => call)) as number[])
      return some.filter((_, at) => lost.has(at))
    }
    return (await Promise.all(byQueue(deliveries).map(extendSome))).flat()
  }

  override async release(
    delivery: Delivery,
    { data, delayUntil = 0, deliveries = 0 }: ReleaseOptions = {},
  ): Promise<boolean> {
    const queues = [this.#keys(delivery.queue)]
    const how = { ...this.#proof(delivery), delayUntil: toMilliseconds(delayUntil), count: deliveries }
    const rest = data === undefined ? [] : [packData(data, delivery.taskId)]
    return this.#settle(delivery, RELEASE, () => {
      return { queues, args: { ...how, sent: toMilliseconds(this.clock.now()) }, rest }
    })
  }

  override async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    const { maxDeadLetters, deadLetterTtl } = this.#connection.settings
    const args = {
      ...this.#proof(delivery),
      reason: reasonText(reason),
      most: maxDeadLetters,
      longest: toMilliseconds(deadLetterTtl),
    }
    const call = { queues: [this.#keys(delivery.queue)], args }
    return this.#settle(delivery, BURY, () => call)
  }

  override async dropAll(queue: string): Promise<void> {
    this.#life.check()
    const keys = this.#keys(queue)
    await this.#connection.send(
      'unlink',
      DROPPED.map((name) => keys[name]),
    )
  }

  override async counts(queue: string): Promise<Counts> {
    this.#life.check()
    return this.#listing.counts(queue)
  }

  /** Ends the waiting, lets what was asked end, and disconnects; a connection of the app's is left to it. */
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
    const end = performance.now() + seconds * 1000
    const isOver = () => this.#life.isOver(signal)
    const wait = this.#wakeups.open()
    try {
      const listening = this.#wakeups.listen()
      if (listening) await listening
      for (;;) {
        wait.look()
        const left = (end - performance.now()) / 1000
        const stay = Math.max(0, Math.min(left, LONGEST_SLEEP))
        const request = { queues, limit, isStrict, lease, name: wait.name, stay, isOver }
        const { deliveries, pause } = await this.#roundTrips.take(request)
        if (deliveries.length > 0 || stay === 0) return deliveries
        if (!isOver()) await wait.sleep(pause, signal)
        if (isOver()) return await this.#leave(queues, wait)
        this.#wakeups.check()
        this.#deadLetters.trimNowAndThen(queues)
      }
    } catch (error) {
      if (isOver()) return []
      throw error
    } finally {
      wait.stop()
    }
  }

  /** Somebody else must look in place of a wait that ends early. */
  async #leave(queues: readonly string[], wait: Wait): Promise<[]> {
    void Promise.all(queues.map((queue) => this.#roundTrips.leave(queue, wait.name)))
    return []
  }

  /** What every script that settles a delivery is told. */
  #proof({ taskId, receipt }: Delivery): { id: string; receipt: string; patience: number } {
    return { id: packId(taskId), receipt, patience: this.#connection.repeats.patience }
  }

  async #settle<S extends Script>(delivery: Delivery, script: S, call: () => Call<S>): Promise<boolean> {
    this.#life.check()
    const { repeats } = this.#connection
    try {
      return (await this.#connection.run(script, call, repeats.isDoubtful(delivery))) === 1
    } catch (error) {
      repeats.doubt([delivery], error)
      throw error
    }
  }

  #keys(queue: string): QueueKeys {
    return this.#connection.keys.of(queue)
  }
}

/** What is dropped with a queue. */
const DROPPED = [
  ...([
    'tasks',
    'waiting',
    'delayed',
    'running',
    'receipts',
    'dead',
    'reasons',
    'gone',
    'unique',
    'taken',
  ] as const),
  ...(['takers', 'edges', 'parked', 'batches', 'opened', 'over'] as const),
]

/** Nobody else can open the app's own connection. */
function renewalOf({ settings, holder }: Connection, source: string | RedisConnection): Renewal | undefined {
  if (typeof source !== 'string' || ownFolder === undefined) return undefined
  const data: RenewalData = { dsn: source, settings, holder }
  return { module: join(ownFolder, 'renewer.js'), data }
}
