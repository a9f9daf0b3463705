import type { Delivery } from '@alligator/core'
import { LevelShares, NORMAL, clearImmediate, inBatches, setImmediate } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { MOST_TOGETHER, RedisDelivery, byQueue } from './deliveries.js'
import type { Argument } from './driver.js'
import type { QueueKeys } from './keys.js'
import { MARK } from './scripts/levels.js'
import { ROUND_TRIP, ROUND_TRIP_WITH_KEYS } from './scripts/round-trip.js'
import type { Call } from './scripts/script.js'
import { hasKey, toMilliseconds, unpackData, unpackId } from './stored.js'

/** What a `reserve` asks for. */
export interface TakeRequest {
  readonly queues: readonly string[]
  readonly limit: number
  /** Whether each level is emptied before the next. */
  readonly isStrict?: boolean
  /** Seconds. */
  readonly lease: number
  /** The wait that it belongs to, or empty. */
  readonly name: string
  /** Seconds that the wait goes on when there is nothing; 0 ends it. */
  readonly stay: number
  /** Whether nobody wants it any more. */
  readonly isOver: () => boolean
}

/** What came of it. */
export interface Taken {
  readonly deliveries: Delivery[]
  /** Seconds until the wait must look again. */
  readonly pause: number
}

/** Deliveries of one queue that have finished. */
interface Ack {
  readonly queue: string
  readonly deliveries: readonly Delivery[]
  readonly resolve: (lost: Delivery[]) => void
  readonly reject: (error: unknown) => void
}

type Reply = [
  now: number,
  look: number,
  lost: number[],
  ...given: [ids: Buffer[], rows: Buffer[], counts: number[]][],
]

const NOTHING: Taken = { deliveries: [], pause: 0 }

/**
 * What workers ask for, in as few calls as can be: the acks of what has finished travel with the next `reserve`, or together
 * at the end of a turn of the event loop. On a cluster there is a call for each queue.
 */
export class RoundTrips {
  readonly #connection: Connection
  readonly #shares = new LevelShares()
  #acks: Ack[] = []
  /** What else is to be sent along with the next call. */
  #companions: (() => void)[] = []
  /** How many calls that take something are under way. */
  #taking = 0
  #endOfTurn: NodeJS.Immediate | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Settles what has finished; gives those that were no longer held. */
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    const [first] = deliveries
    // What is finished one by one must not pay for the sorting of many.
    if (first && deliveries.length === 1) return this.#ack(first.queue, deliveries)
    const groups = byQueue(deliveries).map(([queue, some]) => this.#ack(queue, some))
    return Promise.all(groups).then((lost) => lost.flat())
  }

  #ack(queue: string, deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return new Promise((resolve, reject) => {
      this.#acks.push({ queue, deliveries, resolve, reject })
      this.#schedule()
    })
  }

  /** Has something sent when acks are: just before the next call, or at the end of a turn of the event loop. */
  accompany(send: () => void): void {
    this.#companions.push(send)
    this.#schedule()
  }

  /** Takes what is due. */
  take(request: TakeRequest): Promise<Taken> {
    if (request.isOver()) return Promise.resolve(NOTHING)
    const [acks = [], ...others] = this.#finished()
    for (const some of others) this.#ackOnly(some)
    this.#taking += 1
    const taking = this.#connection.isCluster ? this.#takeByQueue(request, acks) : this.#make(request, acks)
    return taking.finally(() => {
      this.#taking -= 1
      if (this.#acks.length > 0 || this.#companions.length > 0) this.#schedule()
    })
  }

  /** Sends the acks that wait for others, or for a call that they could travel with. */
  flush(): void {
    for (const some of this.#finished()) this.#ackOnly(some)
  }

  /** While a worker takes something its next call is near, and it may be at work on what it took before. */
  #schedule(): void {
    if (this.#taking === 0) this.#endOfTurn ??= setImmediate(() => this.flush())
  }

  /** What has finished, in parts of what one call should settle at most. */
  #finished(): Ack[][] {
    const parts = inBatches(this.#acks, MOST_TOGETHER, ({ deliveries }) => deliveries.length)
    this.#acks = []
    clearImmediate(this.#endOfTurn)
    this.#endOfTurn = undefined
    for (const send of this.#companions.splice(0)) send()
    return parts
  }

  #ackOnly(acks: readonly Ack[]): void {
    const queues = [...new Set(acks.map(({ queue }) => queue))]
    const each = this.#connection.isCluster ? queues : [undefined]
    // What went wrong is told to those who asked for the acks.
    for (const queue of each) {
      void this.#make(
        undefined,
        queue === undefined ? acks : acks.filter((ack) => ack.queue === queue),
      ).catch(() => {})
    }
  }

  /** One queue after the other; the wait is known to those that had nothing, until one of them has something. */
  async #takeByQueue(request: TakeRequest, acks: readonly Ack[]): Promise<Taken> {
    this.#ackOnly(acks.filter((ack) => ack.queue !== request.queues[0]))
    const deliveries: Delivery[] = []
    const waiting: string[] = []
    let pause = request.stay
    for (const queue of request.queues) {
      const limit = request.limit - deliveries.length
      const taken = await this.#make(
        { ...request, queues: [queue], limit, stay: deliveries.length > 0 ? 0 : request.stay },
        queue === request.queues[0] ? acks.filter((ack) => ack.queue === queue) : [],
      )
      if (taken.deliveries.length === 0) waiting.push(queue)
      deliveries.push(...taken.deliveries)
      pause = Math.min(pause, taken.pause)
      if (deliveries.length >= request.limit) break
    }
    const isLeaving = deliveries.length > 0 && request.stay > 0 && waiting.length > 0
    if (isLeaving) await Promise.all(waiting.map((queue) => this.leave(queue, request.name)))
    return { deliveries, pause }
  }

  /** Ends a wait on a queue, and sees that another takes its place. */
  async leave(queue: string, name: string): Promise<void> {
    const request = { queues: [queue], limit: 0, lease: 0, name, stay: 0, isOver: () => false }
    await this.#make(request, []).catch(() => undefined)
  }

  #make(request: TakeRequest | undefined, acks: readonly Ack[]): Promise<Taken> {
    const { repeats } = this.#connection
    const queues = request?.queues ?? []
    const names = queues.join('\n')
    const lostToken = repeats.takeLostToken(names)
    const token = lostToken ?? repeats.newToken()
    const groups = group(queues, acks)
    const isDoubtful = lostToken !== undefined || acks.some(({ deliveries }) => this.#isDoubtful(deliveries))
    const hasKeys = acks.some(({ deliveries }) =>
      deliveries.some((delivery) => RedisDelivery.hasKey(delivery)),
    )
    const call = () => this.#call(request, groups, token)
    const asked = hasKeys
      ? this.#connection.run<typeof ROUND_TRIP_WITH_KEYS>(ROUND_TRIP_WITH_KEYS, call, isDoubtful)
      : this.#connection.run<typeof ROUND_TRIP>(ROUND_TRIP, call, isDoubtful)
    return asked.then(
      (reply) => {
        settle(groups, (reply as Reply)[2])
        const taken = read(reply as Reply, queues, token)
        if (request) this.#takeNote(request, reply as Reply)
        return taken
      },
      (error: unknown) => {
        if (request && request.limit > 0) repeats.loseToken(names, token, error)
        for (const ack of acks) {
          repeats.doubt(ack.deliveries, error)
          ack.reject(error)
        }
        throw error
      },
    )
  }

  /** How many at most, and how far the levels of each queue are, where that is not even. */
  #limitOf({ queues, limit, isStrict = false }: TakeRequest): Argument {
    const most = Math.min(limit, MOST_TOGETHER)
    if (isStrict) return -most
    const clocks = queues.map((queue, at) => {
      const known = this.#shares.clocksOf(queue)
      return known ? `;${at + 1}:${known.map((clock) => clock.toFixed(4)).join()}` : ''
    })
    const text = clocks.join('')
    return text === '' ? most : `${most}${text}`
  }

  #takeNote({ queues, limit }: TakeRequest, [, , , ...given]: Reply): void {
    let room = Math.min(limit, MOST_TOGETHER)
    for (const [at, [ids, , counts]] of given.entries()) {
      const queue = queues[at] ?? ''
      const levels = levelsOf(counts, ids.length)
      if (levels || this.#shares.clocksOf(queue) !== undefined)
        this.#shares.took(queue, levels ?? ids.map(() => NORMAL), room)
      room -= ids.length
    }
  }

  #isDoubtful(deliveries: readonly Delivery[]): boolean {
    return deliveries.some((delivery) => this.#connection.repeats.isDoubtful(delivery))
  }

  #call(
    request: TakeRequest | undefined,
    groups: ReadonlyMap<string, readonly Ack[]>,
    token: string,
  ): Call<typeof ROUND_TRIP_WITH_KEYS> {
    const { lease = 0, name = '', stay = 0 } = request ?? {}
    const args = {
      from: request?.queues.length ?? 0,
      limit: request ? this.#limitOf(request) : 0,
      lease: toMilliseconds(lease),
      token,
      name,
      stay: toMilliseconds(stay),
    }
    const queues: QueueKeys[] = []
    const rest: Argument[] = []
    for (const [queue, acks] of groups) {
      queues.push(this.#connection.keys.of(queue))
      rest.push(acks.reduce((count, { deliveries }) => count + deliveries.length, 0))
      for (const { deliveries } of acks) {
        for (const delivery of deliveries) rest.push(RedisDelivery.idOf(delivery), delivery.receipt)
      }
    }
    return { queues, args, rest }
  }
}

/** The levels of what was given of a queue; `undefined`: all are usual. */
function levelsOf(counts: readonly number[], size: number): number[] | undefined {
  if (!counts.some((number) => number >= MARK)) return undefined
  return Array.from({ length: size }, (_, at) => {
    const mark = Math.floor((counts[at] ?? 0) / MARK)
    return mark === 0 ? NORMAL : mark - 1
  })
}

/** The acks of each queue, those first that are taken from. */
function group(queues: readonly string[], acks: readonly Ack[]): Map<string, Ack[]> {
  const groups = new Map<string, Ack[]>(queues.map((queue) => [queue, []]))
  for (const ack of acks) {
    const others = groups.get(ack.queue)
    if (others) others.push(ack)
    else groups.set(ack.queue, [ack])
  }
  return groups
}

/** Tells each ack what was lost, of which the server gives the places among all of them. */
function settle(groups: ReadonlyMap<string, readonly Ack[]>, lost: readonly number[]): void {
  const places = new Set(lost)
  let place = 0
  for (const acks of groups.values()) {
    for (const { deliveries, resolve } of acks) {
      const first = place
      place += deliveries.length
      resolve(places.size === 0 ? [] : deliveries.filter((_, at) => places.has(first + at)))
    }
  }
}

function read([now, look, , ...given]: Reply, queues: readonly string[], token: string): Taken {
  const deliveries: Delivery[] = []
  const first = `${token}.1`
  for (const [at, [ids, rows, counts]] of given.entries()) {
    const queue = queues[at] ?? ''
    for (let n = 0; n < ids.length; n += 1) {
      const [id = '', row] = [ids[n]?.toString(), rows[n]]
      const number = counts[n] ?? 1
      const receipt = number === 1 ? first : `${token}.${number}`
      const taskId = unpackId(id)
      if (!row) continue
      const count = number % MARK
      const delivery = new RedisDelivery(queue, id, taskId, unpackData(row, taskId), count, receipt)
      deliveries.push(hasKey(row) ? RedisDelivery.withKey(delivery) : delivery)
    }
  }
  return { deliveries, pause: Math.max(0, look - now) / 1000 }
}
