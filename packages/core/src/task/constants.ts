/**
 * The states a {@link Task} goes through, as numbers on `task.status`. The values follow the seeds' `alligator.constants`.
 */

/** On the queue, or not yet put there. */
export const WAITING = 0
/** Ran to its end. */
export const SUCCESS = 1
/** Failed with no retries left; on a queue it is now a dead letter. */
export const FAILED = 2
/** On the queue, but not due yet. */
export const DELAYED = 3
/** Failed, and back on the queue (or about to run again in this process). */
export const RETRYING = 4
/** Taken off the queue for good, before it ran or while it did. */
export const CANCELED = 5

/** One of the task states: `WAITING`, `SUCCESS`, `FAILED`, `DELAYED`, `RETRYING` or `CANCELED`. */
export type TaskStatus = 0 | 1 | 2 | 3 | 4 | 5

const STATUS_NAMES = ['waiting', 'success', 'failed', 'delayed', 'retrying', 'canceled'] as const

/** A task state in words. */
export type TaskStatusName = (typeof STATUS_NAMES)[number]

/** @example `nameOfStatus(DELAYED)` is `'delayed'`. */
export function nameOfStatus(status: TaskStatus): TaskStatusName {
  return STATUS_NAMES[status]
}

/** The name of the queue that is used when none is given. */
export const ALL = 'all'
