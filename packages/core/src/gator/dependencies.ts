import type { Client } from '../backend/client.js'
import type { Listing } from '../backend/facets.js'
import { need } from '../backend/need.js'
import {
  DependencyFailedError,
  InvalidOptionError,
  NotInTransactionError,
  UnknownDependencyError,
} from '../errors/index.js'
import { CANCELED, FAILED, SUCCESS } from '../task/constants.js'
import type { Task } from '../task/task.js'

/**
 * Refuses tasks that would wait for what never comes, or run without it. A store keeps nothing of what is done, so that later
 * nobody can distinguish "it is done" from "it never was on this queue": what is not known to have been put there must be found there now.
 *
 * @throws InvalidOptionError, DependencyFailedError, UnknownDependencyError; NotInTransactionError where it would have to look.
 */
export function checkDependencies(
  batch: readonly Task[],
  backend: Client,
  queue: string,
  inTransaction: boolean,
): Promise<void> | undefined {
  const tasks = batch.filter((task) => task.dependsOn.length > 0)
  const listing = need(backend, 'listing', 'dependsOn')
  const inBatch = new Map(batch.map((task) => [task.taskId, task]))
  checkCircles(tasks, inBatch)
  const doubtful = tasks.flatMap((task) => doubtfulOf(task, inBatch, queue).map((id) => ({ task, id })))
  const [first] = doubtful
  if (!first) return undefined
  if (inTransaction) throw needsLook(first.task, first.id)
  return findAll(doubtful, listing, queue)
}

/** What is given as an id must be there now; of what is not, the store may know that it left without success. */
async function findAll(
  doubtful: readonly { readonly task: Task; readonly id: string }[],
  listing: Listing,
  queue: string,
): Promise<void> {
  const states = await listing.find(queue, [...new Set(doubtful.map(({ id }) => id))])
  const absent = doubtful.filter(({ id }) => !states.has(id))
  if (absent.length === 0) return
  const removed = await listing.removed(queue, [...new Set(absent.map(({ id }) => id))])
  for (const { task, id } of absent) {
    if (!removed.has(id)) throw new UnknownDependencyError(task.taskId, id, queue)
    if (task.onFailedDependency === 'fail') throw DependencyFailedError.removed(id)
  }
}

/** The ids that a task depends on of which it is not known that they have been put on its queue. */
function doubtfulOf(task: Task, inBatch: ReadonlyMap<string, Task>, queue: string): string[] {
  return task.dependencies.flatMap((dependency) => {
    if (typeof dependency === 'string') return inBatch.has(dependency) ? [] : [dependency]
    const { taskId, status, wasPushed } = dependency
    const hasFailed = status === FAILED || status === CANCELED
    if (hasFailed && task.onFailedDependency === 'fail')
      throw new DependencyFailedError(taskId, status === FAILED ? 'failed' : 'was canceled')
    if (status === SUCCESS || hasFailed || inBatch.has(taskId)) return []
    if (wasPushed && dependency.queue !== queue) throw elsewhere(taskId, dependency.queue, queue)
    return wasPushed ? [] : [taskId]
  })
}

/** Only what is pushed together can wait in a circle: whatever is on the queue already waits for nothing that comes later. */
function checkCircles(tasks: readonly Task[], inBatch: ReadonlyMap<string, Task>): void {
  const open = new Map(
    tasks.map((task) => [task.taskId, task.dependsOn.filter((id) => inBatch.has(id)).length]),
  )
  const dependents = new Map<string, string[]>()
  for (const { taskId, dependsOn } of tasks) for (const id of dependsOn) add(dependents, id, taskId)
  const free = [...inBatch.keys()].filter((id) => !open.get(id))
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    open.delete(id)
    for (const dependent of dependents.get(id) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1
      open.set(dependent, left)
      if (left === 0) free.push(dependent)
    }
  }
  for (const id of open.keys())
    throw new InvalidOptionError(
      'dependsOn',
      id,
      'It waits for tasks that wait for it, and none would ever run.',
    )
}

function elsewhere(id: string, queue: string | undefined, own: string): InvalidOptionError {
  const wayOut = `That task is on queue "${queue}", and tasks of "${own}" wait only for tasks of their own queue.`
  return new InvalidOptionError('dependsOn', id, wayOut)
}

function needsLook(task: Task, id: string): NotInTransactionError {
  const why = `the store must be asked for task ${id}, on which it depends`
  return new NotInTransactionError(`Task ${task.taskId}`, why, 'Pass the task itself, as gator.task gave it')
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
