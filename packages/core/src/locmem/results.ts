import type { EndListener } from '../backend/facets.js'
import type { Clock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'

interface Kept {
  readonly result: Payload
  /** Unix time in seconds. */
  readonly until: number
}

/** How many may have expired before they are looked for. */
const SWEEP = 1000

/** Results in the memory of this process. */
export class KeptResults {
  readonly listeners: Set<EndListener> = new Set()
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  #sweepAt = SWEEP

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(queue: string, taskId: string, result: Payload, keepFor: number): void {
    this.#kept.set(keyOf(queue, taskId), { result, until: this.#clock.now() + keepFor })
    this.#sweep()
    this.tell(queue, taskId)
  }

  get(queue: string, taskIds: readonly string[]): Map<string, Payload> {
    const found = new Map<string, Payload>()
    const now = this.#clock.now()
    for (const taskId of taskIds) {
      const kept = this.#kept.get(keyOf(queue, taskId))
      if (kept && kept.until > now) found.set(taskId, kept.result)
    }
    return found
  }

  tell(queue: string, taskId: string): void {
    for (const listener of this.listeners) listener(queue, taskId)
  }

  /** Each sweep makes room for as many again before the next. */
  #sweep(): void {
    if (this.#kept.size < this.#sweepAt) return
    const now = this.#clock.now()
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key)
    this.#sweepAt = 2 * this.#kept.size + SWEEP
  }
}

function keyOf(queue: string, taskId: string): string {
  return JSON.stringify([queue, taskId])
}
