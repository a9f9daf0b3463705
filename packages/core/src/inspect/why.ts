import type { BatchState, StoredState, WorkerInfo } from '../backend/contract.js'
import { PRIORITIES } from '../base/priorities.js'
import type { Gator } from '../gator/gator.js'
import { hasName } from './filter.js'
import type { TaskView } from './task-view.js'

/** One thing that a task waits for. */
export type Why =
  /** It is not due before then, in Unix seconds; `attempt` is the number of the attempt that comes then. */
  | { readonly kind: 'delayed'; readonly until: number; readonly attempt: number }
  /** Nothing of its queue is handed out. */
  | {
      readonly kind: 'paused'
      readonly since: number
      readonly until?: number | undefined
      readonly reason?: string | undefined
    }
  /** Nothing of its function is handed out. */
  | {
      readonly kind: 'function-paused'
      readonly since: number
      readonly until?: number | undefined
      readonly reason?: string | undefined
    }
  /** These tasks come first; of some the queue knows no more, as they have ended. */
  | {
      readonly kind: 'dependencies'
      readonly tasks: readonly {
        readonly taskId: string
        readonly state: StoredState | 'ended' | 'removed'
      }[]
    }
  /** It is what a batch ends with. */
  | { readonly kind: 'batch'; readonly batchId: string; readonly batch: BatchState }
  /** No worker that is at work takes tasks from its queue. */
  | { readonly kind: 'no-worker' }
  /** Every slot of the workers of its queue is taken. */
  | { readonly kind: 'busy'; readonly slots: number; readonly workers: number }
  /** So many tasks wait at higher levels. */
  | { readonly kind: 'level'; readonly above: number }
  /** Nothing stands in its way but those that are before it in the line. */
  | { readonly kind: 'line'; readonly waiting: number }

/** The most dependencies that are shown. */
const MOST_TOLD = 20

/**
 * Finds out why a task that waits, or is delayed, does not run yet: everything that stands in its way now, as far as its store
 * knows. For one that runs or is dead there is nothing.
 *
 * @example
 * ```ts
 * for (const { kind } of await whyItWaits(gator, task)) console.log(kind) // paused, no-worker
 * ```
 */
export async function whyItWaits(gator: Gator, task: TaskView): Promise<Why[]> {
  const { backend } = gator
  const { queue, state, until, attempt, dependsOn = [], waitsFor = [] } = task
  if (state !== 'waiting' && state !== 'delayed') return []
  const why: Why[] = []
  if (state === 'delayed' && until !== undefined) why.push({ kind: 'delayed', until, attempt: attempt ?? 1 })
  const pause = await backend.pausing?.paused(queue)
  if (pause) why.push({ kind: 'paused', ...pause })
  why.push(...(await whyOfFunction(gator, task)))
  if (waitsFor.length > 0) why.push(...(await whyOfBatches(gator, queue, waitsFor)))
  if (dependsOn.length > 0) why.push(...(await whyOfDependencies(gator, queue, dependsOn)))
  if (state === 'delayed') return why
  const workers = await backend.directory?.workers()
  if (workers) why.push(...whyOfWorkers(workers.filter(({ queues }) => queues.includes(queue))))
  const above = await countAbove(gator, task)
  if (above > 0) why.push({ kind: 'level', above })
  if (why.length === 0) why.push({ kind: 'line', waiting: (await backend.counts(queue)).waiting })
  return why
}

async function whyOfFunction(gator: Gator, { queue, name }: TaskView): Promise<Why[]> {
  if (!gator.taskPauses.store) return []
  const pauses = await gator.pausedTasks(queue)
  const found = pauses.find(({ task }) => hasName(name, task))
  if (!found) return []
  const { since, until, reason } = found
  return [{ kind: 'function-paused', since, until, reason }]
}

function whyOfWorkers(workers: readonly WorkerInfo[]): Why[] {
  if (workers.length === 0) return [{ kind: 'no-worker' }]
  const slots = workers.reduce((sum, { concurrency }) => sum + concurrency, 0)
  const running = workers.reduce((sum, worker) => sum + worker.running, 0)
  return running < slots ? [] : [{ kind: 'busy', slots, workers: workers.length }]
}

async function whyOfDependencies(
  { backend: { listing } }: Gator,
  queue: string,
  dependsOn: readonly string[],
): Promise<Why[]> {
  const told = dependsOn.slice(0, MOST_TOLD)
  const states = await listing?.find(queue, told)
  if (!listing || !states) return []
  const ended = told.filter((taskId) => !states.has(taskId))
  const removed = ended.length > 0 ? await listing.removed(queue, ended) : new Set<string>()
  const tasks = told.map((taskId) => ({
    taskId,
    state: states.get(taskId) ?? (removed.has(taskId) ? ('removed' as const) : ('ended' as const)),
  }))
  return tasks.every(({ state }) => state === 'ended') ? [] : [{ kind: 'dependencies', tasks }]
}

async function whyOfBatches({ backend }: Gator, queue: string, waitsFor: readonly string[]): Promise<Why[]> {
  // A callback waits for its batch alone.
  const [batchId = '', ...others] = waitsFor
  const batch = others.length === 0 ? await backend.batches?.find(queue, batchId) : undefined
  return batch ? [{ kind: 'batch', batchId, batch }] : []
}

async function countAbove({ backend }: Gator, { queue, priority = 'normal' }: TaskView): Promise<number> {
  const levels = await backend.priorities?.waiting(queue)
  if (!levels) return 0
  const above = PRIORITIES.slice(0, PRIORITIES.indexOf(priority))
  return above.reduce((sum, level) => sum + (levels[level] ?? 0), 0)
}
