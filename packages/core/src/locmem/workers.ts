import type { Clock } from '../base/clock.js'
import type { WorkerInfo } from '../backend/contract.js'

interface Known {
  readonly worker: WorkerInfo
  /** Unix time in seconds. */
  readonly until: number
}

/** The workers that announced themselves to a store in the memory of this process. */
export class KnownWorkers {
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  announce(worker: WorkerInfo, ttl: number): void {
    this.#forget()
    this.#known.set(worker.id, { worker: copy(worker), until: this.#clock.now() + ttl })
  }

  retire(id: string): void {
    this.#known.delete(id)
  }

  list(): WorkerInfo[] {
    this.#forget()
    return Array.from(this.#known.values(), ({ worker }) => copy(worker))
  }

  #forget(): void {
    const now = this.#clock.now()
    for (const [id, { until }] of this.#known) if (until <= now) this.#known.delete(id)
  }
}

/** Nobody can change what is stored. */
function copy(worker: WorkerInfo): WorkerInfo {
  const { queues, tasks } = worker
  return { ...worker, queues: [...queues], ...(tasks && { tasks: tasks.map((task) => ({ ...task })) }) }
}
