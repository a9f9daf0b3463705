import type { PauseOptions } from '../backend/facets.js'
import { type Duration, toSeconds } from '../base/duration.js'
import { InvalidOptionError } from '../errors/index.js'

/** Characters; a store keeps it beside the pause, and screens show it on a line. */
const LONGEST_REASON = 500
/** Seconds. */
const LEAST_PAUSE = 1

/** How {@link Gator.pause} pauses. Every part is optional. */
export interface QueuePauseOptions {
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

function checkReason(reason: unknown): string {
  if (typeof reason === 'string' && reason.length <= LONGEST_REASON) return reason
  throw new InvalidOptionError('reason', reason, `Pass text of up to ${LONGEST_REASON} characters.`)
}
