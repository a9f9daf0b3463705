import type { Delivery, Placed, PushItem } from '@alligator/core'
import type { Trial } from './trial.js'

/** What the tasks of each trial were called when they were pushed, by the ids that their store has given them. */
const names = new WeakMap<Trial, Map<string, string>>()

export function namesOf(trial: Trial): Map<string, string> {
  const known = names.get(trial) ?? new Map<string, string>()
  names.set(trial, known)
  return known
}

export function nameOf(trial: Trial, taskId: string): string {
  return namesOf(trial).get(taskId) ?? taskId
}

export function idOf(trial: Trial, name: string): string {
  for (const [taskId, known] of namesOf(trial)) if (known === name) return taskId
  return name
}

/** Deliveries under the names of their tasks. */
export function named(trial: Trial, deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.map((delivery) => ({ ...delivery, taskId: nameOf(trial, delivery.taskId) }))
}

export async function pushPlain(trial: Trial, queue: string, name: string): Promise<void> {
  const [taskId = name] = await trial.push(queue, [name])
  namesOf(trial).set(taskId, name)
}

/** Pushes, and gives what became of each, with names in the place of ids. */
export async function push(
  trial: Trial,
  queue: string,
  items: readonly PushItem[],
  transaction?: object,
): Promise<Placed[]> {
  const placed = await trial.uniqueness.push(queue, items, transaction)
  for (const [at, { taskId, isDuplicate }] of placed.entries())
    if (!isDuplicate) namesOf(trial).set(taskId, items[at]?.taskId ?? taskId)
  return placed.map(({ taskId, isDuplicate, runs }) => ({
    taskId: nameOf(trial, taskId),
    isDuplicate,
    runs: runs === undefined ? undefined : nameOf(trial, runs),
  }))
}
