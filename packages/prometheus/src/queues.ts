import type { Client, Counts, Gator } from '@alligator/core'
import {
  STATES,
  type Throughput,
  livelyQueuesOf,
  oldestOf,
  queuesOf,
  throughputOf,
} from '@alligator/core/inspect'
import { Gauge, Registry } from 'prom-client'

/** The ends that are counted, by the names of their events. */
const ENDS = ['success', 'retry', 'snoozed', 'dead', 'canceled', 'lost'] as const

/** What {@link metricsHandler} and {@link watchQueues} take. */
export interface MetricsOptions {
  /** The queues to look at. (Default: all that hold anything; where the store cannot tell, the gator's own) */
  readonly queues?: readonly string[]
}

/**
 * Makes a handler that answers with the metrics of a store's queues, as Prometheus reads them: mount it in your app, or let
 * `alligator metrics` serve it. Each request looks at the store once. While that is away it answers 503.
 *
 * @example
 * ```ts
 * const handler = metricsHandler(gator)
 * Bun.serve({ port: 9464, fetch: handler }) // or Hono: app.get('/metrics', (c) => handler(c.req.raw))
 * ```
 */
export function metricsHandler(
  gator: Gator,
  options: MetricsOptions = {},
): (request?: Request) => Promise<Response> {
  const registry = new Registry()
  watchQueues(gator, registry, options)
  return async () => {
    try {
      return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
    } catch (error) {
      const { code = 'unknown' } = (error ?? {}) as { readonly code?: string }
      return new Response(`The store could not be asked: ${code}\n`, { status: 503 })
    }
  }
}

/**
 * Adds the metrics of a store's queues to a registry of yours. The store is looked at whenever the registry is read.
 *
 * @example
 * ```ts
 * watchQueues(gator, register) // import { register } from 'prom-client'
 * ```
 */
export function watchQueues(gator: Gator, registry: Registry, { queues }: MetricsOptions = {}): void {
  // When the registry is read, the first of these metrics looks for all of them.
  let looking: Promise<void> | undefined
  async function collect(): Promise<void> {
    looking ??= look().finally(() => (looking = undefined))
    await looking
  }
  const gauge = (name: string, help: string, labelNames: readonly string[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [registry], collect })
  const tasks = gauge('alligator_queue_tasks', 'Tasks of a queue in a state.', ['queue', 'state'])
  const oldest = gauge(
    'alligator_queue_oldest_seconds',
    'How long ago the first task that waits was enqueued; 0 where none waits.',
    ['queue'],
  )
  const paused = gauge('alligator_queue_paused', 'Whether a queue is paused: 1, else 0.', ['queue'])
  const workers = gauge('alligator_workers', 'Workers that are at work.', [])
  const slots = gauge('alligator_worker_slots', 'Slots of all workers, by what they do.', ['state'])
  const ended = gauge(
    'alligator_queue_ended',
    'Tries of tasks of a queue that have ended within the last hour (1h) or day (1d), by how.',
    ['queue', 'outcome', 'within'],
  )
  const mean = gauge('alligator_queue_mean_seconds', 'How long those have run on average.', [
    'queue',
    'within',
  ])

  const look = async () => {
    const { backend } = gator
    const names = await queuesOf(gator, queues)
    const looks = []
    for (const queue of names) {
      const counts = await backend.counts(queue)
      looks.push({
        queue,
        counts,
        age: await ageOf(gator, queue, counts),
        isPaused: (await backend.pausing?.paused(queue)) !== undefined,
      })
    }
    const throughputs = await throughputsOf(gator, queues)
    const team = await teamOf(backend)
    // At once, so that what is read at the same time is never of two looks. A queue that is gone is no longer told of.
    for (const metric of [tasks, oldest, paused, ended, mean]) metric.reset()
    for (const { queue, counts, age, isPaused } of looks) {
      for (const state of STATES) tasks.set({ queue, state }, counts[state])
      if (age !== undefined) oldest.set({ queue }, age)
      if (backend.pausing) paused.set({ queue }, isPaused ? 1 : 0)
    }
    for (const [queue, { hour, day }] of throughputs) {
      for (const [within, figures] of [
        ['1h', hour],
        ['1d', day],
      ] as const) {
        for (const outcome of ENDS) ended.set({ queue, outcome, within }, figures[outcome])
        if (figures.meanSeconds !== null) mean.set({ queue, within }, figures.meanSeconds)
      }
    }
    if (!team) return
    workers.set(team.workers)
    slots.set({ state: 'busy' }, team.busy)
    slots.set({ state: 'free' }, team.free)
  }
}

/** Of all lively queues, where the store keeps it. */
async function throughputsOf(
  gator: Gator,
  named: readonly string[] | undefined,
): Promise<[queue: string, throughput: Throughput][]> {
  if (!gator.backend.tallies) return []
  const found: [string, Throughput][] = []
  for (const queue of await livelyQueuesOf(gator, named)) {
    const throughput = await throughputOf(gator, queue)
    if (throughput) found.push([queue, throughput])
  }
  return found
}

/** 0 where nothing waits; `undefined` where the store cannot tell. */
async function ageOf(gator: Gator, queue: string, { waiting }: Counts): Promise<number | undefined> {
  if (waiting > 0) return oldestOf(gator, queue)
  return gator.backend.listing && 0
}

async function teamOf({
  directory,
}: Client): Promise<{ workers: number; busy: number; free: number } | undefined> {
  const workers = await directory?.workers()
  if (!workers) return undefined
  const busy = workers.reduce((sum, { running }) => sum + running, 0)
  const all = workers.reduce((sum, { concurrency }) => sum + concurrency, 0)
  return { workers: workers.length, busy, free: Math.max(0, all - busy) }
}
