import { randomUUID } from 'node:crypto'
import { systemTime } from './timers.js'
import { InvalidOptionError } from '../errors/index.js'

/** How many ids fit into one millisecond: the 12 bits after the version. */
const MOST = 4096

let last = 0
let count = 0
let prefix = ''

/**
 * A new task id: a UUID of version 7 (RFC 9562), which begins with the time and a count, so that the ids that one process
 * makes are in order, also within a millisecond. Random ones would make a database write a page of its index for each task.
 */
export function newTaskId(): string {
  const now = systemTime()
  count += 1
  if (now > last) begin(now)
  // More than fit, or the clock was set back: the next one is borrowed.
  else if (count === MOST) begin(last + 1)
  // The first digit of these four is the version.
  return prefix + (0x7000 + count).toString(16) + randomUUID().slice(18)
}

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** The Unix time in seconds that a UUID of version 7 begins with, as the ids do that Alligator makes. */
export function timeOfId(taskId: string): number | undefined {
  const [, high = '', low = ''] = UUID_V7.exec(taskId) ?? []
  return high === '' ? undefined : Number.parseInt(high + low, 16) / 1000
}

/** Whether `timeOfId` knows, in half its time: each enqueueing asks. */
export function tellsTime(taskId: string): boolean {
  return UUID_V7.test(taskId)
}

function begin(time: number): void {
  last = time
  count = 0
  const hex = time.toString(16).padStart(12, '0')
  prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-`
}

/**
 * Gives the id of a task back when a store can have it. A store that is asked for a task without an id may take the next one.
 *
 * @throws InvalidOptionError
 */
export function checkTaskId(taskId: unknown, option: string = 'taskId'): string {
  if (typeof taskId === 'string' && taskId !== '' && taskId.length <= 255) return taskId
  throw new InvalidOptionError(option, taskId, 'Pass the id of a task, text of 1 to 255 characters.')
}
