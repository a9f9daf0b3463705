import { InvalidOptionError } from '../errors/index.js'

/** The levels of tasks on one queue, the first one first. */
export const PRIORITIES = ['highest', 'high', 'normal', 'low', 'lowest'] as const

/** The level of a task among those of its queue. */
export type Priority = (typeof PRIORITIES)[number]

/** How many tasks of each level are handed out while all have enough, in the order of `PRIORITIES`. */
export const SHARES: readonly number[] = [16, 8, 4, 2, 1]

/** The place of `normal` among `PRIORITIES`. */
export const NORMAL = 2

/** The place of a level among `PRIORITIES`; of none at all, that of `normal`. */
export function levelOf(priority: Priority | undefined): number {
  return priority === undefined ? NORMAL : PRIORITIES.indexOf(priority)
}

/** The level at a place among `PRIORITIES`; `undefined` for `normal`, and for no place. */
export function priorityAt(level: number): Priority | undefined {
  return level === NORMAL ? undefined : PRIORITIES[level]
}

/** @throws InvalidOptionError for what is no level, naming all of them. */
export function checkPriority(priority: unknown): Priority {
  const found = PRIORITIES.find((one) => one === priority)
  if (found) return found
  throw new InvalidOptionError('priority', priority, `Pass one of ${PRIORITIES.join(', ')}.`)
}
