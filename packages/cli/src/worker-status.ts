import type { Gator, WorkerInfo } from '@alligator/core'
import { printable } from './printable.js'
import { type Column, tableLines } from './table.js'
import { colors } from './terminal.js'
import { lengthOf } from './times.js'

/** The workers that are at work, or those that serve one of the queues named. `undefined`: the store does not know them. */
export async function workersOf(
  { backend }: Gator,
  named: readonly string[] | undefined,
): Promise<WorkerInfo[] | undefined> {
  if (!backend.directory) return undefined
  const workers = await backend.directory.workers()
  return workers
    .filter(({ queues }) => !named || queues.some((queue) => named.includes(queue)))
    .sort((one, other) => one.name.localeCompare(other.name) || one.startedAt - other.startedAt)
}

const COLUMNS: readonly Column[] = [
  { title: 'WORKER', least: 10 },
  { title: 'QUEUES', least: 6, optional: true },
  { title: 'RUNNING', align: 'right' },
  { title: 'DONE', align: 'right', optional: true },
  { title: 'UP', align: 'right' },
]

/** Workers as lines of text. */
export function workerTable(workers: readonly WorkerInfo[], now: number, width: number): string[] {
  const rows = workers.map(({ name, queues, concurrency, running, tasksComplete, startedAt }) => {
    const load = `${running} of ${concurrency}`
    return [
      printable(name),
      printable(queues.join(', ')),
      running > 0 ? colors.green(load) : load,
      String(tasksComplete),
      lengthOf(now - startedAt),
    ]
  })
  return tableLines(COLUMNS, rows, width)
}
