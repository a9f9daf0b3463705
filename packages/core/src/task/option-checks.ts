import { InvalidOptionError } from '../errors/index.js'
import { newTaskId } from '../base/ids.js'

/** Seconds later than this, the year 5138, are surely milliseconds. */
const MAX_UNIX_SECONDS = 1e11

/** Gives an id back when a store can have it, and makes one where none is given. @throws InvalidOptionError */
export function checkId(taskId: string | undefined): string {
  if (taskId === undefined) return newTaskId()
  if (typeof taskId === 'string' && taskId !== '' && taskId.length <= 255) return taskId
  throw new InvalidOptionError(
    'taskId',
    taskId,
    'Pass text of 1 to 255 characters, or leave it out for a UUID.',
  )
}

/** Gives a number of retries back. @throws InvalidOptionError */
export function checkRetries(retries: number): number {
  if (Number.isSafeInteger(retries) && retries >= 0) return retries
  throw new InvalidOptionError('retries', retries, 'Pass a whole number of 0 or more.')
}

/** Reads `isAsync`, which may come from an environment variable. @throws InvalidOptionError */
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

/** A point in time as Unix seconds. @throws InvalidOptionError for what can only be milliseconds. */
export function unixSeconds(when: Date | number): number {
  const seconds = typeof when === 'number' ? when : when.getTime() / 1000
  if (Number.isFinite(seconds) && seconds >= 0 && seconds < MAX_UNIX_SECONDS) return seconds
  const wayOut =
    seconds >= MAX_UNIX_SECONDS
      ? 'That can only be milliseconds: divide by 1000, or pass a Date.'
      : 'Pass a Date or Unix seconds.'
  throw new InvalidOptionError('delayUntil', when, wayOut)
}
