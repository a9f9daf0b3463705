import { checkCount } from '../base/count.js'
import { toSeconds } from '../base/duration.js'
import { checkTaskId, newTaskId } from '../base/ids.js'
import { type Priority, checkPriority } from '../base/priorities.js'
import { checkNames } from '../base/option-names.js'
import { InvalidOptionError, MultipleDelayError } from '../errors/index.js'
import { LONGEST_LIST } from '../wire/limits.js'
import { type Backoff, checkBackoff } from './backoff.js'
import { type GivenGuards, type Guard, readGuard } from './guards.js'
import { isWritten } from './revive.js'

/** Seconds later than this, the year 5138, are surely milliseconds. */
const MAX_UNIX_SECONDS = 1e11
/** Seconds. */
const LEAST_TIMEOUT = 0.001

/** Those options of a task that are read here, as they are given. */
export interface GivenOptions extends GivenGuards {
  readonly taskId?: unknown
  readonly retries?: unknown
  readonly isAsync?: boolean | string | undefined
  readonly delayBy?: unknown
  readonly delayUntil?: Date | number | undefined
  readonly backoff?: Backoff | undefined
  readonly timeout?: unknown
  readonly priority?: unknown
  readonly keepResult?: unknown
  /** Tasks or their ids, one or several. */
  readonly dependsOn?: unknown
  readonly onFailedDependency?: unknown
}

/** Those options of a task that are checked or counted, as it has them. */
export interface CheckedOptions {
  readonly taskId: string | undefined
  readonly retries: number
  readonly isAsync: boolean
  /** Seconds. */
  readonly delayBy: number | undefined
  /** Unix seconds. */
  readonly delayUntil: number | undefined
  /** Seconds. */
  readonly timeout: number | undefined
  readonly priority: Priority
  /** Seconds. */
  readonly keepResult: number | undefined
  readonly dependsOn: readonly string[]
  readonly onFailedDependency: 'fail' | 'run'
  readonly guard: Guard | undefined
}

const NOTHING: readonly string[] = []

/** The names of all options of a task. */
export const TASK_OPTIONS = {
  taskId: true,
  retries: true,
  isAsync: true,
  onStart: true,
  onSuccess: true,
  onError: true,
  dependsOn: true,
  onFailedDependency: true,
  delayBy: true,
  delayUntil: true,
  backoff: true,
  timeout: true,
  headers: true,
  priority: true,
  keepResult: true,
  unique: true,
  debounce: true,
  throttle: true,
} as const

/**
 * Refuses options that no task has. A class of one's own may have more, which is up to it.
 *
 * @throws InvalidOptionError
 */
export function checkTaskNames(place: string, options: object): void {
  if (!isWritten(options)) checkNames(place, options, TASK_OPTIONS)
}

/**
 * Reads options, when they are given: those of a task, and those that many tasks are to be made with.
 *
 * @throws MultipleDelayError, InvalidOptionError
 */
export function checkTaskOptions(options: GivenOptions): CheckedOptions {
  const { taskId, delayBy, delayUntil, backoff, timeout, priority, keepResult, dependsOn } = options
  if (delayBy !== undefined && delayUntil !== undefined) throw new MultipleDelayError()
  if (backoff !== undefined) checkBackoff(backoff)
  return {
    taskId: taskId === undefined ? undefined : checkTaskId(taskId),
    retries: options.retries === undefined ? 0 : checkCount('retries', options.retries),
    isAsync: options.isAsync === undefined ? true : readFlag(options.isAsync),
    delayBy: delayBy === undefined ? undefined : toSeconds(delayBy, 'delayBy'),
    delayUntil: delayUntil === undefined ? undefined : unixSeconds(delayUntil),
    timeout: timeout === undefined ? undefined : readTimeout(timeout),
    priority: priority === undefined ? 'normal' : checkPriority(priority),
    keepResult: keepResult === undefined ? undefined : readKeeping(keepResult),
    dependsOn: dependsOn === undefined ? NOTHING : idsOf(dependsOn, taskId),
    onFailedDependency: readFate(options.onFailedDependency),
    guard: readGuard(options),
  }
}

/** The id of a task, made where none was given. */
export function idOrNew(taskId: string | undefined): string {
  return taskId ?? newTaskId()
}

/** When a delay is over that begins now, in Unix seconds. @throws InvalidOptionError */
export function dueAfter(delayBy: unknown, now: number): number {
  return Math.ceil((now + toSeconds(delayBy, 'delayBy')) * 1000) / 1000
}

/** A point in time as Unix seconds. @throws InvalidOptionError for what can only be milliseconds. */
export function unixSeconds(when: Date | number, option: string = 'delayUntil'): number {
  const seconds = typeof when === 'number' ? when : millisecondsOf(when) / 1000
  if (Number.isFinite(seconds) && seconds >= 0 && seconds < MAX_UNIX_SECONDS) return seconds
  const wayOut =
    seconds >= MAX_UNIX_SECONDS
      ? 'That can only be milliseconds: divide by 1000, or pass a Date.'
      : 'Pass a Date or Unix seconds.'
  throw new InvalidOptionError(option, when, wayOut)
}

/** By its method: a Date may come from another realm. */
function millisecondsOf(when: unknown): number {
  const read = (when as { getTime?: unknown } | null)?.getTime
  return typeof read === 'function' ? (when as Date).getTime() : Number.NaN
}

function readTimeout(timeout: unknown): number {
  const seconds = toSeconds(timeout, 'timeout')
  if (seconds >= LEAST_TIMEOUT) return seconds
  throw new InvalidOptionError(
    'timeout',
    timeout,
    'No attempt could succeed in that time. Leave it out for no limit, or pass at least 1 ms.',
  )
}

function readKeeping(keepResult: unknown): number {
  const seconds = toSeconds(keepResult, 'keepResult')
  if (seconds > 0) return seconds
  const wayOut = "Pass how long it is to be kept, such as '1h', or leave it out to keep none."
  throw new InvalidOptionError('keepResult', keepResult, wayOut)
}

/** Reads `isAsync`, which may come from an environment variable. @throws InvalidOptionError */
function readFlag(isAsync: boolean | string): boolean {
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

function readFate(given: unknown): 'fail' | 'run' {
  if (given === undefined || given === 'fail' || given === 'run') return given ?? 'fail'
  throw new InvalidOptionError('onFailedDependency', given, "Pass 'fail' or 'run'.")
}

function idsOf(dependsOn: unknown, taskId: unknown): string[] {
  const given: readonly unknown[] = Array.isArray(dependsOn) ? dependsOn : [dependsOn]
  const ids = given.map((one) => checkTaskId(idOf(one), 'dependsOn'))
  if (ids.length > LONGEST_LIST) {
    const wayOut = `Pass at most ${LONGEST_LIST}, or let tasks in between depend on parts of them.`
    throw new InvalidOptionError('dependsOn (their number)', ids.length, wayOut)
  }
  if (typeof taskId === 'string' && ids.includes(taskId))
    throw new InvalidOptionError('dependsOn', taskId, 'That is the task itself, which would wait for ever.')
  return ids
}

function idOf(task: unknown): unknown {
  return typeof task === 'object' ? (task as { taskId?: unknown } | null)?.taskId : task
}
