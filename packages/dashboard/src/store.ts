import type { Client, Gator, WorkerInfo } from '@alligator/core'
import { need } from '@alligator/core'
import {
  type QueueStatus,
  type Throughput,
  livelyQueuesOf,
  queueStatusOf,
  throughputOf,
} from '@alligator/core/inspect'
import { endedOf, hourOf, minutesOf } from './ended.js'
import { History } from './history.js'
import { Rates } from './rates.js'
import { SharedReads } from './shared-reads.js'
import type { Ability, EndedView, HourView, Lacking, QueueView, StoreView, TeamView } from './views.js'

/** Milliseconds that one look at many queues takes; those that are not reached are looked at first by the next one. */
const LOOK = 40
/** Queues that are looked at side by side. */
const SIDE_BY_SIDE = 8
/** Queues of which the last hour is kept. */
const MOST_HISTORIES = 200
/** Workers whose queues are shown, and queues of each of them, also where they hold nothing. */
const MOST_WORKERS = 200
const MOST_SERVED = 50
/** Seconds after which a queue on the page is looked at again, whether or not its turn has come. */
const OLD = 1

interface Looked {
  readonly status: QueueStatus
  readonly at: number
  readonly growth?: number
  /** Absent where the store does not keep it. */
  readonly throughput?: Throughput | undefined
}

/** A store, and what was seen of it of late by whoever looked. */
export class Store {
  readonly name: string
  readonly gator: Gator
  readonly reads: SharedReads = new SharedReads()
  readonly history: History = new History()
  readonly rates: Rates = new Rates()
  readonly #named: readonly string[] | undefined
  readonly #looked = new Map<string, Looked>()
  readonly #histories = new Map<string, History>()
  #names: readonly string[] = []
  #begin = 0

  constructor(name: string, gator: Gator, named: readonly string[] | undefined) {
    this.name = name
    this.gator = gator
    this.#named = named && [...new Set(named)].sort()
  }

  get now(): number {
    return this.gator.clock.now()
  }

  /** The names of the queues, sorted: of those that hold anything, of which a task has ended of late, or that workers take tasks from. */
  async names(): Promise<readonly string[]> {
    this.#names = this.#named ?? (await this.reads.get('names', () => this.#findNames()))
    return this.#names
  }

  async #findNames(): Promise<readonly string[]> {
    const workers = (await this.workers()) ?? []
    const served = workers.slice(0, MOST_WORKERS).flatMap(({ queues }) => queues.slice(0, MOST_SERVED))
    return [...new Set([...(await livelyQueuesOf(this.gator, undefined)), ...served])].sort()
  }

  /** Whether this page has to do with a queue. */
  isShown(queue: string): boolean {
    return this.#named?.includes(queue) ?? true
  }

  /** What was seen of the queues so far. */
  get seen(): readonly QueueView[] {
    return this.#names.flatMap((name) => this.#view(name) ?? [])
  }

  /** How tries of a queue have ended, or of all that were looked at; nothing where the store does not keep it. */
  ended(queue?: string): { hour?: HourView; ended?: EndedView } {
    const names = queue === undefined ? this.#names : [queue]
    const throughputs = names.flatMap((name) => this.#looked.get(name)?.throughput ?? [])
    return throughputs.length > 0 ? { hour: hourOf(throughputs), ended: endedOf(throughputs) } : {}
  }

  /** Looks at as many queues as there is time for. */
  async look(until: number): Promise<void> {
    const names = await this.names()
    await this.reads.soon(
      'look',
      async () => {
        const end = performance.now() + LOOK
        this.#begin = await this.#lookAt(names, this.#begin, () => performance.now() < end)
        const known = new Set(names)
        for (const name of this.#looked.keys()) if (!known.has(name)) this.#looked.delete(name)
        this.history.add(this.now, { ...sumOf(this.seen), ...(await this.#teamRate()) })
      },
      until,
    )
  }

  /** What was seen of these queues, no more than a moment ago if the store is quick. */
  async lookAtThese(names: readonly string[], until: number): Promise<readonly QueueView[]> {
    const old = names.filter((name) => (this.#looked.get(name)?.at ?? 0) < this.now - OLD)
    if (old.length > 0)
      await this.reads.soon(`these:${old.join()}`, () => this.#lookAt(old, 0, () => true), until)
    return names.map((name) => this.#view(name) ?? pendingView(name))
  }

  /** One queue, with all that is told of it. */
  async lookAtOne(queue: string): Promise<QueueView> {
    const view = await this.reads.soon(`one:${queue}`, async () => {
      return this.#viewOf(queue, await this.#refresh(queue, true))
    })
    return view ?? this.#view(queue) ?? pendingView(queue)
  }

  historyOf(queue: string): History {
    const history = this.#histories.get(queue) ?? new History()
    this.#histories.delete(queue)
    this.#histories.set(queue, history)
    for (const [oldest] of this.#histories) {
      if (this.#histories.size <= MOST_HISTORIES) break
      this.#histories.delete(oldest)
    }
    return history
  }

  /** The workers that are at work; `undefined`: the store does not know them. */
  async workers(): Promise<readonly WorkerInfo[] | undefined> {
    const { directory } = this.gator.backend
    if (!directory) return undefined
    return this.reads.get('workers-known', async () => {
      const workers = await directory.workers()
      this.rates.add(this.now, workers)
      return workers
    })
  }

  async team(): Promise<TeamView | undefined> {
    const workers = await this.workers()
    if (!workers) return undefined
    const { total } = this.rates
    return {
      workers: workers.length,
      slots: workers.reduce((sum, { concurrency }) => sum + concurrency, 0),
      running: workers.reduce((sum, { running }) => sum + running, 0),
      ...(total !== undefined && { rate: total }),
    }
  }

  view(): StoreView {
    const { backend } = this.gator
    return {
      name: this.name,
      kind: KINDS[backend.constructor.name] ?? backend.constructor.name.replace(/Client$/, ''),
      lacks: lacksOf(backend),
      exactCounts: backend.exactCounts,
    }
  }

  async #teamRate(): Promise<{ rate?: number }> {
    const team = await this.team()
    return team?.rate === undefined ? {} : { rate: team.rate }
  }

  /** Looks at queues, from one place among them on, while it may go on. Gives the place that it has come to. */
  async #lookAt(names: readonly string[], begin: number, mayGoOn: () => boolean): Promise<number> {
    let left = names.length
    let at = begin
    const next = async () => {
      // At least one each, however slow the store is.
      do {
        const name = names[at % names.length]
        if (left <= 0 || name === undefined) return
        left -= 1
        at += 1
        await this.#refresh(name)
      } while (mayGoOn())
    }
    await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, left) }, next))
    return names.length > 0 ? at % names.length : 0
  }

  async #refresh(queue: string, levels = false): Promise<Looked> {
    const status = await queueStatusOf(this.gator, queue, { levels })
    const throughput = await throughputOf(this.gator, queue)
    const at = this.now
    const looked = { status, at, throughput, ...growthOf(this.#looked.get(queue), { status, at }) }
    // Whoever asks for a queue that there is not must not fill the memory.
    if (this.#names.includes(queue)) this.#looked.set(queue, looked)
    this.historyOf(queue).add(at, status)
    return looked
  }

  #view(queue: string): QueueView | undefined {
    const looked = this.#looked.get(queue)
    return looked && this.#viewOf(queue, looked)
  }

  #viewOf(queue: string, { status, growth, throughput }: Looked): QueueView {
    const trend = throughput ? minutesOf(throughput) : this.historyOf(queue).trend(this.now)
    const hour = throughput && hourOf([throughput])
    return { ...status, ...(growth !== undefined && { growth }), ...(hour && { hour }), trend }
  }
}

/** A queue that is still being looked at. */
function pendingView(queue: string): QueueView {
  return { queue, isPending: true, waiting: 0, delayed: 0, running: 0, dead: 0, oldest: null, trend: [] }
}

/** Smoothed, as two looks may lie close together. */
function growthOf(before: Looked | undefined, { status, at }: Looked): { growth?: number } {
  if (!before || at <= before.at) return {}
  const now = (sizeOf(status) - sizeOf(before.status)) / (at - before.at)
  const weight = before.growth === undefined ? 1 : Math.min(1, (at - before.at) / 5)
  return { growth: now * weight + (before.growth ?? 0) * (1 - weight) }
}

function sizeOf({ waiting, delayed, running }: QueueStatus): number {
  return waiting + delayed + running
}

export function sumOf(queues: readonly QueueView[]): {
  waiting: number
  delayed: number
  running: number
  dead: number
  paused: number
} {
  const sum = { waiting: 0, delayed: 0, running: 0, dead: 0, paused: 0 }
  for (const queue of queues) {
    for (const state of ['waiting', 'delayed', 'running', 'dead'] as const) sum[state] += queue[state]
    if (queue.paused) sum.paused += 1
  }
  return sum
}

const KINDS: Readonly<Record<string, string>> = {
  RedisClient: 'Redis',
  PostgresClient: 'PostgreSQL',
  SqliteClient: 'SQLite',
  BeanstalkClient: 'beanstalkd',
  SqsClient: 'SQS',
  LocmemClient: 'memory',
}

const NEEDS: Readonly<Record<Ability, Parameters<typeof need>[1]>> = {
  list: 'listing',
  retry: 'deadLetters',
  cancel: 'byId',
  cancelRunning: 'cancellation',
  expedite: 'expediting',
  pause: 'pausing',
  workers: 'directory',
  schedules: 'schedules',
  batches: 'batches',
  levels: 'priorities',
}

const WANTED: Readonly<Record<Ability, string>> = {
  list: 'a list of tasks',
  retry: 'retry of dead letters',
  cancel: 'cancel of tasks',
  cancelRunning: 'cancel of running tasks',
  expedite: 'tasks made due',
  pause: 'a pause of queues',
  workers: 'a list of workers',
  schedules: 'schedules',
  batches: 'batches',
  levels: 'levels of tasks',
}

/** Why a store cannot do what it cannot, in the words that refuse it anywhere else. */
function lacksOf(backend: Client): Lacking {
  const lacks: Partial<Record<Ability, string>> = {}
  for (const ability of Object.keys(NEEDS) as Ability[]) {
    try {
      need(backend, NEEDS[ability], WANTED[ability])
    } catch (error) {
      lacks[ability] = (error as Error).message
    }
  }
  return lacks
}
