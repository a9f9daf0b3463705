import type { StoredTask } from '../backend/contract.js'
import type { Priority } from '../base/priorities.js'
import type { Gator } from '../gator/gator.js'
import { likenessOf } from './likeness.js'
import { enqueuedAtOf, viewTask } from './task-view.js'

/** Which tasks are meant. What is left out does not matter; a task must match all that is there. */
export interface TaskFilter {
  /** The function: `module#name` as a listing shows it, or the name alone. */
  readonly task?: string | undefined
  /** What a dead letter died of: the code of the error, or a part of its message, in capitals or not. */
  readonly error?: string | undefined
  /** Unix time in seconds: died then or later; of what is not dead, enqueued. */
  readonly since?: number | undefined
  /** Unix time in seconds: died before then; of what is not dead, enqueued. */
  readonly until?: number | undefined
  readonly priority?: Priority | undefined
  /** What a dead letter died of, as a group of `deathsOf` names it. */
  readonly likeness?: string | undefined
}

/** Tells whether a task of a queue is meant. Its payload is read only where all else fits. */
export function createFilter(
  gator: Gator,
  { task, error, since, until, priority, likeness }: TaskFilter,
): (queue: string, stored: StoredTask) => Promise<boolean> {
  const wanted = error?.toLowerCase()
  return async (queue, stored) => {
    if (!isWithin(stored, since, until)) return false
    if (wanted !== undefined && !hasError(stored, wanted)) return false
    if (priority !== undefined && (stored.priority ?? 'normal') !== priority) return false
    if (task === undefined && likeness === undefined) return true
    const view = await viewTask(gator, queue, stored)
    if (likeness !== undefined && likenessOf(view) !== likeness) return false
    return task === undefined || hasName(view.name, task)
  }
}

/** What is not known to have died or been enqueued in time is not meant. */
function isWithin(stored: StoredTask, since: number | undefined, until: number | undefined): boolean {
  if (since === undefined && until === undefined) return true
  const at = stored.state === 'dead' ? stored.reason?.at : enqueuedAtOf(stored)
  return at != null && at >= (since ?? Number.NEGATIVE_INFINITY) && at < (until ?? Number.POSITIVE_INFINITY)
}

function hasError({ reason }: StoredTask, wanted: string): boolean {
  if (!reason) return false
  return reason.code.toLowerCase() === wanted || reason.message.toLowerCase().includes(wanted)
}

/** Whether a function is meant by its whole name, or by the name without its module. */
export function hasName(name: string | null, wanted: string): boolean {
  return name !== null && (name === wanted || name.slice(name.lastIndexOf('#') + 1) === wanted)
}
