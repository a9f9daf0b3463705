import type { Backoff } from './backoff.js'
import type { Duration } from './duration.js'
import { InvalidOptionError } from './errors.js'
import { newTaskId } from './task-id.js'
import type { Task } from './task.js'

/** How a task runs. Every part is optional. */
export interface TaskOptions<R = unknown> {
  /** Its id on the queue, up to 255 characters. (Default: a UUID of version 7) */
  readonly taskId?: string | undefined
  /** How many more tries it gets after a failure. (Default: 0) */
  readonly retries?: number | undefined
  /** `false` runs it at once in this process; `'false'` and `'0'`, from an environment variable, mean false. (Default: true) */
  readonly isAsync?: boolean | string | undefined
  /** Called before each try. If it throws, the try has failed. */
  onStart?(this: void, task: Task<R>): unknown
  /** Called after success. If it throws, a warning is emitted and the task stays a success. */
  onSuccess?(this: void, task: Task<R>, result: R): unknown
  /** Called after each failed try; `task.retries += 1` in it grants one more. */
  onError?(this: void, task: Task<R>, error: unknown): unknown
  /** Tasks (or their ids) of the same queue that must have succeeded first. */
  readonly dependsOn?: Task | string | readonly (Task | string)[] | undefined
  /** How long to wait before it may run. Not together with `delayUntil`. */
  readonly delayBy?: Duration | undefined
  /** When it may run: a `Date`, or Unix time in seconds. */
  readonly delayUntil?: Date | number | undefined
  /** The pause before a retry. (Default: 1 s doubling to 1 h, with full jitter) */
  readonly backoff?: Backoff | undefined
  /** The longest that one try may take. (Default: no limit) */
  readonly timeout?: Duration | undefined
}

/** Seconds later than this, the year 5138, are surely milliseconds. */
const MAX_UNIX_SECONDS = 1e11

export function idOf(task: Task | string): string {
  return typeof task === 'string' ? task : task.taskId
}

export function checkId(taskId: string | undefined): string {
  if (taskId === undefined) return newTaskId()
  if (typeof taskId === 'string' && taskId !== '' && taskId.length <= 255) return taskId
  throw new InvalidOptionError(
    'taskId',
    taskId,
    'Pass text of 1 to 255 characters, or leave it out for a UUID.',
  )
}

export function checkRetries(retries: number): number {
  if (Number.isSafeInteger(retries) && retries >= 0) return retries
  throw new InvalidOptionError('retries', retries, 'Pass a whole number of 0 or more.')
}

export function readFlag(isAsync: boolean | string): boolean {
  if (typeof isAsync === 'boolean') return isAsync
  const text = String(isAsync).toLowerCase()
  if (text === 'false' || text === '0') return false
  if (text === 'true' || text === '1' || text === '') return true
  throw new InvalidOptionError(
    'isAsync',
    isAsync,
    "Pass true or false, or 'true', 'false', '1' or '0' from the environment.",
  )
}

export function unixSeconds(when: Date | number): number {
  const seconds = typeof when === 'number' ? when : when.getTime() / 1000
  if (Number.isFinite(seconds) && seconds >= 0 && seconds < MAX_UNIX_SECONDS) return seconds
  const wayOut =
    seconds >= MAX_UNIX_SECONDS
      ? 'That can only be milliseconds: divide by 1000, or pass a Date.'
      : 'Pass a Date or Unix seconds.'
  throw new InvalidOptionError('delayUntil', when, wayOut)
}
