import { randomUUID } from 'node:crypto'
import {
  type ById,
  type Cancellation,
  type Client,
  type Counts,
  type DeadLetters,
  type DeathReason,
  type Delivery,
  type Directory,
  type Expediting,
  type Health,
  type Listing,
  type Migrations,
  type Notes,
  type Pausing,
  type Payload,
  type ReserveOptions,
  type Results,
  type Schedules,
  type StateStore,
  type Tallies,
  type Tally,
  type Transactions,
  type Uniqueness,
  type WorkerInfo,
  need,
} from '@alligator/core'
import { expectEqual, expectSameNames } from './expect.js'
import type { AppTransaction, ConformanceOptions, Harness } from './harness.js'
import type { Need, ProvenFacet, Qualities } from './need.js'
import { TrialTime } from './trial-time.js'

/** Seconds of a lease that no scenario outlives. */
const LONG_LEASE = 600
/** How many looks it takes at most to believe that a queue gives no more. */
const MOST_LOOKS = 1000

/** What a store is like unless its proof says otherwise. */
const USUAL: Required<Qualities> = {
  ordered: true,
  anyQueueName: true,
  lateSettling: true,
  hearsOfCancels: true,
  delayPrecision: 0.001,
}

/** What a scenario may leave out when it reserves. */
export type TakeOptions = Partial<ReserveOptions> & { readonly client?: Client }

/** One scenario at work: a store, its clients, its time, and queues that nobody else uses. */
export class Trial {
  readonly client: Client
  readonly time: TrialTime
  readonly qualities: Required<Qualities>
  readonly #harness: Harness
  readonly #clients: Client[]
  readonly #queues = new Set<string>()
  readonly #prefix = `conformance-${randomUUID().slice(0, 8)}-`

  /** Makes the store and its first client. */
  static async open(options: ConformanceOptions): Promise<Trial> {
    const harness = await options.create()
    return new Trial(harness, await harness.client(), { ...USUAL, ...options.qualities })
  }

  private constructor(harness: Harness, client: Client, qualities: Required<Qualities>) {
    this.#harness = harness
    this.#clients = [client]
    this.client = client
    this.qualities = qualities
    this.time = new TrialTime(harness.clock, qualities.delayPrecision)
  }

  /** Whether the store has what a scenario needs. */
  has(name: Need): boolean {
    const { client, qualities } = this
    if (name === 'restartsDeliveries') return client.freshDeliveries === 1
    return Boolean(name in qualities ? qualities[name as keyof Qualities] : client[name as keyof Client])
  }

  /** The facets of its first client; a scenario names in its needs those that it uses. */
  get byId(): ById {
    return facetOf(this.client, 'byId')
  }

  get listing(): Listing {
    return facetOf(this.client, 'listing')
  }

  get deadLetters(): DeadLetters {
    return facetOf(this.client, 'deadLetters')
  }

  get cancellation(): Cancellation {
    return facetOf(this.client, 'cancellation')
  }

  get directory(): Directory {
    return facetOf(this.client, 'directory')
  }

  get results(): Results {
    return facetOf(this.client, 'results')
  }

  get notes(): Notes {
    return facetOf(this.client, 'notes')
  }

  get tallies(): Tallies {
    return facetOf(this.client, 'tallies')
  }

  get schedules(): Schedules {
    return facetOf(this.client, 'schedules')
  }

  get transactions(): Transactions {
    return facetOf(this.client, 'transactions')
  }

  get uniqueness(): Uniqueness {
    return facetOf(this.client, 'uniqueness')
  }

  get migrations(): Migrations {
    return facetOf(this.client, 'migrations')
  }

  get health(): Health {
    return facetOf(this.client, 'health')
  }

  get state(): StateStore {
    return facetOf(this.client, 'state')
  }

  get pausing(): Pausing {
    return facetOf(this.client, 'pausing')
  }

  get expediting(): Expediting {
    return facetOf(this.client, 'expediting')
  }

  /** Does something in a transaction of an app, which commits unless that throws. */
  async transact(work: (app: AppTransaction) => Promise<void>): Promise<void> {
    if (!this.#harness.transact)
      throw new Error(
        'The client has "transactions": say in `create` how an app opens one, as `transact` of the harness.',
      )
    await this.#harness.transact(work)
  }

  /** Does something in a transaction of an app, and then rolls it back. */
  async transactInVain(work: (app: AppTransaction) => Promise<void>): Promise<void> {
    const rollBack = new Error('rolled back')
    try {
      await this.transact(async (app) => {
        await work(app)
        throw rollBack
      })
    } catch (error) {
      if (error !== rollBack) throw error
    }
  }

  /** One more client of the same store. */
  async another(): Promise<Client> {
    const client = await this.#harness.client()
    this.#clients.push(client)
    return client
  }

  /** The name of a queue that is this scenario's own. */
  queue(label = 'work'): string {
    const name = this.#prefix + label
    this.#queues.add(name)
    return name
  }

  /** The names that are this scenario's own, among others. */
  own(names: readonly string[]): string[] {
    return names.filter((name) => name.startsWith(this.#prefix))
  }

  /** Pushes tasks one after the other, each with the payload of a real one; gives their ids in the store. */
  async push(queue: string, ids: readonly string[], delayUntil?: number): Promise<string[]> {
    const stored: string[] = []
    for (const id of ids) stored.push(await this.client.push(queue, id, payloadOf(id), delayUntil))
    return stored
  }

  /** Reserves, with a lease that outlives the scenario unless told otherwise. */
  async take(queue: string | readonly string[], options: TakeOptions = {}): Promise<Delivery[]> {
    const { client = this.client, lease = LONG_LEASE, ...rest } = options
    return client.reserve(typeof queue === 'string' ? [queue] : queue, { lease, ...rest })
  }

  /** Reserves one task that must be there. */
  async takeOne(queue: string, promise: string, options: TakeOptions = {}): Promise<Delivery> {
    const [delivery] = await this.take(queue, options)
    if (!delivery) throw new Error(`${promise}\n  expected a task of ${queue}, but none was handed out`)
    return delivery
  }

  /** Reserves until nothing more comes. */
  async takeAll(queue: string | readonly string[], options: TakeOptions = {}): Promise<Delivery[]> {
    const all: Delivery[] = []
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const taken = await this.take(queue, { limit: 10, ...options })
      if (taken.length === 0) return all
      all.push(...taken)
    }
    throw new Error(`${String(queue)} still hands out tasks after ${MOST_LOOKS} looks`)
  }

  /** Pushes one task and makes it a dead letter. */
  async bury(queue: string, id: string, reason: DeathReason = REASON): Promise<string> {
    const [stored = id] = await this.push(queue, [id])
    const delivery = await this.takeOne(queue, 'a pushed task is handed out')
    await this.client.bury(delivery, reason)
    return stored
  }

  /** Brings one task into each state, under the state's name. */
  async pushOneOfEach(queue: string): Promise<void> {
    await this.bury(queue, 'dead')
    await this.push(queue, ['running', 'waiting'])
    await this.takeOne(queue, 'a pushed task is handed out')
    await this.push(queue, ['delayed'], this.time.now() + 600)
  }

  /** Compares the counts of a queue, as exactly as the store can tell them. */
  async expectCounts(queue: string, expected: Partial<Counts>, promise: string): Promise<void> {
    const { exactCounts, leases } = this.client
    if (!exactCounts) return
    const counts = await this.client.counts(queue)
    const wanted: Counts = { waiting: 0, delayed: 0, running: 0, dead: 0, ...expected }
    // Without leases a task is gone once it runs, and one that is delayed only waits.
    const simple = ({ waiting, delayed, dead }: Counts) => ({ waiting: waiting + delayed, dead })
    if (leases) expectEqual({ ...counts }, wanted, promise)
    else expectEqual(simple(counts), simple(wanted), promise)
  }

  /** Compares the ids of tasks, in their order where the store keeps one. */
  expectIds(deliveries: readonly Delivery[], ids: readonly string[], promise: string): void {
    if (this.qualities.ordered) expectEqual(idsOf(deliveries), ids, promise)
    else expectSameNames(idsOf(deliveries), ids, promise)
  }

  /** Empties the scenario's queues, closes every client and removes the store. */
  async close(): Promise<void> {
    const janitor = await this.another()
    for (const queue of this.#queues) {
      if (!janitor.leases) await janitor.deadLetters?.kick(queue)
      await janitor.dropAll(queue)
      await janitor.pausing?.resume(queue)
    }
    for (const client of this.#clients) await client.close()
    await this.#harness.close?.()
  }
}

/** A facet that a scenario has named in its needs. */
export function facetOf<F extends ProvenFacet>(client: Client, facet: F): NonNullable<Client[F]> {
  return need(client, facet, 'what is to be proven')
}

/** The payload of a task with this id, as the engine would write it. */
export function payloadOf(id: string, changes: object = {}): string {
  return JSON.stringify({
    task_id: id,
    retries: 0,
    is_async: true,
    module: 'emails',
    callable: 'send',
    args: [id],
    ...changes,
  })
}

/** Why the scenarios' dead letters died. */
export const REASON: DeathReason = {
  code: 'TASK_FAILED',
  message: 'it was "meant" to fail',
  stack: 'Error: it was meant to fail\n    at emails.send',
  at: 1_767_225_600.25,
  worker: 'worker-1',
  attempt: 2,
}

/** A worker with this id, as it would announce itself. */
export function workerOf(id: string, changes: Partial<WorkerInfo> = {}): WorkerInfo {
  const about = { name: `Worker ${id}`, queues: ['mail'], startedAt: 1_767_225_600.25 }
  return { id, ...about, concurrency: 10, running: 3, tasksComplete: 41, ...changes }
}

/** Of a time in which nothing ended. */
export const NONE: Tally = {
  success: 0,
  retry: 0,
  snoozed: 0,
  dead: 0,
  canceled: 0,
  lost: 0,
  runs: 0,
  seconds: 0,
}

/** The ids of deliveries. */
export function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map((delivery) => delivery.taskId)
}

/** A payload as plain values that compare well: text, or the list of its bytes. */
export function plain(data: Payload | undefined): string | number[] | undefined {
  return typeof data === 'object' ? [...data] : data
}
