import type { Listing } from '../backend/facets.js'
import type { StoredState, StoredTask } from '../backend/contract.js'
import { need } from '../backend/need.js'
import { timeOfId } from '../base/ids.js'
import type { Priority } from '../base/priorities.js'
import type { Payload } from '../base/payload.js'
import { messageOf } from '../errors/index.js'
import type { Gator } from '../gator/gator.js'
import type { TaskHeaders } from '../wire/headers.js'
import { peekTask } from '../wire/payload.js'

/** A task in a store, as it is told of: `name` is that of its function. */
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
  /** The next try, from 1. */
  readonly attempt: number | null
  /** Only where there are any. */
  readonly headers?: TaskHeaders
  /** The ids of the tasks that it waits for. Only where there are any. */
  readonly dependsOn?: readonly string[]
  /** Unix seconds; null when neither the id nor the store tells. */
  readonly enqueuedAt: number | null
  /** Unix seconds: when it is due, or when its lease ends. */
  readonly until?: number
  readonly reason?: StoredTask['reason']
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

/** The Unix time in seconds when a task was enqueued: its id tells, or the store. */
export function enqueuedAtOf({ taskId, enqueuedAt }: StoredTask): number | null {
  return enqueuedAt ?? timeOfId(taskId) ?? null
}

/** Seconds since the first waiting task of a queue was enqueued; `undefined`: none waits, or neither its id nor the store tells. */
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

/** How far a task is looked for. */
const MOST_LOOKED_AT = 20_000
const PAGE = 1000

/**
 * Reads one task by its id. `undefined`: the queue does not hold it. Without `task`: the store cannot read it by its id, and it is not
 * among the first 20,000 of its state, from the page `after` on.
 */
export async function readTask(
  gator: Gator,
  queue: string,
  taskId: string,
  { after, signal }: { readonly after?: string | undefined; readonly signal?: AbortSignal } = {},
): Promise<{ readonly state: StoredState; readonly task?: TaskView } | undefined> {
  const listing = need(gator.backend, 'listing', 'a look at one task')
  const state = (await listing.find(queue, [taskId])).get(taskId)
  if (!state) return undefined
  let seen = 0
  for (let from = after; ;) {
    const { tasks, next } = await listing.list(queue, state, { limit: seen === 0 ? 100 : PAGE, after: from })
    const stored = tasks.find((one) => one.taskId === taskId)
    if (stored) return { state, task: await viewTask(gator, queue, stored) }
    seen += tasks.length
    if (next === undefined || seen >= MOST_LOOKED_AT || signal?.aborted) return { state }
    from = next
  }
}
