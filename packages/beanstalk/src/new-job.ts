import { DelayTooLongError } from '@alligator/core'
import type { NewJob } from './channel.js'
import { MAX_UINT32, tailPriority } from './priority.js'

/** Where a new job joins its queue. */
export interface GoingIn {
  /** Unix time. */
  readonly delayUntil: number | undefined
  /** Its place among the levels. */
  readonly level: number
}

/** A job as it joins its queue, now or when it is due; times are Unix time, `ttr` is in seconds. */
export function newJob(body: string, { delayUntil, level }: GoingIn, now: number, ttr: number): NewJob {
  const delay = delayOf(delayUntil, now)
  // Its place is that of the time that was asked for: the rounded delay may end in the same second as that of an earlier one.
  const joins = delay > 0 && delayUntil !== undefined ? delayUntil : Math.floor(now)
  return { priority: tailPriority(joins, level), delay, ttr, body }
}

/**
 * A delay in whole seconds, never shorter.
 *
 * @throws DelayTooLongError
 */
export function delayOf(delayUntil: number | undefined, now: number): number {
  const delay = delayUntil === undefined ? 0 : Math.max(0, Math.ceil(delayUntil - now))
  if (delay > MAX_UINT32) throw new DelayTooLongError(delay, MAX_UINT32)
  return delay
}
