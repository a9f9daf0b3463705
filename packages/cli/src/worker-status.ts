import type { Gator, RunningTask, WorkerInfo } from '@alligator/core'
import { shortId } from './ids.js'
import { printable } from './printable.js'
import { cutList, cutStart } from './shorten.js'
import { type Cell, type Column, tableLines } from './table.js'
import { colors } from './terminal.js'
import { lengthOf } from './times.js'

/** A worker, and what of that which it told still runs. */
export interface WorkerStatus extends WorkerInfo {
  readonly tasks: readonly RunningTask[]
}

/** Tasks of which a store is asked at most whether they still run: anybody who can write to it may have announced any number. */
const MOST_ASKED = 2000

/**
 * The workers that are at work, or those that serve one of the queues named. They tell every ten seconds what they run: what the
 * store does not hold as running any more is left out. `undefined`: the store does not know them.
 */
export async function workersOf(
  gator: Gator,
  named: readonly string[] | undefined,
): Promise<WorkerStatus[] | undefined> {
  const { directory } = gator.backend
  if (!directory) return undefined
  const workers = (await directory.workers()).filter(
    ({ queues }) => !named || queues.some((queue) => named.includes(queue)),
  )
  const told = workers.flatMap(({ tasks = [] }) => tasks).slice(0, MOST_ASKED)
  const running = await stillRunning(gator, told)
  return workers
    .map((worker) => ({ ...worker, tasks: (worker.tasks ?? []).filter((task) => running.has(keyOf(task))) }))
    .sort((one, other) => one.name.localeCompare(other.name) || one.startedAt - other.startedAt)
}

/** Which of these tasks run, by the store: it is asked once for each queue. */
async function stillRunning({ backend }: Gator, told: readonly RunningTask[]): Promise<ReadonlySet<string>> {
  const queues = [...new Set(told.map(({ queue }) => queue))]
  const found = await Promise.all(
    queues.map(async (queue) => {
      const ids = told.filter((task) => task.queue === queue).map(({ taskId }) => taskId)
      const states = await backend.listing?.find(queue, ids)
      return ids.filter((id) => states?.get(id) === 'running').map((taskId) => keyOf({ queue, taskId }))
    }),
  )
  return new Set(found.flat())
}

function keyOf({ queue, taskId }: Pick<RunningTask, 'queue' | 'taskId'>): string {
  return JSON.stringify([queue, taskId])
}

/** Who runs a task, and since when, as far as it was told. */
export interface Runner {
  readonly worker: string
  /** Unix seconds. */
  readonly since: number
}

/** Who runs what: by the queue and the id of a task. */
export function runnersOf(
  workers: readonly WorkerStatus[] = [],
): (task: Pick<RunningTask, 'queue' | 'taskId'>) => Runner | undefined {
  const runners = new Map<string, Runner>()
  for (const { name, tasks } of workers)
    for (const task of tasks) runners.set(keyOf(task), { worker: shortName(name), since: task.since })
  return (task) => runners.get(keyOf(task))
}

/** `host#4711` of `Alligator Worker (host#4711)`. */
export function shortName(name: string): string {
  return /^Alligator Worker \((.+)\)$/.exec(name)?.[1] ?? name
}

const COLUMNS: readonly Column[] = [
  { title: 'WORKER', least: 10, shorten: cutStart },
  { title: 'BUSY', align: 'right' },
  { title: 'RUNS', least: 14, shorten: cutList, spare: 2 },
  { title: 'QUEUES', least: 8, shorten: cutList, spare: 1 },
  { title: 'DONE', align: 'right', spare: 4 },
  { title: 'UP', align: 'right', spare: 3 },
]

/**
 * Workers as lines of text. What runs on the queues by the store, and no worker has told of yet, has a line of its own, so that this
 * table and that of the queues come to the same.
 */
export function workerTable(
  workers: readonly WorkerStatus[],
  queues: readonly { readonly queue: string; readonly running: number }[],
  now: number,
  width: number,
): string[] {
  const rows = workers.map((worker): Cell[] => {
    const { name, queues: names, concurrency, tasksComplete, startedAt, tasks } = worker
    const load = {
      text: `${tasks.length} of ${concurrency}`,
      paint: tasks.length > 0 ? colors.green : String,
    }
    return [
      printable(shortName(name)),
      load,
      printable(tasks.map((task) => `${nameOf(task)} ${lengthOf(now - task.since)}`).join(', ')),
      printable(names.join(', ')),
      String(tasksComplete),
      lengthOf(now - startedAt),
    ]
  })
  const told = workers.flatMap(({ tasks }) => tasks)
  const untold = queues.reduce(
    (sum, { queue, running }) => sum + running - told.filter((task) => task.queue === queue).length,
    0,
  )
  if (untold > 0) rows.push([{ text: '(untold)', paint: colors.dim }, String(untold)])
  return tableLines(COLUMNS, rows, width)
}

/** The function without its module, or the end of the id where that is hidden. */
function nameOf({ name, taskId }: RunningTask): string {
  return name === undefined ? shortId(taskId) : name.slice(name.lastIndexOf('#') + 1)
}

/** Queues that hold tasks which nobody takes; none where the store does not know its workers. */
export function unservedOf<
  Q extends { readonly queue: string; readonly waiting: number; readonly delayed: number },
>(queues: readonly Q[], workers: readonly WorkerInfo[] | undefined): Q[] {
  if (!workers) return []
  const served = new Set(workers.flatMap(({ queues: names }) => names))
  return queues.filter(({ queue, waiting, delayed }) => waiting + delayed > 0 && !served.has(queue))
}
