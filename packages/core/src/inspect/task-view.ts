import type { Listing } from '../backend/facets.js'
import type { StoredState, StoredTask } from '../backend/contract.js'
import { need } from '../backend/need.js'
import { timeOfId } from '../base/ids.js'
import type { Priority } from '../base/priorities.js'
import type { Payload } from '../base/payload.js'
import { messageOf } from '../errors/index.js'
import type { Gator } from '../gator/gator.js'
import { readNote } from '../results/look-up.js'
import type { TaskHeaders } from '../wire/headers.js'
import type { LogLine } from '../wire/kept.js'
import { peekTask } from '../wire/payload.js'

/** A task in a store, as it is shown: `name` is that of its function. */
export interface TaskView {
  readonly queue: string
  readonly taskId: string
  readonly state: StoredState
  /** Only where it is another than normal. */
  readonly priority?: Priority
  /** `module#callable`; null when the payload cannot be read. */
  readonly name: string | null
  readonly args: readonly unknown[]
  /** Tries left after the next one. */
  readonly retries: number | null
  /** The next attempt, from 1. */
  readonly attempt: number | null
  /** Only where there are any. */
  readonly headers?: TaskHeaders
  /** The ids of the tasks that it waits for. Only where there are any. */
  readonly dependsOn?: readonly string[]
  /** Unix seconds; null when neither the id nor the store says. */
  readonly enqueuedAt: number | null
  /** Unix seconds: when it is due, or when its lease ends. */
  readonly until?: number
  /** What it waits for, if it is parked: ids of tasks, or of the batch of which it is a callback. */
  readonly waitsFor?: readonly string[]
  readonly reason?: StoredTask['reason']
  /** What it has reported, and the names of its steps: only where that was asked for, and there is any. */
  readonly progress?: number
  readonly text?: string
  readonly log?: readonly LogLine[]
  readonly steps?: readonly string[]
  /** Why the payload cannot be read. */
  readonly unreadable?: string
}

/** Reads what a store lists, without importing any code for it; a payload in another format is left to the gator. */
export async function viewTask(gator: Gator, queue: string, stored: StoredTask): Promise<TaskView> {
  const { taskId, state, priority, until, reason } = stored
  const level = priority !== undefined && priority !== 'normal' && { priority }
  const what = { queue, taskId, state, ...level, enqueuedAt: enqueuedAtOf(stored) }
  const when = { ...(until !== undefined && { until }), ...(reason && { reason }) }
  return { ...what, ...(await readCall(gator, queue, stored)), ...when }
}

/** The same, with what the task has reported while it ran. */
export async function withNote(gator: Gator, task: TaskView): Promise<TaskView> {
  const { queue, taskId } = task
  const found = await gator.backend.notes?.get(queue, taskId)
  if (found === undefined) return task
  const { progress, text, log, steps } = readNote(gator, queue, taskId, found)
  return {
    ...task,
    ...(progress !== undefined && { progress }),
    ...(text !== undefined && { text }),
    ...(log.length > 0 && { log }),
    ...(steps.size > 0 && { steps: [...steps.keys()] }),
  }
}

/** The same for several, and what those of them wait for that are parked. */
export async function viewTasks(
  gator: Gator,
  found: readonly { readonly queue: string; readonly task: StoredTask }[],
): Promise<TaskView[]> {
  const parked = new Map<string, string[]>()
  for (const { queue, task } of found) {
    const isParked = task.state === 'delayed' && task.until === undefined
    if (isParked) parked.set(queue, [...(parked.get(queue) ?? []), task.taskId])
  }
  const known = await Promise.all([...parked].map(([queue, ids]) => waitsIn(gator, queue, ids)))
  const waits = new Map(known)
  return Promise.all(
    found.map(async ({ queue, task }) => {
      const waitsFor = waits.get(queue)?.get(task.taskId)
      return { ...(await viewTask(gator, queue, task)), ...(waitsFor && { waitsFor }) }
    }),
  )
}

async function waitsIn(gator: Gator, queue: string, taskIds: readonly string[]) {
  const waits = (await gator.backend.dependents?.waitsFor(queue, taskIds)) ?? new Map<string, string[]>()
  return [queue, waits] as const
}

type Call = Pick<TaskView, 'name' | 'args' | 'retries' | 'attempt' | 'headers' | 'dependsOn' | 'unreadable'>

async function readCall(gator: Gator, queue: string, { data }: StoredTask): Promise<Call> {
  try {
    const task = peekTask(decrypted(gator, queue, data))
    const { module, callable, kwargs, retries, attempt = 1, headers, options } = task
    const args = kwargs ? [...task.args, kwargs] : task.args
    const dependsOn = options?.depends_on ?? []
    const more = { ...(headers && { headers }), ...(dependsOn.length > 0 && { dependsOn }) }
    return { name: `${module}#${callable}`, args, retries, attempt, ...more }
  } catch (error) {
    return (await readCustom(gator, queue, data)) ?? unreadable(error)
  }
}

/** What is not genuine is shown as it is. */
function decrypted(gator: Gator, queue: string, data: Payload): Payload {
  try {
    return gator.open(data, queue)
  } catch {
    return data
  }
}

/** A task class of the app may compress or encrypt. */
async function readCustom(gator: Gator, queue: string, data: Payload): Promise<Call | undefined> {
  try {
    const { func, funcArgs, retries, attempt, headers, dependsOn } = await gator.peek(data, queue)
    if (!func) return undefined
    const { module, callable } = gator.context.refs.find(func)
    const some = Object.keys(headers).length > 0 && { headers }
    const others = dependsOn.length > 0 && { dependsOn }
    return { name: `${module}#${callable}`, args: funcArgs, retries, attempt, ...some, ...others }
  } catch {
    return undefined
  }
}

function unreadable(error: unknown): Call {
  return { name: null, args: [], retries: null, attempt: null, unreadable: messageOf(error) }
}

/** The Unix time in seconds when a task was enqueued, from its id or from the store. */
export function enqueuedAtOf({ taskId, enqueuedAt }: StoredTask): number | null {
  return enqueuedAt ?? timeOfId(taskId) ?? null
}

/** Seconds since the first waiting task of a queue was enqueued; `undefined`: none waits, or neither its id nor the store says. */
export async function oldestOf({ backend, clock }: Gator, queue: string): Promise<number | undefined> {
  const [first] = (await backend.listing?.list(queue, 'waiting', { limit: 1 }))?.tasks ?? []
  const enqueuedAt = first ? enqueuedAtOf(first) : null
  return enqueuedAt === null ? undefined : Math.max(0, clock.now() - enqueuedAt)
}

/** The queues that a command is about: those named, else all that hold anything, else the gator's own. */
export async function queuesOf(gator: Gator, named: readonly string[] | undefined): Promise<string[]> {
  if (named) return [...new Set(named)].sort()
  return gator.backend.listing?.queues() ?? [gator.queueName]
}

/** The queue that holds a task, and the task's state there. */
export async function locate(
  listing: Listing,
  queues: readonly string[],
  taskId: string,
): Promise<{ queue: string; state: StoredState } | undefined> {
  for (const queue of queues) {
    const state = (await listing.find(queue, [taskId])).get(taskId)
    if (state) return { queue, state }
  }
  return undefined
}

/**
 * Reads one task by its id, with what it has reported while it ran. `undefined`: the queue does not hold it.
 *
 * @throws NotSupportedError where the store cannot list tasks.
 */
export async function readTask(gator: Gator, queue: string, taskId: string): Promise<TaskView | undefined> {
  const stored = await need(gator.backend, 'listing', 'a look at one task').get(queue, taskId)
  const [task] = stored ? await viewTasks(gator, [{ queue, task: stored }]) : []
  return task && withNote(gator, task)
}
