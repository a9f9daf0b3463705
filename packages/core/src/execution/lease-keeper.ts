import type { Client } from '../backend/client.js'
import { type Clock, systemClock } from '../base/clock.js'
import type { Delivery } from '../backend/contract.js'
import { ChurnMap } from '../base/churn-map.js'
import { monotonic } from '../base/shared-times.js'

/** The shortest lease in seconds: renewing it three times in its length must not keep a worker busy. */
export const LEAST_LEASE = 0.1

/**
 * How a delivery stopped being held: somebody canceled it; its store has it no longer although nobody canceled it; or its lease lapsed
 * and another worker may have it.
 */
export type Loss = 'canceled' | 'gone' | 'lost'

interface Hold {
  readonly onLoss: (loss: Loss) => void
  /** Unix time in seconds: its lease cannot have ended within its length from then on. */
  since: number
  /** Writes what its task has reported since it was last renewed. */
  note?: (() => void) | undefined
}

/** Renews in place of a keeper while the event loop stands still. */
export interface StandIn {
  /** The keeper will renew at that moment, by `monotonic`; from soon after, somebody else must. */
  expect(due: number): void
  /** Nothing is held any more. */
  rest(): void
  /** When all was last renewed in place of the keeper, by `monotonic`, with no gap since it did so itself; 0 when it was not. */
  readonly renewed: number
}

/** Who has to do with a keeper. */
export interface LeaseKeeperOptions {
  /**
   * Hears how many seconds late a renewal was, when that is more than a third of a lease, and whether all that was held then
   * still was.
   */
  readonly onBlocked?: ((seconds: number, kept: boolean) => void) | undefined
  readonly standIn?: StandIn | undefined
}

/**
 * Extends the leases of everything that runs, in one call for all of them, three times in the length of a lease: two
 * renewals may fail before a lease lapses. It also does so whenever the store says that something was canceled, since what
 * is no longer held is known from that call alone.
 *
 * A beat that comes late means that the event loop was kept busy. Meanwhile its stand-in renews, where there is one.
 */
export class LeaseKeeper {
  readonly lease: number
  readonly #backend: Client
  readonly #clock: Clock
  readonly #options: LeaseKeeperOptions
  readonly #held = new ChurnMap<Delivery, Hold>()
  /** When the next beat should come, by `monotonic`: the clock of the wall may jump. */
  #due = 0
  /** When its stand-in renewed last before the present beat. */
  #stoodIn = 0
  #cancel: (() => void) | undefined
  #unlisten: (() => void) | undefined
  #renewing: Promise<void> | undefined
  #isStale = false
  /** Whether something was lost since the event loop was found to have stood still, or nobody could know. */
  #hasLost = false
  #hasNotes = false

  constructor(backend: Client, clock: Clock, lease: number, options: LeaseKeeperOptions = {}) {
    this.#backend = backend
    this.#clock = clock
    this.lease = lease
    this.#options = options
  }

  /** Keeps a delivery held until `drop`; `onLoss` is called when it is found to be held no longer. */
  hold(delivery: Delivery, onLoss: (loss: Loss) => void): void {
    this.#held.set(delivery, { onLoss, since: this.#clock.now() })
    this.#unlisten ??= this.#backend.cancellation?.onCancel(() => void this.#renew())
    if (!this.#cancel) this.#setTimer()
  }

  drop(delivery: Delivery): void {
    this.#held.delete(delivery)
  }

  /**
   * Whether a delivery is held for sure: by the clock, as long as its lease cannot have ended since it was renewed; after that, as after a
   * standstill of this process, the store is asked.
   */
  async isSurelyHeld(delivery: Delivery): Promise<boolean> {
    const hold = this.#held.get(delivery)
    if (!hold) return false
    const since = this.#clock.now()
    if (since < hold.since + this.lease || this.#isRenewedByStandIn) return true
    if ((await this.#backend.extend([delivery], this.lease)).length > 0) return false
    hold.since = since
    return true
  }

  /** Calls `write` along with the next renewal of a lease, which is to write what its task has reported; not for what is held no more. */
  note(delivery: Delivery, write: () => void): void {
    const hold = this.#held.get(delivery)
    if (!hold) return
    hold.note = write
    this.#hasNotes = true
  }

  /**
   * Why a delivery is no longer held. Before its lease can have lapsed, nobody but who cancels can take it away, and then the store
   * knows of that; where it does not, the store itself has lost it, or its whole queue was dropped.
   */
  async lossOf(delivery: Delivery): Promise<Loss> {
    if (!this.#isFresh(delivery)) return 'lost'
    const { queue, taskId } = delivery
    return (await this.#removed(queue, [taskId])).has(taskId) ? 'canceled' : 'gone'
  }

  #isFresh(delivery: Delivery): boolean {
    const hold = this.#held.get(delivery)
    if (!hold || !this.#backend.cancellation) return false
    return this.#clock.now() < hold.since + this.lease || this.#isRenewedByStandIn
  }

  async #removed(queue: string, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    // A store that cancels and cannot be looked at leaves no other cause.
    if (!this.#backend.listing) return new Set(taskIds)
    try {
      return await this.#backend.listing.removed(queue, taskIds)
    } catch {
      return new Set()
    }
  }

  /**
   * Renews at once what should have been renewed long ago, since the event loop stood still: a store that is asked for more
   * before that would hand out here once more what has lapsed.
   */
  catchUp(): Promise<void> | undefined {
    if (this.#held.size === 0 || this.#late <= this.lease / 3) return undefined
    this.#cancel?.()
    return this.#beat()
  }

  /** Ends its timer. */
  stop(): void {
    this.#held.clear()
    this.#rest()
  }

  #rest(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#unlisten?.()
    this.#unlisten = undefined
    this.#options.standIn?.rest()
  }

  #setTimer(): void {
    const { standIn } = this.#options
    const period = this.lease / 3
    this.#due = monotonic() + period
    this.#cancel = this.#clock.timer(period, () => void this.#beat())
    this.#stoodIn = standIn?.renewed ?? 0
    standIn?.expect(this.#due)
  }

  /** Seconds. The clock of a test does not go on by itself. */
  get #late(): number {
    return this.#clock === systemClock ? monotonic() - this.#due : 0
  }

  get #isRenewedByStandIn(): boolean {
    const renewed = Math.max(this.#stoodIn, this.#options.standIn?.renewed ?? 0)
    return monotonic() < renewed + this.lease
  }

  async #beat(): Promise<void> {
    const late = this.#late
    const isLate = late > this.lease / 3
    this.#hasLost = false
    if (this.#held.size === 0) {
      this.#rest()
    } else {
      const renewing = this.#renew()
      this.#setTimer()
      if (isLate) await renewing
    }
    if (isLate) this.#options.onBlocked?.(late, !this.#hasLost)
  }

  /** Renewals follow one another: what comes up during one, such as many cancels, is seen to by the next. */
  #renew(): Promise<void> {
    this.#isStale = true
    this.#renewing ??= this.#renewAll().finally(() => (this.#renewing = undefined))
    return this.#renewing
  }

  async #renewAll(): Promise<void> {
    while (this.#isStale && this.#held.size > 0) {
      this.#isStale = false
      await this.#extend([...this.#held.keys()])
    }
  }

  async #extend(deliveries: readonly Delivery[]): Promise<void> {
    const since = this.#clock.now()
    try {
      const extended = this.#backend.extend(deliveries, this.lease)
      if (this.#hasNotes) this.#writeNotes()
      const lost = new Set(await extended)
      for (const delivery of deliveries) {
        const hold = this.#held.get(delivery)
        if (hold && !lost.has(delivery)) hold.since = since
      }
      await this.#loseAll([...lost])
    } catch {
      // The store is away: the next renewal, or the settling of the task itself, will meet that again and report it.
      this.#hasLost = true
    }
  }

  #writeNotes(): void {
    this.#hasNotes = false
    for (const delivery of this.#held.keys()) {
      const hold = this.#held.get(delivery)
      const write = hold?.note
      if (!hold || !write) continue
      hold.note = undefined
      write()
    }
  }

  async #loseAll(deliveries: readonly Delivery[]): Promise<void> {
    await Promise.all(deliveries.map(async (delivery) => this.#lose(delivery, await this.lossOf(delivery))))
  }

  #lose(delivery: Delivery, loss: Loss): void {
    const hold = this.#held.get(delivery)
    if (!hold) return
    if (loss !== 'canceled') this.#hasLost = true
    this.#held.delete(delivery)
    hold.onLoss(loss)
  }
}
