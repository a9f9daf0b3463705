import type { Client } from './client.js'
import type { Clock } from './clock.js'
import type { Delivery } from './contract.js'

/** The shortest lease in seconds: renewing it three times in its length must not keep a worker busy. */
export const LEAST_LEASE = 0.1

/**
 * Extends the leases of everything that runs, in one call for all of them, three times in the length of a lease: two
 * renewals may fail before a lease lapses.
 */
export class LeaseKeeper {
  readonly lease: number
  readonly #backend: Client
  readonly #clock: Clock
  readonly #held = new Set<Delivery>()
  #cancel: (() => void) | undefined

  constructor(backend: Client, clock: Clock, lease: number) {
    this.#backend = backend
    this.#clock = clock
    this.lease = lease
  }

  hold(delivery: Delivery): void {
    this.#held.add(delivery)
    this.#cancel ??= this.#clock.timer(this.lease / 3, () => void this.#renew())
  }

  drop(delivery: Delivery): void {
    this.#held.delete(delivery)
  }

  /** Ends its timer. */
  stop(): void {
    this.#held.clear()
    this.#cancel?.()
    this.#cancel = undefined
  }

  async #renew(): Promise<void> {
    this.#cancel = undefined
    if (this.#held.size === 0) return
    this.#cancel = this.#clock.timer(this.lease / 3, () => void this.#renew())
    try {
      const lost = await this.#backend.extend([...this.#held], this.lease)
      for (const delivery of lost) this.#held.delete(delivery)
    } catch {
      // The store is away: the next renewal, or the settling of the task itself, will meet that again and report it.
    }
  }
}
