import type { WorkerInfo } from './contract.js'

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
  const { id, name, queues, concurrency, running, tasksComplete, startedAt } = parse(json)
  const isText = [id, name].every((value) => typeof value === 'string')
  const hasQueues = Array.isArray(queues) && queues.every((queue) => typeof queue === 'string')
  const isCounted = [concurrency, running, tasksComplete, startedAt].every((value) => Number.isFinite(value))
  if (!isText || !hasQueues || !isCounted) return undefined
  // Checked above, each one.
  return { id, name, queues, concurrency, running, tasksComplete, startedAt } as WorkerInfo
}

function parse(json: string): Readonly<Partial<Record<keyof WorkerInfo, unknown>>> {
  try {
    return (JSON.parse(json) ?? {}) as object
  } catch {
    return {}
  }
}
