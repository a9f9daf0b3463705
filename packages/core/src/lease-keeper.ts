import type { Client } from './client.js'
import type { Clock } from './clock.js'
import type { Delivery } from './contract.js'

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
 * is no longer held is known from that call alone.
 */
export class LeaseKeeper {
  readonly lease: number
  readonly #backend: Client
  readonly #clock: Clock
  readonly #held = new Map<Delivery, Hold>()
  #cancel: (() => void) | undefined
  #unlisten: (() => void) | undefined
  #isRenewing = false
  #isStale = false

  constructor(backend: Client, clock: Clock, lease: number) {
    this.#backend = backend
    this.#clock = clock
    this.lease = lease
  }

  /** Keeps a delivery held until `drop`; `onLoss` is called when it is found to be held no longer. */
  hold(delivery: Delivery, onLoss: (loss: Loss) => void): void {
    this.#held.set(delivery, { onLoss, since: this.#clock.now() })
    this.#unlisten ??= this.#backend.onCancel(() => void this.#renew())
    this.#cancel ??= this.#clock.timer(this.lease / 3, () => this.#beat())
  }

  drop(delivery: Delivery): void {
    this.#held.delete(delivery)
  }

  /** Why a delivery is no longer held: before its lease can have lapsed, nobody but who cancels can take it away. */
  lossOf(delivery: Delivery): Loss {
    const hold = this.#held.get(delivery)
    const isFresh = hold !== undefined && this.#clock.now() < hold.since + this.lease
    return isFresh && this.#backend.capabilities.cancelRunning ? 'canceled' : 'lost'
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

  #beat(): void {
    if (this.#held.size === 0) return this.#rest()
    this.#cancel = this.#clock.timer(this.lease / 3, () => this.#beat())
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
