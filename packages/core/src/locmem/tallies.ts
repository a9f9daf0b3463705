import type { Clock } from '../base/clock.js'
import {
  type KeptTallies,
  TALLY_SPANS,
  type Tally,
  keptTallies,
  startOf,
  tallyNumbers,
} from '../backend/tally.js'

/** Spans of one queue, by their length and start. */
type Spans = Map<string, [length: number, start: number, ...numbers: number[]]>

/** How tasks have ended recently, in the memory of this process: 84 spans of a queue at most. */
export class LocmemTallies {
  readonly #clock: Clock
  readonly #queues = new Map<string, Spans>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(queue: string, tally: Tally): void {
    const now = this.#clock.now()
    const spans: Spans = this.#queues.get(queue) ?? new Map()
    for (const [key, [length, start]] of spans) if (isOver(length, start, now)) spans.delete(key)
    // The queue of which something was counted last comes last.
    this.#queues.delete(queue)
    this.#forget(now)
    this.#queues.set(queue, spans)
    for (const { length } of Object.values(TALLY_SPANS)) {
      const start = startOf(now, length)
      const [, , ...before] = spans.get(`${length} ${start}`) ?? [length, start]
      const sums = tallyNumbers(tally).map((number, at) => number + (before[at] ?? 0))
      spans.set(`${length} ${start}`, [length, start, ...sums])
    }
  }

  queues(): string[] {
    const names = [...this.#queues.keys()]
    return names.filter((queue) => this.read(queue).minutes.length > 0).sort()
  }

  read(queue: string): KeptTallies {
    return keptTallies(this.#clock.now(), [...(this.#queues.get(queue)?.values() ?? [])])
  }

  /** The queues all of whose spans are over. */
  #forget(now: number): void {
    for (const [queue, spans] of this.#queues) {
      if (![...spans.values()].every(([length, start]) => isOver(length, start, now))) return
      this.#queues.delete(queue)
    }
  }
}

function isOver(length: number, start: number, now: number): boolean {
  const { minutes, hours } = TALLY_SPANS
  const { most } = length === minutes.length ? minutes : hours
  return start <= startOf(now, length) - most * length
}
