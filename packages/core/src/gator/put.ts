import { isReady } from '../base/awaitable.js'
import type { Client } from '../backend/client.js'
import type { PushItem } from '../backend/contract.js'
import { need } from '../backend/need.js'
import { WAITING } from '../task/constants.js'
import type { Task } from '../task/task.js'
import { checkDependencies } from './dependencies.js'
import { inParts, mayPause } from './in-parts.js'
import { type Packer, hasLevel } from './packer.js'
import { placeAll } from './uniqueness.js'

/** Where tasks are put. */
export interface Target {
  readonly backend: Client
  readonly packer: Packer
  readonly queue: string
  /** What the app's library gives for its transaction, which they become part of. */
  readonly transaction: object | undefined
  /** Whether that is possible only within this call. */
  readonly mustJoinNow: boolean
}

/**
 * Puts tasks on a queue, all of them or none. `given`: those that were given together, some of which may have been run in place of that.
 * Gives these.
 *
 * @throws what the checks throw, and the store.
 */
export async function put<T extends Task>(
  tasks: readonly T[],
  given: readonly T[],
  target: Target,
): Promise<T[]> {
  if (tasks.length === 0) return [...given]
  const { backend, packer, queue, transaction, mustJoinNow } = target
  const transactions = transaction && need(backend, 'transactions', 'options({ transaction })')
  if (tasks.some(hasLevel)) need(backend, 'priorities', 'options({ priority })')
  const guard = tasks.find((task) => task.guard)?.guard
  const uniqueness = guard && need(backend, 'uniqueness', `options({ ${guard.option} })`)
  const checking = tasks.some(dependsOnOthers)
    ? checkDependencies(given, backend, queue, mustJoinNow)
    : undefined
  if (checking) await checking
  // No await while it need not: inside an open transaction of the app the push must happen within this call.
  const pack = (task: Task) => packer.pack(task, queue, mustJoinNow)
  const packAnew = (task: Task) => {
    // One that was canceled, or has failed, and is pushed again begins anew.
    if (task.status !== WAITING) task.toWaiting()
    return pack(task)
  }
  const ready = inParts<Task, PushItem>(tasks, packAnew, { pauses: mayPause(backend) })
  const items = isReady(ready) ? ready : await ready
  if (uniqueness) {
    await placeAll({ uniqueness, pack, queue, transaction }, tasks, items)
    return [...given]
  }
  if (transaction && transactions) {
    await transactions.push(transaction, queue, items)
    for (const task of tasks) task.wasPushed = true
    return [...given]
  }
  const ids = await backend.pushMany(queue, items)
  tasks.forEach((task, index) => {
    task.taskId = ids[index] ?? task.taskId
    task.wasPushed = true
  })
  return [...given]
}

function dependsOnOthers({ dependsOn }: Task): boolean {
  return dependsOn.length > 0
}
