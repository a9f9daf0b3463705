import type { PutOptions, StateStore } from '../backend/state-store.js'
import type { Clock } from '../base/clock.js'

interface Kept {
  readonly value: string
  /** Unix time in seconds. */
  readonly until: number
}

/** How many may have expired before they are looked for. */
const SWEEP = 1000

/** What is kept by name in the memory of this process. */
export class LocmemState implements StateStore {
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  #sweepAt = SWEEP

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  get(key: string): string | undefined {
    const kept = this.#kept.get(key)
    return kept && kept.until > this.#clock.now() ? kept.value : undefined
  }

  put(key: string, value: string, { ifValue, ttl }: PutOptions = {}): boolean {
    if (ifValue !== undefined && (this.get(key) ?? null) !== ifValue) return false
    this.#kept.set(key, {
      value,
      until: ttl === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + ttl,
    })
    this.#sweep()
    return true
  }

  delete(key: string, ifValue?: string): boolean {
    const value = this.get(key)
    if (value === undefined || (ifValue !== undefined && value !== ifValue)) return false
    return this.#kept.delete(key)
  }

  /** Each sweep makes room for as many again before the next. */
  #sweep(): void {
    if (this.#kept.size < this.#sweepAt) return
    const now = this.#clock.now()
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key)
    this.#sweepAt = 2 * this.#kept.size + SWEEP
  }
}
