import type { Counts, Gator, Pause, Priority } from '@alligator/core'
import { oldestOf, queuesOf } from '@alligator/core/inspect'

/** One queue at one moment. */
export interface QueueStatus extends Counts {
  readonly queue: string
  /** Seconds since the first waiting task was enqueued; null when the store or the task's id cannot tell. */
  readonly oldest: number | null
  /** Tasks per second by which the queue has grown (or shrunk, below 0) since the look before. */
  readonly growth?: number
  /** There are as many dead letters as the store keeps: the oldest are dropped for new ones. */
  readonly full?: true
  /** How many wait at each level, where any waits at another than normal, and the store can tell. */
  readonly levels?: Readonly<Partial<Record<Priority, number>>>
  readonly paused?: Pause
}

/** Looks at queues again and again; from the second look on it knows how fast they grow. */
export class QueueWatch {
  readonly #gator: Gator
  readonly #named: readonly string[] | undefined
  #before = new Map<string, number>()
  #lookedAt: number | undefined

  constructor(gator: Gator, named: readonly string[] | undefined) {
    this.#gator = gator
    this.#named = named
  }

  async look(): Promise<QueueStatus[]> {
    const now = performance.now() / 1000
    const statuses: QueueStatus[] = []
    for (const queue of await queuesOf(this.#gator, this.#named)) {
      const counts = await this.#gator.backend.counts(queue)
      const growth = this.#growth(queue, sizeOf(counts), now)
      const full = counts.dead >= this.#gator.backend.maxDeadLetters && { full: true as const }
      const oldest = counts.waiting > 0 ? await oldestOf(this.#gator, queue) : undefined
      const more = {
        ...growth,
        ...full,
        ...(await this.#levels(queue, counts)),
        ...(await this.#pause(queue)),
      }
      statuses.push({ queue, ...counts, oldest: oldest === undefined ? null : toTenths(oldest), ...more })
    }
    this.#before = new Map(statuses.map((status) => [status.queue, sizeOf(status)]))
    this.#lookedAt = now
    return statuses
  }

  #growth(queue: string, size: number, now: number): Pick<QueueStatus, 'growth'> {
    if (this.#lookedAt === undefined) return {}
    const growth = (size - (this.#before.get(queue) ?? 0)) / (now - this.#lookedAt)
    return { growth: toTenths(growth) }
  }

  async #levels(queue: string, { waiting }: Counts): Promise<Pick<QueueStatus, 'levels'>> {
    const levels = waiting > 0 ? await this.#gator.backend.priorities?.waiting(queue) : undefined
    return levels && Object.keys(levels).some((level) => level !== 'normal') ? { levels } : {}
  }

  async #pause(queue: string): Promise<Pick<QueueStatus, 'paused'>> {
    const paused = await this.#gator.backend.pausing?.paused(queue)
    return paused ? { paused } : {}
  }
}

/** What still has to run. */
function sizeOf({ waiting, delayed, running }: Counts): number {
  return waiting + delayed + running
}

function toTenths(value: number): number {
  return Math.round(value * 10) / 10
}
