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
  reasonText,
  whileOpen,
} from '@alligator/core/backend'
import { Batches } from './batches.js'
import { Connection } from './connection.js'
import { DeadLetters } from './dead-letters.js'
import { RedisDelivery, byQueue } from './deliveries.js'
import type { RedisConnection } from './driver.js'
import type { QueueKeys } from './keys.js'
import { Examination } from './health.js'
import { Listing } from './listing.js'
import ownFolder from './own-folder.cjs'
import { Pauses } from './pauses.js'
import { Pushes } from './pushes.js'
import { Placements } from './placements.js'
import { Removals } from './removals.js'
import { KeptResults } from './results.js'
import type { RenewalData } from './renewer.js'
import { RoundTrips } from './round-trips.js'
import { MARK } from './scripts/levels.js'
import { EXPEDITE, TAKE_NAMED } from './scripts/named.js'
import type { Call, Script } from './scripts/script.js'
import { Schedules } from './schedules.js'
import { SAVE_NOTE } from './scripts/results.js'
import { BURY, EXTEND, RELEASE } from './scripts/settle.js'
import { REDIS_OPTIONS, type RedisClientOptions } from './settings.js'
import { State } from './state.js'
import { MAX_PAYLOAD, hasKey, noteIn, packData, packId, toMilliseconds, unpackData } from './stored.js'
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
  override readonly byId: ById = {
    reserve: async (queue, taskId, lease) => {
      this.#life.check()
      return this.#takeNamed(queue, taskId, lease)
    },
    remove: async (queue, taskId) => {
      this.#life.check()
      return (await this.#removals.remove(queue, taskId, false))?.data
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
  override readonly deadLetters: DeadLettersFacet = {
    kick: async (queue, taskIds) => {
      this.#life.check()
      return taskIds ? this.#deadLetters.kick(queue, taskIds) : this.#deadLetters.kickAll(queue)
    },
  }
  override readonly cancellation: Cancellation = {
    cancel: async (queue, taskId) => {
      this.#life.check()
      return this.#removals.remove(queue, taskId, true)
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
    tellOfEnd: (queue, taskId) => {
      if (this.#life.isOpen) this.#results.tell(queue, taskId)
    },
    onEnd: (listener) => this.#wakeups.onEnd(listener),
  }
  override readonly notes: Notes = {
    get: async (queue, taskId) => {
      this.#life.check()
      const args = [this.#keys(queue).tasks, packId(taskId)]
      const row = (await this.#connection.send('hget', args)) as Buffer | null
      const note = row ? noteIn(row) : undefined
      return note && unpackData(note, taskId)
    },
    save: async (delivery, note) => {
      this.#life.check()
      return this.#saveNote(delivery, note)
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
      const call = { queues: [this.#keys(queue)], args: { id: packId(taskId) } }
      return (await this.#connection.run(EXPEDITE, () => call)) === 1
    },
  }
  override readonly uniqueness: Uniqueness = {
    push: async (queue, items) => {
      this.#life.check()
      return this.#placements.add(queue, items)
    },
  }
  override readonly schedules: SchedulesFacet = {
    list: async (queue, ids) => {
      this.#life.check()
      return this.#schedules.list(queue, ids)
    },
    put: async (schedule, former) => {
      this.#life.check()
      return this.#schedules.put(schedule, former)
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
      return this.#schedules.tick(change)
    },
    announce: async (worker, ttl) => {
      const [next] = await Promise.all([
        this.#schedules.next(worker.queues),
        this.directory.announce(worker, ttl),
      ])
      return next
    },
    onPut: (listener) => this.#wakeups.onSchedule(listener),
  }
  override readonly dependents: Dependents
  override readonly batches: BatchesFacet
  override readonly renewal: Renewal | undefined
  override readonly health: Health
  override readonly maxDeadLetters: number
  override readonly state: StateStore = checkedState({
    now: () => this.#keptState.now(),
    get: (key) => this.#keptState.get(key),
    put: (key, value, options) => this.#keptState.put(key, value, options),
    delete: (key, ifValue) => this.#keptState.delete(key, ifValue),
  })
  readonly #life: Lifecycle
  readonly #connection: Connection
  readonly #listing: Listing
  readonly #deadLetters: DeadLetters
  readonly #pushes: Pushes
  readonly #placements: Placements
  readonly #roundTrips: RoundTrips
  readonly #removals: Removals
  readonly #pauses: Pauses
  readonly #wakeups: Wakeups
  readonly #workers: KnownWorkers
  readonly #stateKeys: State
  readonly #schedules: Schedules
  readonly #results: KeptResults
  readonly #batches: Batches

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
    this.#listing = new Listing(connection)
    this.#deadLetters = new DeadLetters(connection)
    this.#pushes = new Pushes(connection, this.clock)
    this.#placements = new Placements(connection, this.clock)
    this.#roundTrips = new RoundTrips(connection)
    this.#removals = new Removals(connection)
    this.#pauses = new Pauses(connection)
    this.#wakeups = new Wakeups(connection)
    this.#workers = new KnownWorkers(connection)
    this.#results = new KeptResults(connection, (send) => this.#roundTrips.accompany(send))
    this.tallies = new Tallies(connection)
    this.#stateKeys = new State(connection)
    this.#batches = new Batches(connection, this.clock)
    this.dependents = whileOpen(life, this.#batches, ['waitsFor'])
    this.batches = whileOpen(life, this.#batches, ['open', 'close', 'find', 'members', 'list'])
    this.#schedules = new Schedules(connection, this.clock, (queue) => this.#wakeups.tellOfSchedule(queue))
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

  async #takeNamed(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    const [id, token] = [packId(taskId), this.#connection.repeats.newToken()]
    const call = { queues: [this.#keys(queue)], args: { id, lease: toMilliseconds(lease), token } }
    const [row, number] = (await this.#connection.run(TAKE_NAMED, () => call)) as [Buffer?, number?]
    if (!row || !number) return undefined
    const data = unpackData(row, taskId)
    const delivery = new RedisDelivery(queue, id, taskId, data, number % MARK, `${token}.${number}`)
    return hasKey(row) ? RedisDelivery.withKey(delivery) : delivery
  }

  async #saveNote({ queue, taskId, receipt }: Delivery, note: Payload): Promise<boolean> {
    const packed = Buffer.from(packData(note, taskId))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(packed.length)
    const args = { id: packId(taskId), receipt, length, note: packed }
    const call = { queues: [this.#keys(queue)], args }
    // What a step has kept must outlive a failover.
    return (await this.#connection.runSafely(SAVE_NOTE, () => call)) === 1
  }

  get #keptState(): State {
    this.#life.check()
    return this.#stateKeys
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
