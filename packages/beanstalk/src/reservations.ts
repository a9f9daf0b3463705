import type { Delivery, ReserveOptions } from '@alligator/core'
import type { Job } from './channel.js'
import type { JobStats } from './facts.js'
import { type Holder, type Holders, end, keep } from './holders.js'
import type { Leases } from './leases.js'
import { deliveriesOf, unsettledOf } from './priority.js'
import { unpackData } from './stored.js'
import { isJobId, takeUnchanged } from './take-by-id.js'
import { tubeOf } from './tubes.js'

/** How many jobs are asked for at once at most. */
const MOST_TOGETHER = 1000

/**
 * Takes jobs, and finds out how often each has been handed out. The server counts that, but does not say so unless asked
 * for each job, which would cost as much as to take it. It hands out a queue in the order of priority and id, so that
 * what comes back stands before what was never taken: only ids up to the highest one taken here are asked about, and all
 * of them until the first that is new. Each client may so overlook, once for each task, that another one had it before.
 */
export class Reservations {
  readonly #holders: Holders
  readonly #leases: Leases
  /** The highest id taken of each queue. */
  readonly #highest = new Map<string, number>()
  /** How many jobs may be there, judging by the last look. */
  #appetite = 1

  constructor(holders: Holders, leases: Leases) {
    this.#holders = holders
    this.#leases = leases
  }

  /** Takes what is ready, the first queue before the second. */
  take(queues: readonly string[], limit: number, lease: number): Promise<Delivery[]> {
    return this.#holders.take(async (holder) => {
      const taken: Delivery[] = []
      for (const queue of queues) {
        while (taken.length < limit) {
          const want = Math.min(limit - taken.length, this.#appetite)
          const jobs = await this.#ask(holder, queue, want)
          this.#appetite = jobs.length < want ? jobs.length + 1 : Math.min(MOST_TOGETHER, 2 * want)
          taken.push(...(await this.#deliver(holder, queue, jobs, lease)))
          if (jobs.length < want) break
        }
      }
      return taken
    })
  }

  /** Waits for one job of any of these queues, at most so many seconds. An abort ends the connection that waits. */
  wait(queues: readonly string[], seconds: number, { signal, lease }: ReserveOptions): Promise<Delivery[]> {
    return this.#holders.wait(async (holder) => {
      const stop = () => end(holder)
      if (signal?.aborted) stop()
      signal?.addEventListener('abort', stop)
      try {
        const job = await holder.channel.reserve(queues.map(tubeOf), Math.max(0, Math.ceil(seconds)))
        if (!job) return []
        keep(holder, [job])
        return await this.#deliver(holder, await this.#queueOf(holder, job, queues), [job], lease)
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    })
  }

  /** Takes one job by its id, if it is ready or delayed in this queue. */
  async takeNamed(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    if (!isJobId(taskId)) return undefined
    return this.#holders.take(async (holder) => {
      const seen = await holder.channel.jobStats(taskId)
      if (seen?.tube !== tubeOf(queue) || (seen.state !== 'ready' && seen.state !== 'delayed'))
        return undefined
      const job = await takeUnchanged(holder.channel, taskId, seen)
      if (!job) return undefined
      keep(holder, [job])
      return this.#begin(holder, queue, job, { ...seen, reserves: seen.reserves + 1 }, lease)
    })
  }

  /** Forgets which ids are new: another server, or another run of it, may count from the start. */
  forget(): void {
    this.#highest.clear()
  }

  async #ask(holder: Holder, queue: string, count: number): Promise<readonly Job[]> {
    const tubes = [tubeOf(queue)]
    const asked = Array.from({ length: count }, () => holder.channel.reserve(tubes, 0))
    return keep(
      holder,
      (await Promise.all(asked)).filter((job) => job !== undefined),
    )
  }

  async #queueOf(holder: Holder, { id }: Job, queues: readonly string[]): Promise<string> {
    const [first = ''] = queues
    if (queues.length === 1) return first
    const stats = await holder.channel.jobStats(id)
    return queues.find((queue) => tubeOf(queue) === stats?.tube) ?? first
  }

  async #deliver(holder: Holder, queue: string, jobs: readonly Job[], lease: number): Promise<Delivery[]> {
    const highest = this.#highest.get(queue) ?? Number.POSITIVE_INFINITY
    const isNew = ({ id }: Job) => Number(id) > highest
    const stats = jobs.every(isNew)
      ? []
      : await Promise.all(jobs.map((job) => (isNew(job) ? undefined : holder.channel.jobStats(job.id))))
    this.#raise(
      queue,
      jobs.filter((job, at) => isNew(job) || stats[at]?.reserves === 1),
    )
    return jobs.map((job, at) => this.#begin(holder, queue, job, stats[at], lease))
  }

  #raise(queue: string, jobs: readonly Job[]): void {
    const before = this.#highest.get(queue) ?? 0
    const highest = jobs.reduce((most, { id }) => Math.max(most, Number(id)), before)
    if (highest > before) this.#highest.set(queue, highest)
  }

  #begin(holder: Holder, queue: string, job: Job, stats: JobStats | undefined, seconds: number): Delivery {
    const deliveries = stats ? deliveriesOf(stats) : 1
    const unsettled = stats ? unsettledOf(stats) : 1
    const { receipt, firstId } = this.#leases.begin(job, { holder, queue, deliveries, unsettled }, seconds)
    const delivery = { queue, taskId: job.id, data: unpackData(job.body), deliveries, receipt }
    return firstId === undefined ? delivery : { ...delivery, firstId }
  }
}
