import type { AnyFunction, FunctionRefs } from '../function-ref/index.js'
import type { PauseOptions } from '../backend/facets.js'
import { type Duration, toSeconds } from '../base/duration.js'
import { InvalidOptionError } from '../errors/index.js'
import { nameOf } from './task-pauses.js'

/** Characters; a store keeps it beside the pause, and screens show it on a line. */
const LONGEST_REASON = 500
/** Seconds. */
const LEAST_PAUSE = 1

/** What is paused, or resumed: the whole queue, unless it says otherwise. */
export interface PausedOptions {
  /** The tasks of one function alone: the function, or its name as listings have it, `module#name` or the name alone. */
  readonly task?: AnyFunction | string | undefined
}

/** How {@link Gator.pause} pauses. Every part is optional. */
export interface QueuePauseOptions extends PausedOptions {
  /** How long, 1 s at least. (Default: until somebody resumes it) */
  readonly for?: Duration | undefined
  /** Why, for those who find it paused: up to 500 characters. */
  readonly reason?: string | undefined
}

/** @throws InvalidOptionError */
export function readPause({ for: length, reason }: QueuePauseOptions): PauseOptions {
  return {
    for: length === undefined ? undefined : toSeconds(length, 'for', LEAST_PAUSE),
    reason: reason === undefined ? undefined : checkReason(reason),
  }
}

/** What the function of a pause is called. @throws InvalidOptionError, UnreferenceableFunctionError */
export function readPaused(refs: FunctionRefs, task: unknown): string {
  if (typeof task === 'function') return nameOf(refs, task as AnyFunction)
  if (typeof task === 'string' && task !== '' && task.length <= LONGEST_REASON) return task
  throw new InvalidOptionError('task', task, "Pass the function, or its name: 'src/mail#sendNewsletter'.")
}

function checkReason(reason: unknown): string {
  if (typeof reason === 'string' && reason.length <= LONGEST_REASON) return reason
  throw new InvalidOptionError('reason', reason, `Pass text of up to ${LONGEST_REASON} characters.`)
}
