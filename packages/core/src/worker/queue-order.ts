import type { Delivery } from '../backend/contract.js'
import { checkCount } from '../base/count.js'
import { InvalidOptionError } from '../errors/index.js'
import { type ToConsume, checkQueueName, hasWeights } from '../base/queues.js'

/** What to ask the store for: a number of tasks, of the first queue as long as it has any, then of the second, and so on. */
interface QueueRequest {
  readonly queues: readonly string[]
  readonly limit: number
}

/** Which queue is asked first. */
export interface QueueOrder {
  readonly names: readonly string[]
  /** What to ask for when `room` tasks may start. */
  request(room: number): QueueRequest
  /** What the store gave for that. */
  received(request: QueueRequest, deliveries: readonly Delivery[]): void
}

/**
 * `slots`: how many tasks run at once.
 *
 * @throws InvalidOptionError
 */
export function queueOrder(toConsume: ToConsume, slots: number): QueueOrder {
  return hasWeights(toConsume) ? new WeightedOrder(toConsume, slots) : new StrictOrder([toConsume].flat())
}

/** The first queue is emptied before the second is looked at. */
class StrictOrder implements QueueOrder {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    this.names = checkNames(names)
  }

  request(limit: number): QueueRequest {
    return { queues: this.names, limit }
  }

  received(): void {}
}

/** One queue, and how far its clock is: each of its tasks moves it on by one part in its weight. */
interface Share {
  readonly name: string
  readonly weight: number
  clock: number
}

/**
 * Shares tasks, not calls, by weight: the queue whose clock is furthest behind is asked first, for as many as are its share
 * of what may start; the others follow in the same call, so that no slot stays empty while any of them has tasks. So none
 * starves, and the same queues give the same order each time. A queue that has nothing saves nothing up: its clock is put
 * to that of the others, or it would shut them out once it has tasks again.
 */
class WeightedOrder implements QueueOrder {
  readonly names: readonly string[]
  readonly #shares: readonly Share[]
  /** More of one queue in one call would let the others wait for longer than their share. */
  readonly #most: number

  constructor(weights: Readonly<Record<string, number>>, slots: number) {
    this.names = checkNames(Object.keys(weights))
    this.#shares = Object.entries(weights).map(([name, weight]) => ({
      name,
      weight: checkCount(`toConsume.${name}`, weight, 1),
      clock: 0,
    }))
    this.#most = 2 * slots
  }

  request(room: number): QueueRequest {
    const inTurn = [...this.#shares].sort((a, b) => a.clock - b.clock || b.weight - a.weight)
    return { queues: inTurn.map(({ name }) => name), limit: firstShare(inTurn, Math.min(room, this.#most)) }
  }

  received({ queues, limit }: QueueRequest, deliveries: readonly Delivery[]): void {
    for (const { queue } of deliveries) {
      const share = this.#shares.find(({ name }) => name === queue)
      if (share) share.clock += 1 / share.weight
    }
    // The store goes on to the next queue only when one has nothing left.
    const furthest = Math.max(...deliveries.map(({ queue }) => queues.indexOf(queue)))
    this.#catchUp(new Set(queues.slice(0, deliveries.length < limit ? queues.length : furthest)))
  }

  #catchUp(empty: ReadonlySet<string>): void {
    const busy = this.#shares.filter(({ name }) => !empty.has(name))
    const now = busy.length > 0 ? Math.min(...busy.map(({ clock }) => clock)) : undefined
    for (const share of this.#shares) {
      if (now === undefined) share.clock = 0
      else if (empty.has(share.name)) share.clock = Math.max(share.clock, now)
    }
  }
}

/** How many of `room` tasks are for the queue whose clock is furthest behind. */
function firstShare(inTurn: readonly Share[], room: number): number {
  const clocks = inTurn.map(({ clock }) => clock)
  let first = 0
  for (let place = 0; place < room; place += 1) {
    const next = clocks.indexOf(Math.min(...clocks))
    clocks[next] = (clocks[next] ?? 0) + 1 / (inTurn[next]?.weight ?? 1)
    if (next === 0) first += 1
  }
  return first
}

function checkNames(names: readonly unknown[]): readonly string[] {
  if (names.length === 0) throw new InvalidOptionError('toConsume', '', 'Name one queue at least.')
  return names.map((name) => checkQueueName('toConsume', name))
}
