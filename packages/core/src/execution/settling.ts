import { type Awaitable, isReady } from '../base/awaitable.js'
import { sleep } from '../base/clock.js'
import type { Delivery } from '../backend/contract.js'
import { isPassing } from '../errors/index.js'
import type { Outcome, WorkerEvent } from '../events/events.js'
import type { ExecutionHost } from './execution.js'
import type { Loss } from './lease-keeper.js'
import type { Task } from '../task/task.js'

/** How a delivery is settled. */
export interface Settlement {
  readonly type: Outcome
  readonly error?: unknown
  /** Seconds until it may be handed out again. */
  readonly pause?: number
}

/** The end of one delivery: what is to become of it is told to the store, once, and then to whoever listens. */
export class Settling {
  /** There once it is being settled. */
  outcome: Awaitable<Outcome> | undefined
  /** Why it is not held any more, where the store or the lease's end has told. */
  loss: Loss | undefined
  /** When its function was called, by `performance.now()`. */
  began: number | undefined
  readonly #delivery: Delivery
  readonly #host: ExecutionHost

  constructor(delivery: Delivery, host: ExecutionHost) {
    this.#delivery = delivery
    this.#host = host
  }

  /** How long ago its function was called, if it was. */
  get seconds(): number | undefined {
    return this.began === undefined ? undefined : (performance.now() - this.began) / 1000
  }

  /**
   * Takes a step in the store, which tells whether the delivery was still held. The first to settle it wins; whoever comes
   * later gets the outcome of the first: at once, if the store did it at once.
   */
  settle(settlement: Settlement, step: () => Awaitable<boolean>, task: Task | undefined): Awaitable<Outcome> {
    this.outcome ??= this.#carryOut(settlement, step, task)
    return this.outcome
  }

  #carryOut(
    settlement: Settlement,
    step: () => Awaitable<boolean>,
    task: Task | undefined,
  ): Awaitable<Outcome> {
    const { seconds } = this
    let held: Awaitable<boolean>
    try {
      held = step()
    } catch (error) {
      held = Promise.reject(error)
    }
    this.#host.ended(this.#delivery, seconds)
    const conclude = (isHeld: boolean) => this.#conclude(settlement, isHeld, seconds, task)
    if (isReady(held)) return conclude(held)
    return held.then(conclude, (error: unknown) => this.#insist(step, error).then(conclude))
  }

  #conclude(
    settlement: Settlement,
    isHeld: boolean,
    seconds: number | undefined,
    task: Task | undefined,
  ): Outcome {
    const delivery = this.#delivery
    const { events, keeper } = this.#host
    const outcome = isHeld ? settlement.type : (this.loss ?? keeper.lossOf(delivery))
    keeper.drop(delivery)
    if (outcome === 'canceled') task?.toCanceled()
    const type = `task:${outcome}` as const
    // Each type shows its own part of these.
    if (events.wants(type)) events.emit({ ...settlement, type, delivery, task, seconds } as WorkerEvent)
    return outcome
  }

  /** Repeats a step while the store is away, for as long as the lease can last: what ran should not run again. */
  async #insist(step: () => Awaitable<boolean>, failure: unknown): Promise<boolean> {
    const { gator, keeper } = this.#host
    const end = performance.now() + keeper.lease * 1000
    let error = failure
    for (let pause = 0.05; isPassing(error) && performance.now() < end; pause = Math.min(1, pause * 2)) {
      await sleep(gator.clock, pause)
      try {
        return await step()
      } catch (again) {
        error = again
      }
    }
    keeper.drop(this.#delivery)
    throw error
  }
}
