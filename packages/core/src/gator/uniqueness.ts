import { BLOCKED_PAUSE } from '../execution/decide.js'
import type { PushItem, UniqueKey } from '../backend/contract.js'
import type { Uniqueness } from '../backend/facets.js'
import { type Awaitable, allOf, chain } from '../base/awaitable.js'
import { TaskNotReadyError } from '../errors/index.js'
import type { Guard } from '../task/guards.js'
import type { Task } from '../task/task.js'
import type { Sealer } from '../wire/sealing/sealer.js'

/** Where tasks with a key are put, and how they are made ready for that. */
export interface Placing {
  readonly uniqueness: Uniqueness
  readonly queue: string
  readonly transaction: object | undefined
  pack(task: Task): Awaitable<PushItem>
}

/** What the store gets of a task that must not be there twice. A reader of the store learns no arguments from it. */
export function uniqueKeyOf(task: Task, guard: Guard, sealer: Sealer): UniqueKey {
  const { key, until, onConflict, for: time, atMost } = guard
  const text = key === undefined ? textOfCall(task) : JSON.stringify(['key', key])
  return { key: sealer.digest(text), until, onConflict, for: time, atMost }
}

/** The same for the same function and arguments, in whatever order the properties of an object stand. */
function textOfCall({ taskId, func, funcArgs, outputs, context }: Task): string {
  if (!func) throw new TaskNotReadyError(taskId)
  const { app, module, callable } = context.refs.find(func)
  const args = outputs.length > 0 ? [funcArgs, outputs] : [funcArgs]
  return JSON.stringify(['call', app ?? '', module, callable, ...args], sorted)
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Puts tasks on a queue, some of which have a key; each then has the id of the task that runs. Within this call for as long as the
 * store answers at once: a transaction of the app may be over when it returns.
 */
export function placeAll(
  placing: Placing,
  tasks: readonly Task[],
  items: readonly PushItem[],
): Awaitable<void> {
  const { uniqueness, queue, transaction } = placing
  const first = tasks.map((task, at) => firstTry(task, items[at] as PushItem))
  return chain(uniqueness.push(queue, first, transaction), (placed) => {
    const again = tasks.flatMap((task, at) => {
      const { taskId = task.taskId, isDuplicate = false, runs } = placed[at] ?? {}
      if (isDuplicate && task.guard?.rerun) return [followUp(placing, task, runs)]
      settle(task, taskId, isDuplicate)
      return []
    })
    return chain(allOf<void[]>(again), () => {})
  })
}

/** One that is to follow what runs can say so only once it is known whether, and what, runs. */
function firstTry(task: Task, item: PushItem): PushItem {
  if (!task.guard?.rerun || !item.unique) return item
  return { ...item, unique: { ...item.unique, onConflict: 'keep' } }
}

/** Puts a task behind the one that runs, in the place of one that waits already. What has begun to run meanwhile is followed too. */
function followUp(placing: Placing, task: Task, runs: string | undefined): Awaitable<void> {
  const { uniqueness, queue, transaction } = placing
  const own = task.taskId
  const mustLook = runs !== undefined && uniqueness.holdsBack !== true
  task.follows = mustLook ? runs : undefined
  return chain(placing.pack(task), (item) => {
    const unique = item.unique && { ...item.unique, besides: runs }
    // Somebody who looked at it at once would hold it meanwhile, and the next call would follow that.
    const delayUntil = mustLook ? laterThan(task, item.delayUntil) : item.delayUntil
    return chain(uniqueness.push(queue, [{ ...item, delayUntil, unique }], transaction), ([placed]) => {
      const { taskId = own, isDuplicate = false } = placed ?? {}
      if (isDuplicate && placed?.runs === taskId) return followUp(placing, task, taskId)
      settle(task, taskId, isDuplicate)
      return undefined
    })
  })
}

/** No sooner than what waits for another task is looked at again. */
function laterThan({ context }: Task, delayUntil: number = 0): number {
  return Math.max(delayUntil, context.clock.now() + BLOCKED_PAUSE)
}

function settle(task: Task, taskId: string, isDuplicate: boolean): void {
  task.taskId = taskId
  task.isDuplicate = isDuplicate
  task.wasPushed = true
}
