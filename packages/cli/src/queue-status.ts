import type { Gator } from '@alligator/core'
import { type QueueStatus as Status, queueStatusOf, queuesOf } from '@alligator/core/inspect'

/** One queue at one moment. */
export interface QueueStatus extends Status {
  /** Tasks per second by which the queue has grown (or shrunk, below 0) since the look before. */
  readonly growth?: number
}

/** Looks at queues again and again; from the second look on it knows how fast they grow. */
export class QueueWatch {
  readonly #gator: Gator
  #before = new Map<string, number>()
  #lookedAt: number | undefined

  constructor(gator: Gator) {
    this.#gator = gator
  }

  /** `named`: these queues alone. */
  async look(named: readonly string[] | undefined): Promise<QueueStatus[]> {
    const now = performance.now() / 1000
    const statuses: QueueStatus[] = []
    for (const queue of await queuesOf(this.#gator, named)) {
      const status = await queueStatusOf(this.#gator, queue)
      statuses.push({ ...status, ...this.#growth(queue, sizeOf(status), now) })
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
}

/** What still has to run. */
function sizeOf({ waiting, delayed, running }: Status): number {
  return waiting + delayed + running
}

function toTenths(value: number): number {
  return Math.round(value * 10) / 10
}
