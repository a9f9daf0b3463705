import type { Client } from '../backend/client.js'
import type { Clock } from '../base/clock.js'
import type { Delivery } from '../backend/contract.js'
import { ChurnMap } from '../base/churn-map.js'

/** The shortest lease in seconds: renewing it three times in its length must not keep a worker busy. */
export const LEAST_LEASE = 0.1

/** How a delivery stopped being held: somebody canceled it, or its lease lapsed and another worker may have it. */
export type Loss = 'canceled' | 'lost'

interface Hold {
  readonly onLoss: (loss: Loss) => void
  /** Unix time in seconds: its lease cannot have ended within its length from then on. */
  since: number
}

/**
 * Extends the leases of everything that runs, in one call for all of them, three times in the length of a lease: two
 * renewals may fail before a lease lapses. It also does so whenever the store says that something was canceled, since what
 * is no longer held is known from that call alone. A beat that comes late tells of an event loop that was kept busy.
 */
export class LeaseKeeper {
  readonly lease: number
  readonly #backend: Client
  readonly #clock: Clock
  readonly #onBlocked: (seconds: number) => void
  readonly #held = new ChurnMap<Delivery, Hold>()
  /** When the next beat should come, by `performance.now()`: the clock of the wall may jump. */
  #due = 0
  #cancel: (() => void) | undefined
  #unlisten: (() => void) | undefined
  #isRenewing = false
  #isStale = false

  /** `onBlocked` hears how many seconds late a renewal was, when that is more than a third of a lease. */
  constructor(
    backend: Client,
    clock: Clock,
    lease: number,
    onBlocked: (seconds: number) => void = () => undefined,
  ) {
    this.#backend = backend
    this.#clock = clock
    this.lease = lease
    this.#onBlocked = onBlocked
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

  /** Why a delivery is no longer held: before its lease can have lapsed, nobody but who cancels can take it away. */
  lossOf(delivery: Delivery): Loss {
    const hold = this.#held.get(delivery)
    const isFresh = hold !== undefined && this.#clock.now() < hold.since + this.lease
    return isFresh && this.#backend.cancellation ? 'canceled' : 'lost'
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
  }

  #setTimer(): void {
    const period = this.lease / 3
    this.#due = performance.now() + period * 1000
    this.#cancel = this.#clock.timer(period, () => this.#beat())
  }

  #beat(): void {
    const late = (performance.now() - this.#due) / 1000
    if (late > this.lease / 3) this.#onBlocked(late)
    if (this.#held.size === 0) return this.#rest()
    this.#setTimer()
    void this.#renew()
  }

  /** Renewals follow one another: what comes up during one, such as many cancels, is seen to by the next. */
  async #renew(): Promise<void> {
    this.#isStale = true
    if (this.#isRenewing) return
    this.#isRenewing = true
    while (this.#isStale && this.#held.size > 0) {
      this.#isStale = false
      await this.#extend([...this.#held.keys()])
    }
    this.#isRenewing = false
  }

  async #extend(deliveries: readonly Delivery[]): Promise<void> {
    const since = this.#clock.now()
    try {
      const lost = new Set(await this.#backend.extend(deliveries, this.lease))
      for (const delivery of deliveries) {
        const hold = this.#held.get(delivery)
        if (!hold) continue
        if (!lost.has(delivery)) hold.since = since
        else this.#lose(delivery, hold)
      }
    } catch {
      // The store is away: the next renewal, or the settling of the task itself, will meet that again and report it.
    }
  }

  #lose(delivery: Delivery, { onLoss }: Hold): void {
    const loss = this.lossOf(delivery)
    this.#held.delete(delivery)
    onLoss(loss)
  }
}
