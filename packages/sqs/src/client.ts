import {
  type Capabilities,
  ClosedError,
  type Counts,
  type DeathReason,
  type Delivery,
  InvalidOptionError,
  LeasingClient,
  type Page,
  type Payload,
  type PushItem,
  type ReleaseOptions,
  type ReserveOptions,
  StoreUnavailableError,
} from '@alligator/core'
import { all } from './batches.js'
import { Connection } from './connection.js'
import { DeadLetters } from './dead-letters.js'
import type { SqsConnection } from './driver.js'
import { LONGEST_LEASE, Leases, monotonic } from './leases.js'
import { Mailbox } from './mailbox.js'
import { MAX_PAYLOAD } from './message.js'
import { LARGEST_RECEIVE, Poll } from './poll.js'
import { type Queue, Queues } from './queues.js'
import { Receiver } from './receiver.js'
import { type SqsOptions, type SqsSettings, readSettings } from './settings.js'
import { Settlements } from './settlements.js'
import { isPurging } from './store-error.js'
import { waitForTask } from './wait.js'

const CAPABILITIES: Capabilities = {
  leases: true,
  waits: true,
  reserveById: false,
  remove: false,
  find: false,
  list: false,
  deadLetters: true,
  exactCounts: false,
  customIds: false,
  ordered: false,
  anyQueueName: false,
  lateSettling: false,
  restartsDeliveries: false,
  delayPrecision: 1,
  maxDelay: Number.POSITIVE_INFINITY,
  maxPayload: MAX_PAYLOAD,
}

/** Seconds within which SQS purges a queue only once. */
const PURGE_PAUSE = 60

/**
 * Queues in Amazon SQS, standard and FIFO. Give it a DSN, `sqs://eu-central-1/`, with `account`, `endpoint`, `prefix`,
 * `create_queues`, `long_poll` or `group` in its query or in the options; or an `SQSClient` of the app's own, which
 * `close()` leaves open. Credentials are found by the SDK. `docs/sqs.md` tells what SQS can and cannot do.
 *
 * @throws InvalidDsnError when the DSN cannot be read; InvalidOptionError.
 *
 * @example
 * ```ts
 * const client = new SqsClient('sqs://eu-central-1/?prefix=shop-')
 * await client.push('emails', 'task-1', '{"task_id":"task-1"}')
 * const [delivery] = await client.reserve(['emails'], { lease: 30, wait: 20 })
 * if (delivery) await client.ack([delivery])
 * await client.close()
 * ```
 */
export class SqsClient extends LeasingClient {
  override readonly capabilities: Capabilities = CAPABILITIES
  readonly #settings: SqsSettings
  readonly #connection: Connection
  readonly #queues: Queues
  readonly #leases = new Leases()
  readonly #mailbox: Mailbox
  readonly #receiver: Receiver
  readonly #dead: DeadLetters
  readonly #settlements: Settlements
  readonly #polls = new Map<string, Poll>()
  readonly #purged = new Map<Queue, number>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(dsnOrClient: string | SqsConnection, options: SqsOptions = {}) {
    const given = typeof dsnOrClient === 'string' ? undefined : dsnOrClient
    const dsn = typeof dsnOrClient === 'string' ? dsnOrClient : 'sqs:///'
    super(dsn, options)
    if (given && options.endpoint !== undefined) throw ownEndpoint(options.endpoint)
    this.#settings = readSettings(dsn, options)
    this.#connection = new Connection(dsn, given, this.#settings)
    this.#queues = new Queues(this.#connection, this.#settings)
    this.#mailbox = new Mailbox(this.#connection, this.#queues, this.clock)
    this.#receiver = new Receiver(this.#connection, this.#queues, this.#leases, this.clock, (held) => {
      // What cannot be sent on now comes again when its lease lapses.
      void this.#run(() => this.#settlements.postpone(held)).catch(() => undefined)
    })
    this.#dead = new DeadLetters(this.#queues, this.#mailbox, this.#receiver)
    this.#settlements = new Settlements(this.#leases, this.#mailbox, this.#dead, this.clock)
  }

  override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#run(async () => {
      const to = this.#queues.named(queue)
      const tasks = items.map((item) => ({ item, due: this.#dueOf(to, item) }))
      const packed = await Promise.all(
        tasks.map(async ({ item, due }) => ({
          due,
          packed: await this.#mailbox.pack(to, { data: item.data, due }, `task ${item.taskId}`),
          marks: { group: this.#settings.groupOf(item), deduplication: item.taskId },
        })),
      )
      return all(packed.map((task) => this.#mailbox.send(to, task.packed, task.due, task.marks)))
    })
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#checkOpen()
    const { limit = 1, wait = 0, signal } = options
    if (options.taskId !== undefined) this.refuse('reserve of one task by its id')
    if (signal?.aborted) return []
    const lease = checkLease(options.lease)
    const taken = this.#looksFirst(queues, limit, wait, lease)
      ? await this.#run(() => this.#look(queues, limit, lease))
      : []
    if (taken.length > 0 || signal?.aborted || this.#closing) return taken
    if (wait <= 0) return this.#run(() => this.#lookAgain(queues, limit, lease))
    const polls = queues.map((queue) => this.#poll(queue, lease))
    return waitForTask(polls, { limit, wait, signal, clock: this.clock })
  }

  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#run(() => this.#settlements.ack(deliveries))
  }

  /** Holds deliveries for `lease` seconds from now; SQS allows 12 hours in all. Gives those that were no longer held. */
  override extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#run(() => this.#settlements.extend(deliveries, lease))
  }

  override release(delivery: Delivery, options: ReleaseOptions = {}): Promise<boolean> {
    return this.#run(() => this.#settlements.release(delivery, options))
  }

  override bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#run(() => this.#settlements.bury(delivery, reason))
  }

  override kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    return this.#run(async () => {
      if (taskIds?.length === 0) return 0
      return this.#dead.kick(this.#queues.named(queue), taskIds && new Set(taskIds))
    })
  }

  /**
   * Removes everything from the queue, and its dead letters. SQS purges a queue once in a minute, and may take that long:
   * what is pushed meanwhile may be removed too.
   *
   * @throws StoreUnavailableError when the queue was purged less than a minute ago and holds something again.
   */
  override dropAll(queue: string): Promise<void> {
    return this.#run(async () => {
      const from = this.#queues.named(queue)
      await this.#purge(from)
      this.#leases.drop(from)
      await this.#dead.drop(from)
    })
  }

  /** About how many tasks are in each state. */
  override counts(queue: string): Promise<Counts> {
    return this.#run(async () => {
      const from = this.#queues.named(queue)
      const [[waiting, delayed, running], dead] = await Promise.all([
        this.#queues.numbers(from),
        this.#dead.count(from),
      ])
      return { waiting, delayed, running, dead }
    })
  }

  override async queues(): Promise<string[]> {
    return this.refuse('queues')
  }

  override async list(): Promise<Page> {
    return this.refuse('list')
  }

  override async find(): Promise<never> {
    return this.refuse('find')
  }

  override async remove(): Promise<Payload | undefined> {
    return this.refuse('remove')
  }

  /** Ends the waiting and lets every request come back: that takes as long as a long poll at most. */
  override close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(async () => {
      await Promise.all([...this.#polls.values()].map((poll) => poll.close()))
      while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
      await this.#connection.close()
    })
    return this.#closing
  }

  /** A request that waits answers at once where there is something: but for one queue, and with ten tasks at most. */
  #looksFirst(queues: readonly string[], limit: number, wait: number, lease: number): boolean {
    if (wait <= 0) return true
    if (queues.every((queue) => this.#poll(queue, lease).isPolling)) return false
    return (
      queues.length > 1 || (limit > LARGEST_RECEIVE && queues.some((queue) => this.#receiver.isBusy(queue)))
    )
  }

  /** Takes what is there, from the first queue before the second. */
  async #look(queues: readonly string[], limit: number, lease: number): Promise<Delivery[]> {
    const taken: Delivery[] = []
    for (const queue of queues) {
      const poll = this.#poll(queue, lease)
      taken.push(...poll.takeLeft(limit - taken.length))
      taken.push(
        ...(await this.#receiver.receiveMany(queue, { limit: limit - taken.length, lease, wait: 0 })),
      )
      taken.push(...poll.takeLeft(limit - taken.length))
    }
    return this.#unlessClosing(taken)
  }

  /** A request that does not wait asks some of the servers only: where there should be something, all of them are asked. */
  async #lookAgain(queues: readonly string[], limit: number, lease: number): Promise<Delivery[]> {
    for (const queue of queues) {
      const [waiting] = await this.#queues.numbers(this.#queues.named(queue))
      if (waiting === 0) continue
      const taken = await this.#receiver.receive(queue, { limit, lease, wait: 1 })
      if (taken.length > 0) return this.#unlessClosing(taken)
    }
    return []
  }

  async #unlessClosing(taken: Delivery[]): Promise<Delivery[]> {
    if (!this.#closing) return taken
    await this.#settlements.putBack(taken)
    return []
  }

  #poll(queue: string, lease: number): Poll {
    const key = `${lease} ${queue}`
    const known = this.#polls.get(key)
    if (known) return known
    const source = {
      receive: (limit: number, wait: number) => this.#receiver.receive(queue, { limit, lease, wait }),
      putBack: (deliveries: readonly Delivery[]) => this.#settlements.putBack(deliveries),
    }
    const poll = new Poll(source, this.#settings.longPoll)
    this.#polls.set(key, poll)
    return poll
  }

  #dueOf(queue: Queue, { delayUntil }: PushItem): number | undefined {
    if (delayUntil === undefined || delayUntil <= this.clock.now()) return undefined
    if (!queue.fifo) return delayUntil
    const wayOut = `SQS delays no single task on a FIFO queue such as "${queue.name}": use a standard queue.`
    throw new InvalidOptionError('delayUntil', delayUntil, wayOut)
  }

  async #purge(queue: Queue): Promise<void> {
    const isSoon = monotonic() - (this.#purged.get(queue) ?? Number.NEGATIVE_INFINITY) < PURGE_PAUSE
    try {
      if (isSoon) return await this.#checkEmpty(queue)
      await this.#queues.use(queue, (QueueUrl) => this.#connection.send('PurgeQueue', { QueueUrl }))
      this.#purged.set(queue, monotonic())
    } catch (error) {
      if (!isPurging(error)) throw error
      await this.#checkEmpty(queue)
    }
  }

  async #checkEmpty(queue: Queue): Promise<void> {
    const numbers = await this.#queues.numbers(queue)
    if (numbers.every((number) => number === 0)) return
    const why = `"${queue.name}" was purged less than ${PURGE_PAUSE} s ago, which SQS allows once in that time`
    throw new StoreUnavailableError(this.dsn, why, 'Try again in a minute.')
  }

  /** Does something that `close` waits for. */
  async #run<T>(step: () => Promise<T>): Promise<T> {
    this.#checkOpen()
    const running = step()
    this.#underWay.add(running)
    try {
      return await running
    } finally {
      this.#underWay.delete(running)
    }
  }

  #checkOpen(): void {
    if (this.#closing) throw new ClosedError('This SQS client')
  }
}

function checkLease(lease: number): number {
  if (lease > 0 && lease <= LONGEST_LEASE) return Math.ceil(lease)
  throw new InvalidOptionError('lease', lease, `SQS holds a task for ${LONGEST_LEASE / 3600} h at most.`)
}

function ownEndpoint(endpoint: string): InvalidOptionError {
  return new InvalidOptionError('endpoint', endpoint, 'The client that was given has one of its own.')
}
