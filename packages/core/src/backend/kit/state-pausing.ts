import { type Clock, sleep, systemClock } from '../../base/clock.js'
import { performance } from '../../base/timers.js'
import type { Delivery, Pause, ReserveOptions } from '../contract.js'
import type { PauseOptions, Pausing } from '../facets.js'
import type { StateStore } from '../state-store.js'

/** Seconds after which a paused queue is looked at again. */
const LOOK = 1

/** What its client does for it. */
export interface PausableClient {
  readonly clock: Clock
  /** Takes tasks, as `Client.reserve` does. */
  reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]>
  /** Puts back what was not begun. */
  giveBack(delivery: Delivery): Promise<unknown>
}

/**
 * The pauses of a store that has none, kept in a state store beside it.
 *
 * What a queue hands out is looked at once more before a worker is given it: if the queue was paused by then, it goes back. So nothing
 * is given to anybody after `pause` has resolved; and a queue of which nobody knows a pause costs one look for each
 * delivery. A queue that is known to be paused is not asked at all until its pause is over, which is looked for each second.
 * Where the state store is away, nothing is handed out: a queue might be paused.
 */
export class StatePausing implements Pausing {
  readonly #state: StateStore
  readonly #client: PausableClient
  /** Queues that are paused as far as is known. */
  readonly #known = new Set<string>()
  /** Aborts when the client is closed. */
  readonly #end = new AbortController()

  constructor(state: StateStore, client: PausableClient) {
    this.#state = state
    this.#client = client
  }

  async pause(queue: string, { for: length, reason }: PauseOptions = {}): Promise<void> {
    const since = this.#client.clock.now()
    const until = length === undefined ? undefined : since + length
    await this.#state.put(keyOf(queue), JSON.stringify({ since, until, reason }), { ttl: length })
    this.#known.add(queue)
  }

  async resume(queue: string): Promise<boolean> {
    return this.#state.delete(keyOf(queue))
  }

  async paused(queue: string): Promise<Pause | undefined> {
    const kept = await this.#state.get(keyOf(queue))
    if (kept === undefined) this.#known.delete(queue)
    else this.#known.add(queue)
    return kept === undefined ? undefined : readPause(kept)
  }

  /** Takes tasks of those queues that are not paused. */
  async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const { wait = 0, signal } = options
    const isOver = () => this.#end.signal.aborted || signal?.aborted === true
    const end = performance.now() + 1000 * wait
    for (;;) {
      const open = await this.#open(queues)
      const left = Math.max(0, (end - performance.now()) / 1000)
      // One that is paused may be resumed meanwhile.
      const most = open.length < queues.length ? Math.min(left, LOOK) : left
      const taken = open.length > 0 ? await this.#take(open, { ...options, wait: most }) : []
      if (taken.length > 0 || left === 0 || isOver()) return taken
      if (open.length === 0) await this.#rest(most, signal)
      if (isOver()) return []
    }
  }

  /** Ends the waiting. */
  close(): void {
    this.#end.abort()
  }

  async #take(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const taken = await this.#client.reserve(queues, options)
    if (taken.length === 0) return taken
    const names = [...new Set(taken.map(({ queue }) => queue))]
    try {
      const isPaused = new Set<string>()
      await Promise.all(names.map(async (name) => (await this.paused(name)) && isPaused.add(name)))
      if (isPaused.size === 0) return taken
      await this.#giveBack(taken.filter(({ queue }) => isPaused.has(queue)))
      return taken.filter(({ queue }) => !isPaused.has(queue))
    } catch (error) {
      // Nothing more is taken before that is known.
      for (const name of names) this.#known.add(name)
      await this.#giveBack(taken)
      throw error
    }
  }

  /** Each goes back to the head of its queue, so the last goes first. */
  async #giveBack(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries.toReversed()) await this.#client.giveBack(delivery)
  }

  async #open(queues: readonly string[]): Promise<readonly string[]> {
    if (!queues.some((queue) => this.#known.has(queue))) return queues
    const pauses = await Promise.all(
      queues.map((queue) => (this.#known.has(queue) ? this.paused(queue) : undefined)),
    )
    return queues.filter((_, at) => pauses[at] === undefined)
  }

  async #rest(seconds: number, signal: AbortSignal | undefined): Promise<void> {
    const { signal: end } = this.#end
    await sleep(systemClock, seconds, signal ? AbortSignal.any([signal, end]) : end)
  }
}

/** Whatever stands there, the queue is paused. */
function readPause(text: string): Pause {
  try {
    const { since = 0, until, reason } = JSON.parse(text) as Partial<Record<keyof Pause, unknown>>
    return {
      since: Number(since),
      until: until === undefined ? undefined : Number(until),
      reason: typeof reason === 'string' ? reason : undefined,
    }
  } catch {
    return { since: 0 }
  }
}

function keyOf(queue: string): string {
  return `pause:${queue}`
}
