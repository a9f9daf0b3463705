import { randomUUID } from 'node:crypto'
import type { Clock, Delivery } from '@alligator/core'
import type { Job } from './channel.js'
import type { JobStats } from './facts.js'
import { type Holder, type Holders, keep, settle } from './holders.js'
import { headPriority } from './priority.js'
import { firstIdOf, levelOfBody } from './stored.js'
import { takeUnchanged } from './take-by-id.js'

/** How many lapsed leases are remembered, so that a late worker may still settle what nobody else was given. */
const MOST_LATE = 1000

/** One hand-out of one job. */
export interface Lease {
  readonly holder: Holder
  readonly id: string
  /** The id that the task had at first, if that was another one. */
  readonly firstId: string | undefined
  readonly receipt: string
  readonly queue: string
  readonly deliveries: number
  /** The same as the server counts it: since the job was put. */
  readonly unsettled: number
  /** Its place among the levels. */
  readonly level: number
  /** Time of the clock, in seconds. */
  until: number
  /** When it must be renewed, so that the server does not end it before. */
  renewAt: number
}

/** A lease that has lapsed, and what the server knew of its job just before. */
interface LateLease {
  readonly lease: Lease
  readonly stats: Promise<JobStats | undefined>
}

/** What is known of a job that was taken. */
export type Taken = Pick<Lease, 'holder' | 'queue' | 'deliveries' | 'unsettled'>

/**
 * The leases of one client. The server knows one time for each job after which it hands it out again, fixed when it was
 * put; a lease has the length that its worker asked for. A longer one is renewed here until it ends; one that ends earlier
 * is ended here, by putting the job back. If this process freezes, the server's time counts; if it dies, the server
 * hands out at once what it held.
 */
export class Leases {
  readonly #holders: Holders
  readonly #clock: Clock
  readonly #ttr: number
  readonly #prefix: string = randomUUID().slice(0, 8)
  readonly #held = new Map<string, Lease>()
  readonly #late = new Map<string, LateLease>()
  #count = 0
  #cancel: (() => void) | undefined
  #nextLook = Number.POSITIVE_INFINITY

  constructor(holders: Holders, clock: Clock, ttr: number) {
    this.#holders = holders
    this.#clock = clock
    this.#ttr = ttr
  }

  /** Begins a lease of so many seconds. */
  begin({ id, body }: Job, taken: Taken, seconds: number): Lease {
    const level = levelOfBody(body)
    const receipt = `${this.#prefix}.${++this.#count}`
    const now = this.#clock.now()
    const { holder, queue, deliveries, unsettled } = taken
    if (deliveries > 1) this.#forgetJob(id)
    const [until, renewAt] = [now + seconds, now + this.#ttr / 2]
    const firstId = firstIdOf(body)
    const lease = { holder, id, firstId, receipt, queue, deliveries, unsettled, level, until, renewAt }
    this.#add(lease)
    return lease
  }

  /** The lease of a delivery, while it lasts. */
  get({ receipt, taskId }: Delivery): Lease | undefined {
    const lease = this.#held.get(receipt)
    return lease?.id === taskId ? lease : undefined
  }

  /** Whether a delivery is held, or was and nobody else was given it since. */
  async holds(delivery: Delivery): Promise<boolean> {
    return (this.get(delivery) ?? (await this.revive(delivery))) !== undefined
  }

  /** Ends a lease because its job is about to be settled; whoever asks first gets it. */
  claim(delivery: Delivery): Lease | undefined {
    const lease = this.get(delivery)
    if (!lease) return undefined
    this.#held.delete(lease.receipt)
    if (this.#held.size === 0) this.#rest()
    return lease
  }

  /** Takes back what could not be settled. */
  restore(lease: Lease): void {
    if (lease.holder.channel.socket.isLost) return
    lease.holder.jobs.add(lease.id)
    this.#add(lease)
  }

  /** Makes a lease last so many seconds from now. */
  extend(lease: Lease, seconds: number): void {
    const now = this.#clock.now()
    lease.until = now + seconds
    lease.renewAt = now + this.#ttr / 2
    this.#lookBy(lease)
  }

  /** Takes back a job whose lease has lapsed, unless it was handed out since, or is gone. */
  async revive({ receipt, taskId }: Delivery): Promise<Lease | undefined> {
    const late = this.#late.get(receipt)
    if (late?.lease.id !== taskId) return undefined
    this.#late.delete(receipt)
    const stats = await late.stats
    if (!stats) return undefined
    return this.#holders.take(async (holder) => {
      const job = await takeUnchanged(holder.channel, taskId, stats)
      if (!job) return undefined
      keep(holder, [job])
      const lease = { ...late.lease, holder }
      this.extend(lease, this.#ttr)
      this.#add(lease)
      return lease
    })
  }

  /** Every lease of a queue. */
  of(queue: string): Lease[] {
    return [...this.#held.values()].filter((lease) => lease.queue === queue)
  }

  /** Forgets what a lost connection held: the server has taken it back. */
  forget(holder: Holder): void {
    for (const lease of this.#held.values()) if (lease.holder === holder) this.#held.delete(lease.receipt)
    for (const [receipt, { lease }] of this.#late) if (lease.holder === holder) this.#late.delete(receipt)
    if (this.#held.size === 0) this.#rest()
  }

  stop(): void {
    this.#held.clear()
    this.#rest()
  }

  /** Forgets who had a job before the server took it back: it may be on the same connection that it is held again. */
  #forgetJob(id: string): void {
    for (const lease of this.#held.values()) if (lease.id === id) this.#held.delete(lease.receipt)
  }

  #add(lease: Lease): void {
    this.#held.set(lease.receipt, lease)
    this.#lookBy(lease)
  }

  /** Without a lease there is nothing to look at, and no timer keeps a process alive. */
  #rest(): void {
    this.#cancel?.()
    this.#nextLook = Number.POSITIVE_INFINITY
  }

  #lookBy({ until, renewAt }: Lease): void {
    const time = Math.min(until, renewAt)
    if (time >= this.#nextLook) return
    this.#nextLook = time
    this.#cancel?.()
    this.#cancel = this.#clock.timer(Math.max(0, time - this.#clock.now()), () => this.#look())
  }

  #look(): void {
    this.#nextLook = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    for (const lease of this.#held.values()) {
      if (lease.until <= now) this.#lapse(lease)
      else if (lease.renewAt <= now) this.#renew(lease, now)
      else this.#lookBy(lease)
    }
  }

  #renew(lease: Lease, now: number): void {
    lease.renewAt = now + this.#ttr / 2
    this.#lookBy(lease)
    // What the server has taken back already is found out when it is to be settled.
    lease.holder.channel.touch(lease.id).catch(() => undefined)
  }

  #lapse(lease: Lease): void {
    const { holder, id, receipt, deliveries, unsettled, level } = lease
    this.#held.delete(receipt)
    const stats = holder.channel.jobStats(id)
    const priority = headPriority(deliveries + 1 - unsettled, level)
    settle(holder, id, (channel) => channel.release(id, priority, 0)).catch(() => undefined)
    this.#late.set(receipt, { lease, stats: stats.catch(() => undefined) })
    const [oldest] = this.#late.keys()
    if (this.#late.size > MOST_LATE && oldest !== undefined) this.#late.delete(oldest)
  }
}
