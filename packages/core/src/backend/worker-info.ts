import type { RunningTask, WorkerInfo } from './contract.js'

/** Of how many tasks that it runs a worker tells at most: each of its announcements has them. */
export const MOST_RUNNING_TOLD = 20

/**
 * Reads what a worker said of itself from the JSON that a store kept of it. `undefined`: it is nothing of the kind, and
 * a list of workers leaves it out, since one entry that anybody wrote must not hide the others.
 *
 * @example
 * ```ts
 * const workers = rows.flatMap((row) => readWorkerInfo(row) ?? [])
 * ```
 */
export function readWorkerInfo(json: string): WorkerInfo | undefined {
  const { id, name, queues, concurrency, running, tasks, tasksComplete, startedAt } = parse(json)
  const isText = [id, name].every((value) => typeof value === 'string')
  const hasQueues = Array.isArray(queues) && queues.every((queue) => typeof queue === 'string')
  const isCounted = [concurrency, running, tasksComplete, startedAt].every((value) => Number.isFinite(value))
  if (!isText || !hasQueues || !isCounted) return undefined
  const told = Array.isArray(tasks) ? readTasks(tasks) : []
  const load = { concurrency, running, ...(told.length > 0 && { tasks: told }) }
  // Checked above, each one.
  return { id, name, queues, ...load, tasksComplete, startedAt } as WorkerInfo
}

/** What it said of the tasks that it runs, without what is nothing of the kind. */
function readTasks(tasks: readonly unknown[]): RunningTask[] {
  return tasks.slice(0, MOST_RUNNING_TOLD).flatMap((task) => {
    const { queue, taskId, name, since } = (task ?? {}) as Readonly<
      Partial<Record<keyof RunningTask, unknown>>
    >
    if (typeof queue !== 'string' || typeof taskId !== 'string' || !Number.isFinite(since)) return []
    return [{ queue, taskId, ...(typeof name === 'string' && { name }), since: since as number }]
  })
}

function parse(json: string): Readonly<Partial<Record<keyof WorkerInfo, unknown>>> {
  try {
    return (JSON.parse(json) ?? {}) as object
  } catch {
    return {}
  }
}
