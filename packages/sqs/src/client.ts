import {
  type Counts,
  type DeadLetters as DeadLettersFacet,
  type DeathReason,
  type Delivery,
  type EndNews,
  InvalidOptionError,
  type Payload,
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
  checkNames,
  checkSource,
  type StateFacets,
  stateFacets,
} from '@alligator/core/backend'
import { all } from './batches.js'
import { Connection } from './connection.js'
import { DeadLetters } from './dead-letters.js'
import type { SqsConnection } from './driver.js'
import { LONGEST_LEASE, Leases, monotonic } from './leases.js'
import { Mailbox } from './mailbox.js'
import { Purges } from './purges.js'
import { type Queue, Queues } from './queues.js'
import { Receiver } from './receiver.js'
import { Reservations } from './reservations.js'
import { SQS_OPTIONS, type SqsClientOptions, type SqsSettings, readSettings } from './settings.js'
import { Settlements } from './settlements.js'
import { MAX_PAYLOAD, type SqsRecord, readRecord } from './stored.js'

/** Long polls at once on a client of the app's: of its sockets, 50 unless it says otherwise, some must be left. */
const MOST_POLLS = 40

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
  override readonly customIds: boolean = false
  override readonly exactCounts: boolean = false
  /** A task that is released is shown again once, and SQS goes on counting then. */
  override readonly freshDeliveries: number = 2
  override readonly deadLetters: DeadLettersFacet = {
    kick: (queue, taskIds) => {
      return this.#life.run(async () => {
        if (taskIds?.length === 0) return 0
        const onKick = (id: string, data: Payload) => this.#keys.kicked(queue, id, data)
        return this.#dead.kick(this.#queues.named(queue), { ids: taskIds && new Set(taskIds), onKick })
      })
    },
  }
  override pausing?: StateFacets['pausing'] = undefined
  override schedules?: StateFacets['schedules'] = undefined
  override results?: StateFacets['results'] = undefined
  override notes?: StateFacets['notes'] = undefined
  override uniqueness?: Uniqueness = undefined
  readonly #life = new Lifecycle('This SQS client')
  readonly #settings: SqsSettings
  readonly #connection: Connection
  readonly #queues: Queues
  readonly #leases = new Leases()
  readonly #mailbox: Mailbox
  readonly #receiver: Receiver
  readonly #reservations: Reservations
  readonly #dead: DeadLetters
  readonly #settlements: Settlements
  readonly #purges: Purges
  readonly #keys = new KeyedTasks({
    client: this,
    clock: this.clock,
    pushMany: (queue, items) => this.#pushMany(queue, items),
    reserve: (queues, options) =>
      this.pausing ? this.pausing.reserve([...new Set(queues)], options) : this.#reserve(queues, options),
    ack: (deliveries) => this.#life.run(() => this.#settlements.ack(deliveries)),
    extend: (deliveries, lease) => this.#life.run(() => this.#settlements.extend(deliveries, lease)),
    release: (delivery, options) => this.#release(delivery, options),
    bury: (delivery, reason) => this.#life.run(() => this.#settlements.bury(delivery, reason)),
    dropAll: (queue) => this.#dropAll(queue),
  })

  constructor(dsnOrClient: string | SqsConnection, options: SqsClientOptions = {}) {
    checkSource(
      dsnOrClient,
      'send',
      "Pass a DSN such as 'sqs://eu-central-1/', or an SQSClient of the AWS SDK.",
    )
    if (new.target === SqsClient) checkNames('new SqsClient', options, SQS_OPTIONS)
    const given = typeof dsnOrClient === 'string' ? undefined : dsnOrClient
    const dsn = typeof dsnOrClient === 'string' ? dsnOrClient : 'sqs:///'
    super(dsn, options)
    if (given && options.endpoint !== undefined) throw ownEndpoint(options.endpoint)
    this.#settings = readSettings(dsn, options)
    this.#connection = new Connection(dsn, given, this.#settings, this.#life)
    this.#queues = new Queues(this.#connection, this.#settings)
    this.#purges = new Purges(this.#connection, this.#queues)
    this.#mailbox = new Mailbox(this.#connection, this.#queues, this.clock)
    this.#receiver = new Receiver(this.#connection, this.#queues, this.#leases, this.clock, (held) => {
      // What cannot be sent on now comes again when its lease lapses.
      void this.#life.run(() => this.#settlements.postpone(held)).catch(() => undefined)
    })
    this.#dead = new DeadLetters(this.#queues, this.#mailbox, this.#receiver)
    this.#settlements = new Settlements(this.#leases, this.#mailbox, this.#dead, this.clock)
    this.#reservations = new Reservations(this.#receiver, this.#queues, this.#settlements, {
      clock: this.clock,
      longPoll: this.#settings.longPoll,
      mostPolls: given ? MOST_POLLS : Number.POSITIVE_INFINITY,
    })
  }

  override get maxPayload(): number {
    return MAX_PAYLOAD
  }

  /** Pauses, schedules, keys, results and notes are kept there. */
  override keepStateIn(state: StateStore, news?: EndNews): void {
    const facets = stateFacets(state, news, {
      clock: this.clock,
      keys: this.#keys,
      holds: (delivery) => this.#leases.find(delivery) !== undefined,
      ack: (deliveries) => this.ack(deliveries),
      pushMany: (queue, items) => this.pushMany(queue, items),
      reserve: (queues, options) => this.#reserve(queues, options),
      release: (delivery, options) => this.#release(delivery, options),
    })
    Object.assign(this, facets)
  }

  override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#keys.pushMany(queue, items)
  }

  #pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#life.run(async () => {
      const to = this.#queues.named(queue)
      const tasks = items.map((item) => ({ item, due: this.#dueOf(to, item) }))
      const packed = await Promise.all(
        tasks.map(async ({ item, due }) => ({
          due,
          packed: await this.#mailbox.pack(to, { data: item.data, due }, item.taskId),
          marks: { group: this.#settings.groupOf(item), deduplication: item.taskId },
        })),
      )
      return all(packed.map((task) => this.#mailbox.send(to, task.packed, task.due, task.marks)))
    })
  }

  /** @throws InvalidOptionError for a lease of more than 12 hours. */
  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    this.#life.check()
    return this.#keys.reserve(queues, options)
  }

  async #reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const { limit = 1, wait = 0, signal } = options
    const request = { limit, wait, signal, lease: checkLease(options.lease) }
    if (signal?.aborted) return []
    const taken = await this.#life.run(() => this.#reservations.look(queues, request))
    if (taken.length > 0 || wait <= 0 || this.#life.isOver(signal)) return taken
    return this.#reservations.wait(queues, request)
  }

  /**
   * Holds a message that AWS Lambda was given for `lease` seconds, to be run like a task of `reserve`. `undefined`: it came
   * before it is due, and has been put off.
   *
   * @throws InvalidOptionError when it is from a queue whose name does not begin with `prefix`.
   */
  async adopt(record: SqsRecord, lease: number): Promise<Delivery | undefined> {
    const adopted = await this.#adopt(record, lease)
    const [delivery] = adopted ? await this.#keys.begin([adopted], lease) : []
    return delivery
  }

  #adopt(record: SqsRecord, lease: number): Promise<Delivery | undefined> {
    return this.#life.run(async () => {
      const name = record.eventSourceARN.split(':').at(-1) ?? ''
      const { prefix } = this.#settings
      if (!name.startsWith(prefix))
        throw new InvalidOptionError('prefix', prefix, `The event is from "${name}".`)
      const queue = name.slice(prefix.length)
      const since = monotonic()
      const message = readRecord(record)
      const held = { queue: this.#queues.named(queue), message, since, until: since + lease }
      if (this.#receiver.isDue(message)) return this.#receiver.hold(held, queue)
      await this.#settlements.postpone(held)
      return undefined
    })
  }

  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.#keys.ack(deliveries)
  }

  /** Holds deliveries for `lease` seconds from now; SQS allows 12 hours in all. Gives those that were no longer held. */
  override extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return this.#keys.extend(deliveries, lease)
  }

  override release(delivery: Delivery, options?: ReleaseOptions): Promise<boolean> {
    return this.#keys.release(delivery, options)
  }

  #release(delivery: Delivery, options: ReleaseOptions): Promise<boolean> {
    return this.#life.run(() => this.#settlements.release(delivery, options))
  }

  override bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#keys.bury(delivery, reason)
  }

  /**
   * Removes everything from the queue, and its dead letters. SQS purges a queue once in a minute, and may take that long:
   * what is pushed meanwhile may be removed too.
   *
   * @throws StoreUnavailableError when the queue was purged less than a minute ago and holds something again.
   */
  override dropAll(queue: string): Promise<void> {
    return this.#keys.dropAll(queue)
  }

  #dropAll(queue: string): Promise<void> {
    return this.#life.run(async () => {
      const from = this.#queues.named(queue)
      await this.#purges.purge(from)
      this.#leases.drop(from)
      await this.#dead.drop(from)
    })
  }

  /** About how many tasks are in each state. */
  override counts(queue: string): Promise<Counts> {
    return this.#life.run(async () => {
      const from = this.#queues.named(queue)
      const [[waiting, delayed, running], dead] = await Promise.all([
        this.#queues.numbers(from),
        this.#dead.count(from),
      ])
      return { waiting, delayed, running, dead }
    })
  }

  override onTrouble(listener: TroubleListener): () => void {
    return this.#life.onTrouble(listener)
  }

  /** Ends the waiting and lets every request come back: that takes as long as a long poll at most. */
  override close(): Promise<void> {
    return this.#life.close(
      () => {
        this.pausing?.close()
        return this.#reservations.close()
      },
      () => this.#connection.close(),
    )
  }

  #dueOf(queue: Queue, { delayUntil }: PushItem): number | undefined {
    if (delayUntil === undefined || delayUntil <= this.clock.now()) return undefined
    if (!queue.fifo) return delayUntil
    const wayOut = `SQS delays no single task on a FIFO queue such as "${queue.name}": use a standard queue.`
    throw new InvalidOptionError('delayUntil', delayUntil, wayOut)
  }
}

function checkLease(lease: number): number {
  if (lease > 0 && lease <= LONGEST_LEASE) return Math.ceil(lease)
  throw new InvalidOptionError('lease', lease, `SQS holds a task for ${LONGEST_LEASE / 3600} h at most.`)
}

function ownEndpoint(endpoint: string): InvalidOptionError {
  return new InvalidOptionError('endpoint', endpoint, 'The client that was given has one of its own.')
}
