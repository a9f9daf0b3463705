import type { Client } from '../backend/client.js'
import type { Pause } from '../backend/contract.js'

/** Looks, once in each spell without anything to run, whether queues are paused, so that a worker's log says why nothing comes. */
export class PauseWatch {
  readonly #backend: Client
  readonly #queues: readonly string[]
  readonly #tell: (queue: string, pause: Pause) => void

  constructor(backend: Client, queues: readonly string[], tell: (queue: string, pause: Pause) => void) {
    this.#backend = backend
    this.#queues = queues
    this.#tell = tell
  }

  /** A store that is away is reported elsewhere. */
  async look(): Promise<void> {
    const { pausing } = this.#backend
    if (!pausing) return
    for (const queue of this.#queues) {
      const pause = await Promise.resolve(pausing.paused(queue)).catch(() => undefined)
      if (pause) this.#tell(queue, pause)
    }
  }
}
