import { type Delivery, type Outcome, type Task, type Worker, systemClock } from '@alligator/core'
import { timeOfId } from '@alligator/core/backend'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Upper ends of the buckets, in seconds: from quick tasks to those of hours. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600]

/** The name of an event that ends a delivery, without `task:`. */
const OUTCOMES: readonly Exclude<Outcome, 'unknown' | 'blocked'>[] = [
  ...(['success', 'retry', 'snoozed', 'dead', 'released', 'canceled', 'lost'] as const),
]

/**
 * Adds what a worker does to a registry: how long tasks have waited, how long they ran and how that ended, its slots, and what went
 * wrong. Labels are queues, names of functions and outcomes, never ids.
 *
 * @example
 * ```ts
 * const worker = new Worker(gator)
 * watchWorker(worker, register) // import { register } from 'prom-client'
 * await worker.runForever()
 * ```
 */
export function watchWorker(worker: Worker, registry: Registry): void {
  const registers = [registry]
  const wait = new Histogram({
    name: 'alligator_task_wait_seconds',
    help: 'How long tasks were due before their first try began.',
    ...{ labelNames: ['queue'], buckets: BUCKETS, registers },
  })
  const duration = new Histogram({
    name: 'alligator_task_duration_seconds',
    help: 'How long one try of a task took, by how it ended.',
    ...{ labelNames: ['queue', 'task', 'outcome'], buckets: BUCKETS, registers },
  })
  let running = 0
  new Gauge({
    name: 'alligator_slots',
    help: 'Slots of this worker, by what they do.',
    ...{ labelNames: ['state'], registers },
    collect() {
      this.set({ state: 'busy' }, running)
      this.set({ state: 'free' }, Math.max(0, worker.concurrency - running))
    },
  })
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const reconnects = counter('alligator_reconnects_total', 'How often the store was away and came back.')
  const lost = counter('alligator_leases_lost_total', 'Tasks whose lease lapsed while they ran.')
  const blocked = counter(
    'alligator_blocked_seconds_total',
    'How long something kept the event loop beyond the renewal of leases.',
  )

  worker.on('task:start', ({ task, delivery }) => {
    running += 1
    const waited = waitOf(task, delivery)
    if (waited !== undefined) wait.observe({ queue: delivery.queue }, waited)
  })
  for (const outcome of OUTCOMES)
    worker.on(`task:${outcome}`, ({ task, delivery, seconds }) => {
      // What never began has no time, and had no slot.
      if (seconds === undefined) return
      running -= 1
      duration.observe({ queue: delivery.queue, task: task?.func?.name ?? 'unknown', outcome }, seconds)
    })
  worker.on('task:lost', () => lost.inc())
  worker.on('worker:reconnect', () => reconnects.inc())
  worker.on('worker:blocked', ({ seconds }) => blocked.inc(seconds))
}

/** The metrics of one worker, as text. */
export interface WorkerMetrics {
  /** Reads them as Prometheus does. */
  readonly read: () => Promise<string>
  /** What the text is. */
  readonly contentType: string
}

/**
 * The metrics of {@link watchWorker} in a registry of their own, for those who have none.
 *
 * @example
 * ```ts
 * const { read, contentType } = workerMetrics(worker)
 * app.get('/metrics', async (_request, response) => response.type(contentType).send(await read()))
 * ```
 */
export function workerMetrics(worker: Worker): WorkerMetrics {
  const registry = new Registry()
  watchWorker(worker, registry)
  return { read: () => registry.metrics(), contentType: registry.contentType }
}

/** Seconds from when a task was due until now; `undefined` for what had begun before, and where its id tells no time. */
function waitOf({ attempt, delayUntil = 0, taskId }: Task, { deliveries }: Delivery): number | undefined {
  const enqueuedAt = timeOfId(taskId)
  if (enqueuedAt === undefined || attempt > 1 || deliveries > 1) return undefined
  return Math.max(0, systemClock.now() - Math.max(enqueuedAt, delayUntil))
}
