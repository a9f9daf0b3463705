import type { DeathReason, Delivery, Payload } from '@alligator/core'
import { checkPayload } from '@alligator/core/backend'
import type { NewJob } from './channel.js'
import type { Connection } from './connection.js'
import { keepReason } from './dead-letters.js'
import { settle } from './holders.js'
import type { Lease, Leases } from './leases.js'
import { deadPriority, headPriority, tailPriority } from './priority.js'
import { isDraining } from './store-error.js'
import { packData, withFirstId } from './stored.js'
import { tubeOf } from './tubes.js'

/** How a job goes back. */
export interface GoingBack {
  /** Seconds. */
  readonly delay: number
  /** Unix time in seconds at which the delay ends. */
  readonly due: number
  /** How often it counts as handed out. */
  readonly deliveries: number
}

/** What takes the place of a delivery. */
export interface Replacement {
  readonly data: Payload
  /** Unix time in seconds at which its delay ends. */
  readonly due: number
  /** Whether it goes by the id that the task had at first. */
  readonly keepsId: boolean
}

/** Settles deliveries on the connections that hold them. Each step tells whether the delivery was still held. */
export class Settlements {
  readonly #connection: Connection
  readonly #leases: Leases

  constructor(connection: Connection, leases: Leases) {
    this.#connection = connection
    this.#leases = leases
  }

  finish(delivery: Delivery): Promise<boolean> {
    return this.#settle(delivery, ({ id, holder }) => settle(holder, id, (channel) => channel.delete(id)))
  }

  async extend(delivery: Delivery, seconds: number): Promise<boolean> {
    const lease = this.#leases.get(delivery) ?? (await this.#leases.revive(delivery))
    if (!lease) return false
    this.#leases.extend(lease, seconds)
    const { holder, id } = lease
    // With its connection the lease is gone.
    const held = await holder.channel.touch(id).catch((error: unknown) => {
      if (!holder.channel.socket.isLost) throw error
      return false
    })
    if (!held && this.#leases.claim(delivery)) holder.jobs.delete(id)
    return held
  }

  /** Puts the same job back: with a delay to the tail of its queue, else to its head. */
  putBack(delivery: Delivery, back: GoingBack): Promise<boolean> {
    return this.#settle(delivery, (lease) => putBack(lease, back))
  }

  /**
   * Puts another job, whose body holds `data`, in the place of this one: it is there before the old one goes. A server that
   * is to end when it is empty takes no new job: there the old one goes back as it is, and this try counts as a hand-out
   * that nobody settled, so that there is an end to them. Gives the id of the new one, if there is one.
   */
  replace(delivery: Delivery, job: NewJob, { data, due, keepsId }: Replacement): Promise<boolean | string> {
    return this.#settle(delivery, async (lease) => {
      const { id, holder, deliveries, level, firstId = keepsId ? id : undefined } = lease
      const priority = job.delay > 0 ? tailPriority(due, level) : headPriority(0, level)
      const put = async () => {
        const line = await this.#connection.line()
        const { maxPayload } = this.#connection
        checkPayload(data, id, maxPayload)
        const body = packData(data, level)
        const whole = firstId === undefined ? body : withFirstId(body, firstId)
        // A task that fills its job to the brim is rather known by its new id than not tried again.
        const next = { ...job, priority, body: whole.length > maxPayload ? body : whole }
        const newId = await line.put(tubeOf(delivery.queue), next).catch(unlessDraining)
        return { line, newId }
      }
      const { line, newId } = await this.#connection.insist(put)
      if (newId === undefined) return putBack(lease, { delay: job.delay, due, deliveries })
      // Without an answer both may be there, but never none.
      const deleted = await settle(holder, id, (channel) => channel.delete(id)).catch(() => true)
      if (!deleted) await line.delete(newId)
      return deleted && newId
    })
  }

  bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    const tube = tubeOf(delivery.queue)
    return this.#settle(delivery, async ({ id, holder }) => {
      const keep = async () => {
        const line = await this.#connection.line()
        return keepReason(line, tube, id, reason, this.#connection.maxPayload).catch(unlessDraining)
      }
      const priority = (await this.#connection.insist(keep)) ?? deadPriority()
      return settle(holder, id, (channel) => channel.bury(id, priority))
    })
  }

  /** Ends a lease by one last command on the connection that holds it. */
  async #settle<T>(delivery: Delivery, command: (lease: Lease) => Promise<T>): Promise<T | false> {
    if (!this.#leases.get(delivery)) await this.#leases.revive(delivery)
    const lease = this.#leases.claim(delivery)
    if (!lease) return false
    try {
      return await command(lease)
    } catch (error) {
      // With its connection the lease is gone, and what it held is handed out again.
      if (lease.holder.channel.socket.isLost) return false
      this.#leases.restore(lease)
      throw error
    }
  }
}

function putBack(lease: Lease, { delay, due, deliveries }: GoingBack): Promise<boolean> {
  const { id, holder, unsettled, level } = lease
  // Only at the head can the server's count of hand-outs be corrected.
  const correction = deliveries + 1 - unsettled
  const priority = delay > 0 && correction === 0 ? tailPriority(due, level) : headPriority(correction, level)
  return settle(holder, id, (channel) => channel.release(id, priority, delay))
}

/** For a new job that the server does not take because it is to end when it is empty. */
function unlessDraining(error: unknown): undefined {
  if (!isDraining(error)) throw error
}
