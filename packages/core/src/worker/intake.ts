import { isReady } from '../base/awaitable.js'
import { sleep } from '../base/clock.js'
import type { Delivery, ReserveOptions } from '../backend/contract.js'
import { hasCode, isPassing } from '../errors/index.js'
import { isCertain } from '../errors/base.js'
import type { LeaseKeeper } from '../execution/lease-keeper.js'
import type { Gator } from '../gator/gator.js'
import type { Parking } from './parking.js'
import type { QueueOrder } from './queue-order.js'
import type { StoreWatch } from './store-watch.js'

/** Seconds that one wait inside the store may take; it is then simply begun again. */
const WAIT = 30
/** Seconds for which a burst waits for a store that is away: whatever started it should learn of it. */
const BURST_PATIENCE = 30
/** Seconds until a store that is away is asked again: doubling from the first to the second. */
const FIRST_PAUSE = 0.1
const LAST_PAUSE = 2
/** How often a store that has not been of use yet may answer what cannot be understood. */
const MOST_REFUSALS = 5

/** Whose tasks are taken, and how. */
export interface IntakeOptions {
  readonly gator: Gator
  readonly order: QueueOrder
  readonly keeper: LeaseKeeper
  readonly watch: StoreWatch
  readonly parking: Parking
  readonly priorities: 'strict' | undefined
}

/** Takes tasks from the store, from each queue in its turn. */
export class Intake {
  readonly #options: IntakeOptions
  /** Whether the store has ever answered. */
  #wasOfUse = false

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** What is due now, or within `wait` seconds, but for what is paused. */
  async take(
    room: number,
    waiting: Pick<ReserveOptions, 'wait' | 'signal'> = {},
  ): Promise<readonly Delivery[]> {
    for (;;) {
      const deliveries = await this.#takeAny(room, waiting)
      const sifted = this.#options.parking.sift(deliveries)
      const allowed = isReady(sifted) ? sifted : await sifted
      // Behind what was parked there may be more.
      if (allowed.length > 0 || deliveries.length === 0 || waiting.signal?.aborted) return allowed
    }
  }

  async #takeAny(room: number, waiting: Pick<ReserveOptions, 'wait' | 'signal'>): Promise<Delivery[]> {
    const { gator, order, keeper, priorities } = this.#options
    const overdue = keeper.catchUp()
    if (overdue) await overdue
    const request = order.request(room)
    const { queues, limit } = request
    const how = priorities === undefined ? waiting : { ...waiting, priorities }
    const deliveries = await gator.backend.reserve(queues, { limit, lease: keeper.lease, ...how })
    this.#wasOfUse = true
    order.received(request, deliveries)
    return deliveries
  }

  /**
   * Waits until something is due, or the signal aborts, and for the store while it is away, or answers what cannot be understood. It
   * may give nothing. In a burst it gives what is due now, and waits for the store for a limited time.
   *
   * @throws when the store cannot be used at all: what its very first answer was, or what it has said again and again since the
   * start. Once it has been of use, nothing that it says ends the waiting but that its client is closed.
   */
  async next(room: number, signal: AbortSignal, burst: boolean): Promise<readonly Delivery[]> {
    const [wait, patience] = burst ? [0, BURST_PATIENCE] : [WAIT, Infinity]
    const { gator, watch } = this.#options
    const { clock } = gator
    let failedSince: number | undefined
    let refusals = 0
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(LAST_PAUSE, pause * 2)) {
      try {
        // A store that was away is asked for what it has now, so that it is known at once to be back; so is one that was not asked
        // before, since waiting inside it may take many calls.
        const mayWait = failedSince === undefined && this.#wasOfUse
        const deliveries = await this.take(room, { wait: mayWait ? wait : 0, signal })
        if (failedSince !== undefined && !signal.aborted) watch.back()
        return deliveries
      } catch (error) {
        if (!isPassing(error)) refusals += 1
        if (!this.#mayGoOn(error, refusals)) throw error
        failedSince ??= watch.awaySince ?? clock.now()
        if (clock.now() - failedSince >= patience) throw error
        watch.failed(error, pause)
        await sleep(clock, pause, signal)
      }
    }
    return []
  }

  /** What is wrong from the start, such as a password, stays so; a single answer may always be an accident. */
  #mayGoOn(error: unknown, refusals: number): boolean {
    if (isCertain(error)) return false
    if (this.#wasOfUse) return true
    return refusals < MOST_REFUSALS && !hasCode(error, 'STORE_UNUSABLE')
  }
}
