import {
  type ById,
  type Counts,
  type DeadLetters,
  type DeathReason,
  type Delivery,
  type EndNews,
  type Expediting,
  type Payload,
  type Priorities,
  type PushItem,
  type ReleaseOptions,
  type ReserveOptions,
  type StateStore,
  type TroubleListener,
  type Uniqueness,
} from '@alligator/core'
import {
  KeyedTasks,
  LeasingClient,
  Lifecycle,
  NORMAL,
  checkNames,
  checkSource,
  levelOf,
  performance,
  type StateFacets,
  stateFacets,
} from '@alligator/core/backend'
import type { Channel } from './channel.js'
import { Connection } from './connection.js'
import { deferOne, dropReason, expediteOne, kickAll, kickEach } from './dead-letters.js'
import { dropTube } from './drop.js'
import { parseDsn } from './dsn.js'
import { Holders } from './holders.js'
import { Leases } from './leases.js'
import { delayOf, newJob } from './new-job.js'
import { MAX_UINT32 } from './priority.js'
import { pushJobs } from './push.js'
import { Reservations } from './reservations.js'
import { BEANSTALK_OPTIONS, type BeanstalkClientOptions, type Settings, readSettings } from './settings.js'
import { Settlements } from './settlements.js'
import { packData, unpackData } from './stored.js'
import { isJobId } from './take-by-id.js'
import { tubeOf } from './tubes.js'

/**
 * Queues in a beanstalkd, version 1.12 or newer: `beanstalk://host:port/`, with `?ttr=60s` (Default: `30s`) or
 * `?timeout=5s` (Default: `3s`) if need be. A task has the id that the server gave it, which `push` returns.
 *
 * @throws InvalidDsnError, InvalidOptionError
 *
 * @example
 * ```ts
 * const client = new BeanstalkClient('beanstalk://localhost:11300/')
 * await client.push('all', 'task-1', '{"task_id":"task-1"}')
 * const [delivery] = await client.reserve(['all'], { lease: 30, wait: 5 })
 * if (delivery) await client.ack([delivery])
 * await client.close()
 * ```
 */
export class BeanstalkClient extends LeasingClient {
  override readonly customIds: boolean = false
  override readonly maxDelay: number = MAX_UINT32
  // No `listing`: a task that is retried is another job, so that its absence would not mean that it is done.
  override readonly byId: ById = {
    reserve: (queue, taskId, lease) => this.#keys.reserveById(queue, taskId, lease),
    remove: (queue, taskId) => this.#keys.remove(queue, taskId),
  }
  override readonly deadLetters: DeadLetters = {
    kick: (queue, taskIds) => this.#kick(queue, taskIds),
  }
  override pausing?: StateFacets['pausing'] = undefined
  override schedules?: StateFacets['schedules'] = undefined
  override results?: StateFacets['results'] = undefined
  override notes?: StateFacets['notes'] = undefined
  override uniqueness?: Uniqueness = undefined
  /** The server knows no other order than a strict one, and does not count what waits at each level. */
  override readonly priorities: Priorities = { order: 'strict', waiting: async () => undefined }
  override readonly expediting: Expediting = {
    expedite: (queue, taskId) => {
      const tube = tubeOf(queue)
      return this.#onLine((line) => expediteOne(line, tube, taskId, this.clock.now()))
    },
  }
  readonly #life = new Lifecycle('This beanstalkd client')
  readonly #settings: Settings
  readonly #connection: Connection
  readonly #leases: Leases
  readonly #holders: Holders
  readonly #reservations: Reservations
  readonly #settlements: Settlements
  readonly #keys = new KeyedTasks({
    client: this,
    clock: this.clock,
    pushMany: (queue, items) => this.#pushMany(queue, items),
    reserve: (queues, options) =>
      this.pausing ? this.pausing.reserve([...new Set(queues)], options) : this.#reserve(queues, options),
    ack: (deliveries) => this.#notHeld(deliveries, (delivery) => this.#settlements.finish(delivery)),
    extend: (deliveries, lease) =>
      this.#notHeld(deliveries, (delivery) => this.#settlements.extend(delivery, lease)),
    release: (delivery, options) => this.#release(delivery, options),
    bury: (delivery, reason) => this.#life.run(() => this.#settlements.bury(delivery, reason)),
    dropAll: (queue) => this.#dropAll(queue),
    byId: {
      reserve: (queue, taskId, lease) => this.#reserveById(queue, taskId, lease),
      remove: (queue, taskId) => this.#remove(queue, taskId),
    },
    find: (queue, taskId) => this.#find(queue, taskId),
    defer: (queue, taskId, delayUntil) => {
      const tube = tubeOf(queue)
      return this.#onLine((line) => deferOne(line, tube, taskId, { delayUntil, now: this.clock.now() }))
    },
  })

  constructor(dsn: string, options: BeanstalkClientOptions = {}) {
    checkSource(dsn, undefined, "Pass a DSN such as 'beanstalk://localhost:11300/'.")
    if (new.target === BeanstalkClient) checkNames('new BeanstalkClient', options, BEANSTALK_OPTIONS)
    super(dsn, options)
    const { host, port, options: inDsn } = parseDsn(dsn)
    this.#settings = readSettings({ ...inDsn, ...options })
    this.#connection = new Connection({ host, port, dsn, timeout: this.#settings.timeout }, this.#life)
    this.#holders = new Holders(this.#connection, (holder) => {
      this.#leases.forget(holder)
      this.#reservations.forget()
    })
    this.#leases = new Leases(this.#holders, this.clock, this.#settings.ttr)
    this.#reservations = new Reservations(this.#holders, this.#leases)
    this.#settlements = new Settlements(this.#connection, this.#leases)
  }

  /** The server's own limit as soon as it is known, which is with the first task pushed. */
  override get maxPayload(): number {
    return this.#connection.maxPayload
  }

  /**
   * Puts several payloads on the queue, in one write. A batch is not all or nothing: when it fails, workers may have taken
   * a part of it. When an answer is lost, the task is pushed again, and may be there twice.
   */
  override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#keys.pushMany(queue, items)
  }

  #pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#life.run(() => {
      const now = this.clock.now()
      const jobs = items.map(({ data, delayUntil, priority }) => {
        const level = levelOf(priority)
        return newJob(packData(data, level), { delayUntil, level }, now, this.#settings.ttr)
      })
      return pushJobs(this.#connection, tubeOf(queue), jobs, items)
    })
  }

  /** Pauses, schedules, keys, results and notes are kept there. */
  override keepStateIn(state: StateStore, news?: EndNews): void {
    const facets = stateFacets(state, news, {
      clock: this.clock,
      keys: this.#keys,
      holds: (delivery) => this.#leases.holds(delivery),
      ack: (deliveries) => this.ack(deliveries),
      pushMany: (queue, items) => this.pushMany(queue, items),
      reserve: (queues, options) => this.#reserve(queues, options),
      release: (delivery, options) => this.#release(delivery, options),
    })
    Object.assign(this, facets)
  }

  override onTrouble(listener: TroubleListener): () => void {
    return this.#life.onTrouble(listener)
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#life.check()
    return this.#keys.reserve(queues, options)
  }

  async #reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const { limit = 1, lease, wait = 0, signal } = options
    const end = performance.now() + 1000 * wait
    const look = async () => {
      const taken = await this.#reservations.take(queues, limit, lease)
      if (taken.length > 0 || wait <= 0 || this.#life.isOver(signal)) return taken
      return this.#reservations.wait(queues, (end - performance.now()) / 1000, options)
    }
    try {
      return this.#life.isOver(signal) ? [] : await this.#connection.insist(look, signal)
    } catch (error) {
      // To end a wait is to end its connection.
      if (this.#life.isOver(signal)) return []
      throw error
    }
  }

  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#keys.ack(deliveries)
  }

  override extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#keys.extend(deliveries, lease)
  }

  /**
   * Puts a delivery back. With other `data` it becomes another job, with another id, which is there before the old one is
   * deleted: a process that dies in between leaves both, and the task runs twice.
   */
  override release(delivery: Delivery, options?: ReleaseOptions): Promise<boolean> {
    return this.#keys.release(delivery, options)
  }

  async #release(
    delivery: Delivery,
    { data, delayUntil = 0, deliveries = 0 }: ReleaseOptions,
  ): Promise<boolean | string> {
    const now = this.clock.now()
    const delay = delayOf(delayUntil, now)
    if (data === undefined)
      return this.#life.run(() => this.#settlements.putBack(delivery, { delay, due: delayUntil, deliveries }))
    const job = newJob(packData(data), { delayUntil, level: NORMAL }, now, this.#settings.ttr)
    const replacement = { data, due: delayUntil, keepsId: this.results !== undefined }
    return this.#life.run(() => this.#settlements.replace(delivery, job, replacement))
  }

  /** Buries the job itself; its reason is kept beside it. */
  override bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#keys.bury(delivery, reason)
  }

  /** Removes everything from the queue but what other clients hold: that is theirs alone to settle. */
  override dropAll(queue: string): Promise<void> {
    return this.#keys.dropAll(queue)
  }

  async #dropAll(queue: string): Promise<void> {
    const tube = tubeOf(queue)
    const held = this.#leases.of(queue)
    await this.#onLine((line) => dropTube(line, tube))
    const deliveries = held.map(({ id: taskId, receipt }) => {
      return { taskId, receipt, queue, data: '', deliveries: 1 }
    })
    await this.#notHeld(deliveries, (delivery) => this.#settlements.finish(delivery))
  }

  override async counts(queue: string): Promise<Counts> {
    const tube = tubeOf(queue)
    const read = async () => (await this.#connection.line()).tubeStats(tube)
    const stats = await this.#life.run(() => this.#connection.insist(read))
    return {
      waiting: stats?.ready ?? 0,
      delayed: stats?.delayed ?? 0,
      running: stats?.reserved ?? 0,
      dead: stats?.buried ?? 0,
    }
  }

  /** Ends the waiting, lets what was asked for end, and then every connection: the server takes back what they held. */
  override close(): Promise<void> {
    const disconnect = () => {
      this.#leases.stop()
      this.#holders.close()
      return this.#connection.close()
    }
    const stop = () => {
      this.pausing?.close()
      return this.#holders.endWaits()
    }
    return this.#life.close(stop, disconnect)
  }

  async #reserveById(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    this.#life.check()
    try {
      return await this.#connection.insist(() => this.#reservations.takeNamed(queue, taskId, lease))
    } catch (error) {
      if (!this.#life.isOpen) return undefined
      throw error
    }
  }

  async #kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    const tube = tubeOf(queue)
    return this.#onLine(async (line) => {
      const kicked = taskIds
        ? await kickEach(line, tube, taskIds, this.clock.now())
        : await kickAll(line, tube, this.clock.now())
      for (const { id, body } of kicked) await this.#keys.kicked(queue, id, unpackData(body))
      return kicked.length
    })
  }

  async #remove(queue: string, taskId: string): Promise<Payload | undefined> {
    const tube = tubeOf(queue)
    return this.#onLine(async (line) => {
      if (!isJobId(taskId)) return undefined
      const [stats, job] = await Promise.all([line.jobStats(taskId), line.peek(taskId)])
      if (stats?.tube !== tube || !job || !(await line.delete(taskId))) return undefined
      if (stats.state === 'buried') await dropReason(line, tube, taskId, stats)
      return unpackData(job.body)
    })
  }

  async #find(queue: string, taskId: string): Promise<Payload | undefined> {
    const tube = tubeOf(queue)
    return this.#onLine(async (line) => {
      const [stats, job] = await Promise.all([line.jobStats(taskId), line.peek(taskId)])
      const isThere = job && stats?.tube === tube && stats.state !== 'buried'
      return isThere ? unpackData(job.body) : undefined
    })
  }

  async #notHeld(
    deliveries: readonly Delivery[],
    step: (delivery: Delivery) => Promise<boolean>,
  ): Promise<Delivery[]> {
    const held = await this.#life.run(() => Promise.all(deliveries.map(step)))
    return deliveries.filter((_, at) => !held[at])
  }

  #onLine<T>(step: (line: Channel) => Promise<T>): Promise<T> {
    const open = async () => {
      const line = await this.#connection.line()
      await line.check()
      return line
    }
    return this.#life.run(async () => step(await this.#connection.insist(open)))
  }
}
