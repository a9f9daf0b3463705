import type { Delivery } from '@alligator/core'
import {
  LevelShares,
  NORMAL,
  PRIORITIES,
  STRICT_CLOCKS,
  clearImmediate,
  inBatches,
  performance,
  setImmediate,
  turns,
} from '@alligator/core/backend'
import type { Ask, Connection } from './connection.js'
import { type HandedRow, MOST_TOGETHER, PostgresDelivery, inParts } from './deliveries.js'
import { type Start, ScanStarts } from './scan-starts.js'
import { packText } from './stored.js'
import type { Ties } from './ties.js'

/** What a `reserve` asks for. */
export interface TakeRequest {
  readonly queues: readonly string[]
  readonly limit: number
  /** Seconds. */
  readonly lease: number
  /** How many seconds ahead to look for delays and leases that end. */
  readonly ahead: number
  /** Whether nobody wants it any more. */
  readonly isOver: () => boolean
  /** Whether to take what is there although a delay or lease is over that has not been ended. */
  readonly isLate?: boolean
  /** Whether each level is emptied before the next. */
  readonly isStrict: boolean
}

/** What came of it. */
export interface Taken {
  readonly deliveries: Delivery[]
  /** Seconds until the next delay or lease ends, if that is within what was asked for. */
  readonly next: number | undefined
}

/** Deliveries that have finished. */
interface Ack {
  readonly deliveries: readonly Delivery[]
  readonly resolve: (lost: Delivery[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * What the first row of an answer tells: the leases that were settled, the next end, and what it took; where there are levels, also
 * whether anything waited, and which of the queues, from 1, have had levels.
 */
type Head = readonly [
  done: readonly string[] | null,
  next: number | null,
  seconds: number,
  anyWaited?: boolean,
  uneven?: readonly number[] | null,
]
/** What a statement settled in vain, and what it took. */
interface Found {
  readonly lost: ReadonlySet<Delivery>
  readonly taken: Taken
  /** Whether others held what it would have taken. */
  readonly wasInVain?: boolean
}
/** What one statement is asked for. */
interface Look {
  readonly request: TakeRequest | undefined
  readonly names: readonly string[]
  readonly base: string
  readonly deliveries: readonly Delivery[]
  readonly start: Start
}
type TurnRow = readonly [...row: HandedRow, head: string | null, level?: number | null]

const NOTHING: Taken = { deliveries: [], next: undefined }
/** Milliseconds between two looks for levels, while a look for tasks does not begin at the start. */
const LEVELS_EVERY = 100
/** How often what somebody else held is asked for again at once. */
const MOST_IN_VAIN = 3
/** How many delays and leases one statement ends at most. */
const MOST_ENDED = 1000

/**
 * What workers ask for, in as few statements as can be: the acks of what has finished travel with the next `reserve`, or
 * together at the end of a turn of the event loop.
 */
export class RoundTrips {
  readonly #connection: Connection
  readonly #ties: Ties
  readonly #starts = new ScanStarts()
  readonly #shares = new LevelShares()
  /** The queues, by their stored names, where something waits at another level than the usual one. */
  readonly #uneven = new Set<string>()
  #lookedForLevels = Number.NEGATIVE_INFINITY
  /** Those that an unanswered call may have settled. */
  readonly #doubtful = new WeakSet<Delivery>()
  #acks: Ack[] = []
  /** How many calls that take something are under way. */
  #taking = 0
  #endOfTurn: NodeJS.Immediate | undefined

  constructor(connection: Connection, ties: Ties) {
    this.#connection = connection
    this.#ties = ties
  }

  /** Settles what has finished; gives those that were no longer held. */
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    if (deliveries.length === 0) return Promise.resolve([])
    if (deliveries.length > MOST_TOGETHER)
      return Promise.all(inParts(deliveries).map((some) => this.ack(some))).then((lost) => lost.flat())
    return new Promise((resolve, reject) => {
      this.#acks.push({ deliveries, resolve, reject })
      this.#schedule()
    })
  }

  /** Takes what is due. */
  async take(request: TakeRequest): Promise<Taken> {
    if (request.isOver()) return NOTHING
    const [acks = [], ...others] = this.#finished()
    for (const some of others) this.#ackOnly(some)
    this.#taking += 1
    try {
      let taken = await this.#make(request, acks)
      if (hasTaken(taken)) return taken
      if (isLongAgo(taken.next)) {
        this.#markUneven(request.queues)
        taken = await this.#make(request, [])
        if (hasTaken(taken)) return taken
      }
      await this.#endOver(request.queues)
      return await this.#make({ ...request, isLate: true }, [])
    } finally {
      this.#taking -= 1
      if (this.#acks.length > 0) this.#schedule()
    }
  }

  /** Sends the acks that wait for others, or for a call that they could travel with. */
  flush(): void {
    for (const some of this.#finished()) this.#ackOnly(some)
  }

  /** A task went back to its place. */
  wentBack(queue: string, seq: string | undefined): void {
    this.#starts.wentBack(packText(queue, 'queue'), seq)
  }

  /** While a worker takes something its next call is near, and it may be at work on what it took before. */
  #schedule(): void {
    if (this.#taking === 0) this.#endOfTurn ??= setImmediate(() => this.flush())
  }

  /** What has finished, in parts of what one statement should settle at most. */
  #finished(): Ack[][] {
    const parts = inBatches(this.#acks, MOST_TOGETHER, ({ deliveries }) => deliveries.length)
    this.#acks = []
    clearImmediate(this.#endOfTurn)
    this.#endOfTurn = undefined
    return parts
  }

  #ackOnly(acks: readonly Ack[]): void {
    // What went wrong is told to those who asked for the acks.
    void this.#make(undefined, acks).catch(() => {})
  }

  async #endOver(queues: readonly string[]): Promise<void> {
    const names = queues.map((queue) => packText(queue, 'queue'))
    const { endOver } = this.#connection.statements
    const values = () => [names, MOST_ENDED, this.#starts.begin(names, false).back]
    const rows = await this.#connection.run<[haveLevels: boolean, queue: string, low: string]>(
      endOver,
      values,
    )
    for (const [haveLevels, queue, low] of rows) {
      this.#starts.wentBack(queue, low)
      if (haveLevels) this.#uneven.add(queue)
    }
  }

  #markUneven(queues: readonly string[]): void {
    for (const queue of queues) this.#uneven.add(packText(queue, 'queue'))
  }

  async #make(request: TakeRequest | undefined, acks: readonly Ack[]): Promise<Taken> {
    const deliveries = acks.flatMap((ack) => ack.deliveries)
    try {
      const names = (request?.queues ?? []).map((queue) => packText(queue, 'queue'))
      const base = this.#connection.leases.next()
      const wasDoubtful = deliveries.some((delivery) => this.#doubtful.has(delivery))
      const { lost, taken } = await this.#connection.insist((ask, again) =>
        again || wasDoubtful
          ? this.#askAgain(ask, request, names, base, deliveries)
          : this.#ask(ask, request, names, base, deliveries),
      )
      if (lost.size === 0) for (const { resolve } of acks) resolve([])
      else void this.#settleTied(acks, lost)
      return taken
    } catch (error) {
      for (const delivery of deliveries) this.#doubtful.add(delivery)
      for (const { reject } of acks) reject(error)
      throw error
    }
  }

  /** What was not settled may be held all the same, and have ties. What was taken beside it is not kept back for that. */
  async #settleTied(acks: readonly Ack[], lost: ReadonlySet<Delivery>): Promise<void> {
    try {
      const done = await this.#ties.ack([...lost])
      for (const { deliveries, resolve } of acks)
        resolve(deliveries.filter((delivery) => lost.has(delivery) && !done.has(delivery.receipt)))
    } catch (error) {
      for (const delivery of lost) this.#doubtful.add(delivery)
      for (const { reject } of acks) reject(error)
    }
  }

  /** Looks where something should be, and then, if that was too little, from the start. */
  async #ask(
    ask: Ask,
    request: TakeRequest | undefined,
    names: readonly string[],
    base: string,
    deliveries: readonly Delivery[],
  ): Promise<Found> {
    const start = this.#starts.begin(names, request === undefined)
    let first = await this.#look(ask, { request, names, base, deliveries, start })
    for (let again = 0; first.wasInVain && again < MOST_IN_VAIN; again += 1) {
      const { lost } = first
      first = { ...(await this.#look(ask, { request, names, base, deliveries: [], start })), lost }
    }
    const left = (request?.limit ?? 0) - first.taken.deliveries.length
    if (!request || left <= 0 || start.back === null || !this.#starts.mayLookAgain()) return first
    const more = { ...request, limit: left }
    const again = this.#starts.begin(names, true)
    const { taken } = await this.#look(ask, { request: more, names, base, deliveries: [], start: again })
    return {
      lost: first.lost,
      taken: { deliveries: [...first.taken.deliveries, ...taken.deliveries], next: taken.next },
    }
  }

  async #look(ask: Ask, { request, names, base, deliveries, start }: Look): Promise<Found> {
    const { limit = 0, lease = 0, ahead = 0, isLate = false, isStrict = false } = request ?? {}
    const { turn, turnOfLevels } = this.#connection.statements
    if (start.back !== null) await this.#lookForLevels(ask, names)
    const isUneven = this.#uneven.size > 0 && names.some((name) => this.#uneven.has(name))
    const [head, ...rows] = await ask<TurnRow>(isUneven ? turnOfLevels : turn, [
      deliveries.map((delivery) => PostgresDelivery.idOf(delivery)),
      deliveries.map(({ receipt }) => receipt),
      names,
      start.lows,
      Math.min(limit, MOST_TOGETHER),
      lease,
      base,
      ahead,
      start.back,
      isLate,
      ...(isUneven ? [this.#clocksOf(names, isStrict)] : []),
    ])
    const [done, next, seconds, anyWaited = false, uneven] = JSON.parse(head?.[8] ?? '[null,null,0]') as Head
    if (request) this.#starts.end(start, names, { seconds, isOver: next !== null && next <= 0 })
    if (isUneven)
      return this.#readLevels({ names, deliveries, limit, isStrict }, { done, next, anyWaited, uneven }, rows)
    const settled = new Set(done)
    const lost = new Set(deliveries.filter(({ receipt }) => !settled.has(receipt)))
    return { lost, taken: { deliveries: this.#read(rows, names, true), next: next ?? undefined } }
  }

  /** What a look that does not begin at the start would overlook: what waits at a level stands long before. */
  async #lookForLevels(ask: Ask, names: readonly string[]): Promise<void> {
    const now = performance.now()
    if (now - this.#lookedForLevels < LEVELS_EVERY) return
    this.#lookedForLevels = now
    for (const [name] of await ask<[string]>(this.#connection.statements.uneven, [names]))
      this.#uneven.add(name)
  }

  #clocksOf(names: readonly string[], isStrict: boolean): number[] {
    return names.flatMap((name) => {
      if (isStrict) return STRICT_CLOCKS
      return this.#shares.clocksOf(name) ?? PRIORITIES.map(() => 0)
    })
  }

  /** What was handed out of queues with levels, each level in its turn. */
  #readLevels(
    asked: Pick<Look, 'names' | 'deliveries'> & { readonly limit: number; readonly isStrict: boolean },
    told: {
      readonly done: Head[0]
      readonly next: Head[1]
      readonly anyWaited: boolean
      readonly uneven: Head[4]
    },
    rows: readonly TurnRow[],
  ): Found {
    const { names, limit, isStrict } = asked
    const taken: Delivery[] = []
    let room = Math.min(limit, MOST_TOGETHER)
    for (const [at, name] of names.entries()) {
      const own = rows.filter((row) => row[4] === name)
      own.sort((a, b) => Number(a[5]) - Number(b[5]))
      const [first] = own.filter((row) => row[9] === null)
      if (first) this.#starts.found(name, first[5])
      const levels = PRIORITIES.map((_, place) => own.filter((row) => (row[9] ?? NORMAL + 1) === place + 1))
      const counts = levels.map(({ length }) => length)
      const inTurn = turns(this.#clocksOf([name], isStrict), counts, own.length)
      for (const level of inTurn) {
        const row = levels[level]?.shift()
        if (row) taken.push(new PostgresDelivery(row as unknown as HandedRow))
      }
      this.#shares.took(name, inTurn, room)
      if (told.uneven?.includes(at + 1)) this.#uneven.add(name)
      else this.#uneven.delete(name)
      room -= own.length
    }
    const settled = new Set(told.done)
    const lost = new Set(asked.deliveries.filter(({ receipt }) => !settled.has(receipt)))
    const isGated = told.next !== null && told.next <= 0
    const wasInVain = told.anyWaited && rows.length === 0 && !isGated
    return { lost, taken: { deliveries: taken, next: told.next ?? undefined }, wasInVain }
  }

  /** The first try may have been carried out, whole: then it must not be made twice. */
  async #askAgain(
    ask: Ask,
    request: TakeRequest | undefined,
    names: readonly string[],
    base: string,
    deliveries: readonly Delivery[],
  ): Promise<Found> {
    const { ackAgain, givenBefore } = this.#connection.statements
    const ids = deliveries.map((delivery) => PostgresDelivery.idOf(delivery))
    const receipts = deliveries.map(({ receipt }) => receipt)
    const others = deliveries.length > 0 ? await ask<[string, string]>(ackAgain, [ids, receipts]) : []
    const held = new Set(others.map(([id, queue]) => `${id} ${queue}`))
    const lost = new Set(
      deliveries.filter(({ queue }, at) => held.has(`${ids[at]} ${packText(queue, 'queue')}`)),
    )
    const given = request ? await ask<HandedRow>(givenBefore, [names, base]) : []
    if (!request || given.length > 0)
      return { lost, taken: { deliveries: this.#read(given, names, false), next: undefined } }
    return { lost, taken: (await this.#ask(ask, request, names, base, [])).taken }
  }

  /** What was handed out, in order: a statement that changes rows gives them in none. */
  #read(rows: readonly (HandedRow | TurnRow)[], names: readonly string[], isNew: boolean): Delivery[] {
    const sorted = rows.map((row) => ({ row, at: names.indexOf(row[4]), seq: Number(row[5]) }))
    sorted.sort((a, b) => a.at - b.at || a.seq - b.seq)
    if (isNew) {
      for (const [at, name] of names.entries()) {
        const first = sorted.find((each) => each.at === at)
        if (first) this.#starts.found(name, first.row[5])
      }
    }
    return sorted.map(({ row }) => new PostgresDelivery(row as unknown as HandedRow))
  }
}

/** Whether there is nothing more to be done for a `reserve`: it has something, or nothing is over. */
function hasTaken({ deliveries, next }: Taken): boolean {
  return deliveries.length > 0 || next === undefined || next > 0
}

/** Whether that is no delay which is over: what waits at a level stands before 1970. */
function isLongAgo(next: number | undefined): boolean {
  return next !== undefined && next < -Date.now() / 1000
}
