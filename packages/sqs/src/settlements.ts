import { type Clock, type DeathReason, type Delivery, type ReleaseOptions, hasCode } from '@alligator/core'
import { all } from './batches.js'
import type { DeadLetters } from './dead-letters.js'
import { type Held, LONGEST_LEASE, type Leases, monotonic } from './leases.js'
import type { Mailbox } from './mailbox.js'
import type { Letter } from './stored.js'

/**
 * What becomes of a delivery. SQS changes nothing of a message but until when it is hidden. So a task that goes back as it
 * is, is shown again in one step; one that goes back with another payload, or to the dead letters, is sent anew, and then
 * deleted: in that order a failure in between can only double it, never lose it.
 */
export class Settlements {
  readonly #leases: Leases
  readonly #mailbox: Mailbox
  readonly #dead: DeadLetters
  readonly #clock: Clock

  constructor(leases: Leases, mailbox: Mailbox, dead: DeadLetters, clock: Clock) {
    this.#leases = leases
    this.#mailbox = mailbox
    this.#dead = dead
    this.#clock = clock
  }

  /** Deletes what is finished; gives what was no longer held. */
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return lost(deliveries, (delivery) =>
      this.#settle(delivery, ({ queue, message }) => this.#mailbox.delete(queue, message.receipt)),
    )
  }

  /** Hides what is held for so many seconds from now, up to the 12 hours that SQS allows; gives what was no longer held. */
  extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    return lost(deliveries, async (delivery) => {
      const held = this.#leases.find(delivery)
      const seconds = held ? Math.min(lease, left(held)) : 0
      if (!held || seconds <= 0) return false
      const until = monotonic() + seconds
      const kept = await this.#mailbox.hide(held.queue, delivery.receipt, seconds)
      if (kept) this.#leases.renew(held, until)
      else this.#leases.lose(delivery)
      return kept
    })
  }

  /** Puts a delivery back. `false`: it was no longer held. */
  async release(delivery: Delivery, { data, delayUntil, deliveries = 0 }: ReleaseOptions): Promise<boolean> {
    const wait = Math.max(0, (delayUntil ?? 0) - this.#clock.now())
    const letter = { data: data ?? delivery.data, due: wait > 0 ? delayUntil : undefined, deliveries }
    return this.#settle(delivery, (held) => {
      if (data !== undefined) return this.#resend(held, letter)
      return isShowable(held, wait, deliveries) ? this.#show(held, wait) : this.#sendOn(held, letter, wait)
    })
  }

  /** Makes a delivery a dead letter. `false`: it was no longer held. */
  bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    return this.#settle(delivery, async (held) => {
      await this.#dead.add(held.queue, { ...held.message, data: delivery.data }, reason)
      return this.#discard(held)
    })
  }

  /** Shows to everybody again what was taken for nobody. */
  async putBack(deliveries: readonly Delivery[]): Promise<void> {
    const back = (delivery: Delivery) => this.release(delivery, { deliveries: delivery.deliveries - 1 })
    await Promise.allSettled(deliveries.map(back))
  }

  /** Sends a message on that came before it is due: SQS delays no longer than 15 minutes. */
  async postpone(held: Held): Promise<void> {
    const { queue, message } = held
    const wait = (message.due ?? 0) - this.#clock.now()
    // A message on a FIFO queue takes no delay, but can be hidden, and those after it must wait anyway.
    if (queue.fifo) await this.#show(held, wait)
    else {
      const letter = { data: message.data, due: message.due, deliveries: message.deliveries }
      await this.#sendOn(held, letter, wait)
    }
  }

  /** Settles what is held, once; where that fails it is held as before. */
  async #settle(delivery: Delivery, step: (held: Held) => Promise<boolean>): Promise<boolean> {
    const held = this.#leases.claim(delivery)
    if (!held) return false
    try {
      return await step(held)
    } catch (error) {
      this.#leases.hold(held)
      throw error
    }
  }

  /** Shows a message again after a while, as far as SQS allows. */
  #show(held: Held, wait: number): Promise<boolean> {
    return this.#mailbox.hide(held.queue, held.message.receipt, Math.min(wait, left(held)))
  }

  /** Sends a message anew as it is; one that other programs have filled to the brim is shown again instead. */
  async #sendOn(held: Held, letter: Letter, wait: number): Promise<boolean> {
    try {
      return await this.#resend(held, letter)
    } catch (error) {
      if (!hasCode(error, 'PAYLOAD_TOO_LARGE')) throw error
      return this.#show(held, wait)
    }
  }

  async #resend(held: Held, letter: Letter): Promise<boolean> {
    const { queue, message } = held
    const packed = await this.#mailbox.repack(queue, [{ ...letter, id: message.id }], message.id)
    await this.#mailbox.send(queue, packed, letter.due, { group: message.group ?? message.id })
    return this.#discard(held)
  }

  /** Deletes what has been sent anew. If that fails it comes back too: sending it once more would make it no better. */
  async #discard({ queue, message }: Held): Promise<boolean> {
    await this.#mailbox.delete(queue, message.receipt).catch(() => undefined)
    return true
  }
}

/**
 * Whether a message may be put back by showing it again. SQS goes on counting then, so that this is done once for a message,
 * and only where it is to count from the start: else it is sent anew, and says how often it counts as handed out. On a FIFO
 * queue it must keep its place.
 */
function isShowable(held: Held, wait: number, deliveries: number): boolean {
  return held.queue.fifo || (deliveries === 0 && held.message.count === 1 && wait < left(held))
}

/** Seconds for which SQS still lets a message be hidden. */
function left(held: Held): number {
  return Math.floor(held.since + LONGEST_LEASE - monotonic())
}

/** The deliveries for which a step says `false`. Every step ends before the first failure is thrown. */
async function lost(
  deliveries: readonly Delivery[],
  step: (delivery: Delivery) => Promise<boolean>,
): Promise<Delivery[]> {
  const kept = await all(deliveries.map(step))
  return deliveries.filter((_, at) => !kept[at])
}
