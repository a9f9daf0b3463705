import type { UniqueKey } from '../backend/contract.js'
import type { LocmemQueue, LocmemTask } from './queue.js'

/** How many keys are looked at, and forgotten when they are free, with each one that is taken. */
const MOST_FORGOTTEN = 2

/** What was found of a key: the id of the task that stands in the way, and that of one that runs. */
export interface Found {
  readonly other: string | undefined
  readonly runs: string | undefined
}

/** A key that is taken for a time, by a task that may be done. */
interface TakenKey {
  readonly taskId: string
  /** Unix time. */
  readonly until: number
}

/** The keys of each queue that are taken for a time, whatever becomes of their tasks. */
export class TakenKeys {
  readonly #queues = new Map<string, Map<string, TakenKey>>()

  /** Takes a key for as long as it says, if it does; some of those that were taken first, and are free again, are forgotten meanwhile. */
  take(queue: string, unique: UniqueKey, taskId: string, now: number): void {
    if (unique.for === undefined) return
    const keys = this.#queues.get(queue) ?? new Map<string, TakenKey>()
    this.#queues.set(queue, keys)
    keys.delete(unique.key)
    keys.set(unique.key, { taskId, until: now + unique.for })
    let looks = 0
    for (const [other, { until }] of keys) {
      if (until <= now) keys.delete(other)
      looks += 1
      if (looks === MOST_FORGOTTEN) break
    }
  }

  /** The id of the task that has taken a key. */
  takerOf(queue: string, { key, besides }: UniqueKey, now: number): string | undefined {
    const taken = this.#queues.get(queue)?.get(key)
    return taken && taken.until > now && taken.taskId !== besides ? taken.taskId : undefined
  }

  drop(queue: string): void {
    this.#queues.delete(queue)
  }
}

/** The task of a queue that stands in the way of another with this key, one that waits rather than one that runs; and one that runs. */
export function look(queue: LocmemQueue | undefined, { key, until, besides }: UniqueKey): Found {
  let [waits, runs, blocks]: (string | undefined)[] = []
  for (let task = queue?.keyed.get(key); task; task = task.older) {
    if (task.state === 'running') {
      runs ??= task.taskId
      if (task.taskId !== besides) blocks ??= task.taskId
    } else if (task.state !== 'dead') waits ??= task.taskId
  }
  return { other: waits ?? (until === 'finished' ? blocks : undefined), runs }
}

/** Gives a task its key. */
export function mark(task: LocmemTask, key: string, latest: number | undefined): void {
  const { keyed } = task.queue
  task.key = key
  task.latest = latest
  task.older = keyed.get(key)
  keyed.set(key, task)
}

/** Takes it away. */
export function forgetKey(task: LocmemTask, key: string): void {
  const { keyed } = task.queue
  let newer = keyed.get(key)
  if (newer === task) {
    if (task.older) keyed.set(key, task.older)
    else keyed.delete(key)
    return
  }
  while (newer && newer.older !== task) newer = newer.older
  if (newer) newer.older = task.older
}
