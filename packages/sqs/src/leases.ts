import type { Delivery } from '@alligator/core'
import { performance } from '@alligator/core/backend'
import type { Queue } from './queues.js'
import type { Received } from './stored.js'

/** Seconds that SQS lets a message be held, from when it was handed out. */
export const LONGEST_LEASE: number = 12 * 3600

/** A message that this client holds. */
export interface Held {
  readonly queue: Queue
  readonly message: Received
  /** When it was handed out, and when its lease ends, by {@link monotonic}. */
  readonly since: number
  readonly until: number
}

/** Seconds on a clock that nobody sets. */
export function monotonic(): number {
  return performance.now() / 1000
}

/**
 * What this client holds, by receipt. SQS does not tell whether a receipt is the one that counts: deleting with an old one
 * succeeds and may even delete what somebody else holds now. So a lease is over when it ends by the clock of this process.
 */
export class Leases {
  readonly #held = new Map<string, Held>()

  hold(held: Held): void {
    this.#forgetLapsed()
    this.#held.set(held.message.receipt, held)
  }

  /** What a delivery holds, while its lease lasts and nobody is settling it. */
  find({ receipt }: Delivery): Held | undefined {
    const held = this.#held.get(receipt)
    return held && held.until > monotonic() ? held : undefined
  }

  /** Takes a delivery to settle it: the first to ask has it, and gives it back with `hold` if that fails. */
  claim(delivery: Delivery): Held | undefined {
    const held = this.find(delivery)
    this.#held.delete(delivery.receipt)
    return held
  }

  /** Moves the end of a lease that is still held. */
  renew(held: Held, until: number): void {
    if (!this.#held.delete(held.message.receipt)) return
    this.#held.set(held.message.receipt, { ...held, until })
  }

  lose({ receipt }: Delivery): void {
    this.#held.delete(receipt)
  }

  /** Forgets everything that is held of a queue. */
  drop(queue: Queue): void {
    for (const [receipt, held] of this.#held) if (held.queue === queue) this.#held.delete(receipt)
  }

  /** Renewed leases stand at the end, so that those which lapsed stand first. */
  #forgetLapsed(): void {
    const now = monotonic()
    for (const [receipt, held] of this.#held) {
      if (held.until > now) return
      this.#held.delete(receipt)
    }
  }
}
