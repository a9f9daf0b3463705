import { type Awaitable } from '../base/awaitable.js'
import { performance } from '../base/timers.js'
import type { Delivery } from '../backend/contract.js'
import type { Gator } from '../gator/gator.js'
import { LOOK, type TaskPause } from '../gator/task-pauses.js'

/** What was known of a queue. */
interface Look {
  /** By `performance.now()`. */
  readonly until: number
  readonly pauses: readonly TaskPause[]
}

/**
 * Puts back what a worker is given of functions that are paused. It looks for pauses once a second for each queue that gives
 * something, and not at all while nothing does.
 */
export class Parking {
  readonly #gator: Gator
  /** Seconds for which the deliveries are held. */
  readonly #lease: number
  readonly #tell: (queue: string, pause: TaskPause) => void
  readonly #looks = new Map<string, Look>()
  /** Pauses that were reported. */
  readonly #told = new Set<string>()

  /** `tell` is called with each pause that keeps something back, once. */
  constructor(gator: Gator, lease: number, tell: (queue: string, pause: TaskPause) => void) {
    this.#gator = gator
    this.#lease = lease
    this.#tell = tell
  }

  /** Gives those that may run, and parks the others; at once where it knows of no pause. */
  sift(deliveries: readonly Delivery[]): Awaitable<readonly Delivery[]> {
    if (deliveries.length === 0 || !this.#gator.taskPauses.store) return deliveries
    const now = performance.now()
    const isFree = ({ queue }: Delivery) => {
      const look = this.#looks.get(queue)
      return look !== undefined && now < look.until && look.pauses.length === 0
    }
    return deliveries.every(isFree) ? deliveries : this.#siftLater(deliveries)
  }

  async #siftLater(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const began = performance.now()
    const may = await Promise.all(await this.#findAll(deliveries))
    const parked = may.flatMap((pause, at) =>
      pause ? [{ pause, delivery: deliveries[at] as Delivery }] : [],
    )
    await Promise.all(
      parked.map(async ({ pause, delivery }) => {
        this.#tellOnce(delivery.queue, pause)
        await this.#gator.taskPauses.park(delivery, pause)
      }),
    )
    const allowed = deliveries.filter((_, at) => !may[at])
    // Nobody renews what is looked at. Where the store has taken long to answer, somebody else may have it by now.
    if (allowed.length === 0 || performance.now() - began < (1000 * this.#lease) / 3) return allowed
    const lost = await this.#gator.backend.extend(allowed, this.#lease)
    return allowed.filter((delivery) => !lost.includes(delivery))
  }

  /** While it is not known what is paused, nothing is begun. */
  async #findAll(deliveries: readonly Delivery[]): Promise<Promise<TaskPause | undefined>[]> {
    const { taskPauses, backend } = this.#gator
    try {
      await Promise.all([...new Set(deliveries.map(({ queue }) => queue))].map((queue) => this.#look(queue)))
    } catch (error) {
      const back = deliveries.map((one) => backend.release(one, { deliveries: one.deliveries - 1 }))
      await Promise.allSettled(back)
      throw error
    }
    return deliveries.map(async (delivery) => {
      const pauses = this.#looks.get(delivery.queue)?.pauses ?? []
      return pauses.length > 0 ? taskPauses.findFor(pauses, delivery) : undefined
    })
  }

  async #look(queue: string): Promise<void> {
    const began = performance.now()
    if (began < (this.#looks.get(queue)?.until ?? 0)) return
    const pauses = await this.#gator.taskPauses.list(queue)
    this.#looks.set(queue, { until: began + 1000 * LOOK, pauses })
  }

  #tellOnce(queue: string, pause: TaskPause): void {
    const key = JSON.stringify([queue, pause.task, pause.since])
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#tell(queue, pause)
  }
}
