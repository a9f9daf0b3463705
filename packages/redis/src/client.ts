import {
  type ById,
  type Cancellation,
  ClosedError,
  type Counts,
  type DeadLetters as DeadLettersFacet,
  type DeathReason,
  type Delivery,
  type Directory,
  LeasingClient,
  type Listing as ListingFacet,
  type Payload,
  type PushItem,
  type ReleaseOptions,
  type ReserveOptions,
  hasCode,
} from '@alligator/core'
import { Connection } from './connection.js'
import { DeadLetters } from './dead-letters.js'
import type { Argument, RedisConnection } from './driver.js'
import { Held, byQueue } from './held.js'
import type { QueueKeys } from './keys.js'
import { Listing } from './listing.js'
import { Pushes } from './pushes.js'
import { Removals } from './removals.js'
import { TAKE_NAMED } from './scripts/named.js'
import type { Script } from './scripts/script.js'
import { BURY, EXTEND, RELEASE } from './scripts/settle.js'
import type { RedisClientOptions } from './settings.js'
import { MAX_PAYLOAD, packData, packId, toMilliseconds, unpackData } from './stored.js'
import { Turns } from './turns.js'
import { LONGEST_SLEEP, type Wait, Wakeups } from './wakeups.js'
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
      this.#checkOpen()
      return this.#takeNamed(queue, taskId, lease)
    },
    remove: async (queue, taskId) => {
      this.#checkOpen()
      return (await this.#removals.remove(queue, taskId, false))?.data
    },
  }
  override readonly listing: ListingFacet = {
    queues: async () => {
      this.#checkOpen()
      return this.#listing.queues()
    },
    list: async (queue, state, page = {}) => {
      this.#checkOpen()
      return this.#listing.list(queue, state, page)
    },
    find: async (queue, taskIds) => {
      this.#checkOpen()
      return this.#listing.find(queue, taskIds)
    },
  }
  override readonly deadLetters: DeadLettersFacet = {
    kick: async (queue, taskIds) => {
      this.#checkOpen()
      return taskIds ? this.#deadLetters.kick(queue, taskIds) : this.#deadLetters.kickAll(queue)
    },
  }
  override readonly cancellation: Cancellation = {
    cancel: async (queue, taskId) => {
      this.#checkOpen()
      return this.#removals.remove(queue, taskId, true)
    },
    onCancel: (listener) => this.#wakeups.onCancel(listener),
  }
  override readonly directory: Directory = {
    announce: async (worker, ttl) => {
      this.#checkOpen()
      await this.#workers.announce(worker, ttl)
    },
    retire: async (workerId) => {
      this.#checkOpen()
      await this.#workers.retire(workerId)
    },
    workers: async () => {
      this.#checkOpen()
      return this.#workers.list()
    },
  }
  readonly #connection: Connection
  readonly #listing: Listing
  readonly #deadLetters: DeadLetters
  readonly #pushes: Pushes
  readonly #turns: Turns
  readonly #removals: Removals
  readonly #wakeups: Wakeups
  readonly #workers: KnownWorkers
  /** Deliveries that an earlier call may have settled: its answer was lost. */
  readonly #doubtful = new WeakSet<Delivery>()
  #closing: Promise<void> | undefined

  constructor(dsnOrRedis: string | RedisConnection, options: RedisClientOptions = {}) {
    const connection = new Connection(dsnOrRedis, options)
    super(connection.dsn, options)
    this.#connection = connection
    this.#listing = new Listing(connection)
    this.#deadLetters = new DeadLetters(connection)
    this.#pushes = new Pushes(connection, this.clock)
    this.#turns = new Turns(connection, this.#doubtful)
    this.#removals = new Removals(connection, this.#turns)
    this.#wakeups = new Wakeups(connection)
    this.#workers = new KnownWorkers(connection)
  }

  override get maxPayload(): number {
    return MAX_PAYLOAD
  }

  override async push(queue: string, taskId: string, data: Payload, delayUntil?: number): Promise<string> {
    this.#checkOpen()
    await this.#pushes.add(queue, [{ taskId, data, delayUntil }])
    return taskId
  }

  override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    this.#checkOpen()
    if (items.length > 0) await this.#pushes.add(queue, items)
    return items.map((item) => item.taskId)
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#checkOpen()
    const { limit = 1, lease, wait = 0 } = options
    const names = [...new Set(queues)]
    if (wait > 0) return this.#wait(names, options, wait)
    const want = { queues: names, limit, lease, name: '', stay: 0, isOver: () => this.#isOver(options) }
    return (await this.#turns.take(want)).deliveries
  }

  /** What a worker does for each task: with no promise around it. */
  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#closing ? Promise.reject(closed()) : this.#turns.ack(deliveries)
  }

  override async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    this.#checkOpen()
    const extendSome = async ([queue, some]: readonly [string, readonly Delivery[]]) => {
      const args = [
        toMilliseconds(lease),
        ...some.flatMap(({ taskId, receipt }) => [packId(taskId), receipt]),
      ]
      const keys = this.#keys(queue, 'waiting', 'delayed', 'running', 'receipts', 'idle')
      const lost = new Set((await this.#connection.run(EXTEND, () => ({ keys, args }))) as number[])
      return some.filter((_, at) => lost.has(at))
    }
    return (await Promise.all(byQueue(deliveries).map(extendSome))).flat()
  }

  override async release(
    delivery: Delivery,
    { data, delayUntil = 0, deliveries = 0 }: ReleaseOptions = {},
  ): Promise<boolean> {
    const { queue, taskId } = delivery
    const keys = this.#keys(queue, 'tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'ended')
    const change = data === undefined ? [] : [packData(data, taskId)]
    const due = toMilliseconds(delayUntil)
    const now = () => toMilliseconds(this.clock.now())
    return this.#settle(delivery, RELEASE, keys, () => [due, now(), deliveries, ...change])
  }

  override async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    const { maxDeadLetters, deadLetterTtl } = this.#connection.settings
    const keys = this.#keys(delivery.queue, 'tasks', 'running', 'receipts', 'dead', 'reasons', 'ended')
    const how = [JSON.stringify(reason), maxDeadLetters, toMilliseconds(deadLetterTtl)]
    return this.#settle(delivery, BURY, keys, () => how)
  }

  override async dropAll(queue: string): Promise<void> {
    this.#checkOpen()
    const keys = this.#keys(queue, 'tasks', 'waiting', 'delayed', 'running', 'receipts', 'dead', 'reasons')
    await this.#connection.send('unlink', keys)
  }

  override async counts(queue: string): Promise<Counts> {
    this.#checkOpen()
    return this.#listing.counts(queue)
  }

  /** Ends the waiting, lets what was asked end, and disconnects; a connection of the app's is left to it. */
  override close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(async () => {
      this.#pushes.flush()
      this.#turns.flush()
      await this.#wakeups.close()
      await this.#connection.close()
    })
    return this.#closing
  }

  async #wait(queues: readonly string[], options: ReserveOptions, seconds: number): Promise<Delivery[]> {
    const { limit = 1, lease, signal } = options
    const end = performance.now() + seconds * 1000
    const isOver = () => this.#isOver(options)
    const wait = this.#wakeups.open()
    try {
      const listening = this.#wakeups.listen()
      if (listening) await listening
      for (;;) {
        wait.look()
        const left = (end - performance.now()) / 1000
        const stay = Math.max(0, Math.min(left, LONGEST_SLEEP))
        const want = { queues, limit, lease, name: wait.name, stay, isOver }
        const { deliveries, pause } = await this.#turns.take(want)
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
    void Promise.all(queues.map((queue) => this.#turns.leave(queue, wait.name)))
    return []
  }

  async #takeNamed(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    const names = ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'dead'] as const
    const keys = this.#keys(queue, ...names)
    const [id, token] = [packId(taskId), this.#turns.token()]
    const call = (again: boolean) => {
      return { keys, args: [id, toMilliseconds(lease), token, again ? 1 : 0] }
    }
    const [row, count] = (await this.#connection.run(TAKE_NAMED, call)) as [Buffer?, number?]
    if (!row || !count) return undefined
    return new Held(queue, id, taskId, unpackData(row, taskId), count, `${token}.${count}`)
  }

  async #settle(
    delivery: Delivery,
    script: Script,
    keys: readonly string[],
    how: () => readonly Argument[],
  ): Promise<boolean> {
    this.#checkOpen()
    const [id, isDoubtful] = [packId(delivery.taskId), this.#doubtful.has(delivery)]
    const call = (again: boolean) => {
      const repeats = again || isDoubtful ? 1 : 0
      return { keys, args: [id, delivery.receipt, repeats, this.#connection.patience, ...how()] }
    }
    try {
      return (await this.#connection.run(script, call)) === 1
    } catch (error) {
      if (hasCode(error, 'STORE_UNAVAILABLE')) this.#doubtful.add(delivery)
      throw error
    }
  }

  #keys(queue: string, ...names: readonly (keyof QueueKeys)[]): string[] {
    const keys = this.#connection.keys.of(queue)
    return names.map((name) => keys[name])
  }

  #isOver({ signal }: ReserveOptions): boolean {
    return signal?.aborted === true || this.#closing !== undefined
  }

  #checkOpen(): void {
    if (this.#closing) throw closed()
  }
}

function closed(): ClosedError {
  return new ClosedError('This Redis client')
}
