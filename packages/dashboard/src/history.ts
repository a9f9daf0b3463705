import type { HistoryView } from './views.js'

/** Seconds of one slot, and slots of an hour. */
const SLOT = 15
const SLOTS = 240
/** Slots that make one point of a small picture. */
const PER_POINT = 4

const COLUMNS = ['waiting', 'running', 'delayed', 'dead', 'rate'] as const
type Column = (typeof COLUMNS)[number]

/** What was seen of a queue, or of all of them, within the last hour: while somebody looked, since nothing is asked for otherwise. */
export class History {
  readonly #columns: Readonly<Record<Column, Float64Array>>
  /** The slot that was written last. */
  #last = Number.NEGATIVE_INFINITY

  constructor() {
    const column = () => new Float64Array(SLOTS).fill(Number.NaN)
    this.#columns = {
      ...{ waiting: column(), running: column(), delayed: column(), dead: column(), rate: column() },
    }
  }

  /** Keeps what was seen at a Unix time in seconds, in the place of what was seen before in the same slot. */
  add(at: number, seen: Readonly<Partial<Record<Column, number>>>): void {
    const slot = Math.floor(at / SLOT)
    if (slot < this.#last) return
    for (let empty = Math.max(this.#last + 1, slot - SLOTS + 1); empty <= slot; empty += 1)
      for (const name of COLUMNS) this.#columns[name][empty % SLOTS] = Number.NaN
    this.#last = slot
    for (const name of COLUMNS) this.#columns[name][slot % SLOTS] = seen[name] ?? Number.NaN
  }

  /** The hour up to a time. */
  view(now: number): HistoryView {
    const end = Math.floor(now / SLOT)
    const slots = Array.from({ length: SLOTS }, (_, index) => end - SLOTS + 1 + index)
    // Nothing is sent of the time before anybody looked.
    const first = slots.findIndex((slot) => this.#at('waiting', slot) !== null)
    const seen = first < 0 ? [] : slots.slice(first)
    const column = (name: Column) => seen.map((slot) => this.#at(name, slot))
    return {
      at: seen.map((slot) => slot * SLOT),
      ...{ waiting: column('waiting'), running: column('running'), delayed: column('delayed') },
      ...{ dead: column('dead'), rate: column('rate') },
    }
  }

  /** How many waited and ran, for a small picture. */
  trend(now: number): (number | null)[] {
    const end = Math.floor(now / SLOT)
    const points: (number | null)[] = []
    for (let slot = end - SLOTS + 1; slot <= end; slot += PER_POINT) {
      let most: number | null = null
      for (let at = slot; at < slot + PER_POINT; at += 1) {
        const waiting = this.#at('waiting', at)
        if (waiting !== null) most = Math.max(most ?? 0, waiting + (this.#at('running', at) ?? 0))
      }
      points.push(most)
    }
    return points
  }

  #at(name: Column, slot: number): number | null {
    if (slot > this.#last || slot <= this.#last - SLOTS) return null
    const value = this.#columns[name][((slot % SLOTS) + SLOTS) % SLOTS] ?? Number.NaN
    return Number.isNaN(value) ? null : value
  }
}
