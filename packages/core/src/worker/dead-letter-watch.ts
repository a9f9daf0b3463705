import type { Client } from '../backend/client.js'
import { monotonic } from '../base/shared-times.js'

/** Seconds after which a queue is looked at again in any case, and before which nothing is reported of it twice. */
const REST = 60

interface Look {
  /** By `monotonic`. */
  readonly at: number
  /** How many must die here until it can be full. */
  left: number
}

/** Sees, when a task dies, that its queue holds as many dead letters as its store keeps: the oldest are then dropped for new ones. */
export class DeadLetterWatch {
  readonly #backend: Client
  readonly #onFull: (queue: string, limit: number) => void
  readonly #looks = new Map<string, Look>()

  constructor(backend: Client, onFull: (queue: string, limit: number) => void) {
    this.#backend = backend
    this.#onFull = onFull
  }

  async onDead(queue: string): Promise<void> {
    const last = this.#looks.get(queue)
    if (last) last.left -= 1
    if (last && last.left > 0 && monotonic() < last.at + REST) return
    const look: Look = { at: monotonic(), left: Number.POSITIVE_INFINITY }
    this.#looks.set(queue, look)
    try {
      const left = this.#backend.maxDeadLetters - (await this.#backend.counts(queue)).dead
      if (left > 0) look.left = left
      else this.#onFull(queue, this.#backend.maxDeadLetters)
    } catch {
      // The store is away: a later death will show it.
    }
  }
}
