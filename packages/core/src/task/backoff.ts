import { type Duration, toSeconds } from '../base/duration.js'
import { InvalidOptionError } from '../errors/index.js'

/** How the pause before a retry grows. */
export interface BackoffCurve {
  /** The pause after the first failure. (Default: 1 s) */
  readonly initial?: Duration
  /** What each further failure multiplies it by. (Default: 2) */
  readonly factor?: number
  /** The longest pause. (Default: 1 h) */
  readonly max?: Duration
  /** Take a random part of the pause, so that tasks that failed together do not come back together. (Default: true) */
  readonly jitter?: boolean
}

/**
 * The pause before a retry: always the same (a {@link Duration}; `0` is at once), one for each failure (a list, whose last
 * one repeats), or growing (a {@link BackoffCurve}).
 */
export type Backoff = Duration | readonly Duration[] | BackoffCurve

/**
 * Seconds to pause after the `failures`-th failure, from 1. By default 1 s doubling to at most 1 h, times a random part
 * of 1 ("full jitter", after Marc Brooker, "Exponential Backoff and Jitter", 2015).
 *
 * @throws InvalidOptionError when `backoff` is none of the forms.
 */
export function backoffDelay(
  backoff: Backoff | undefined,
  failures: number,
  random: () => number = Math.random,
): number {
  if (backoff === undefined) return backoffDelay({}, failures, random)
  if (typeof backoff === 'number' || typeof backoff === 'string') return toSeconds(backoff, 'backoff')
  if (backoff === null || typeof backoff !== 'object') throw invalid(backoff)
  if (isList(backoff)) return listed(backoff, failures)
  const { initial = 1, factor = 2, max = 3600, jitter = true } = backoff
  if (!(factor >= 1)) throw new InvalidOptionError('backoff.factor', factor, 'Pass a number of 1 or more.')
  const pause = Math.min(
    toSeconds(initial, 'backoff.initial') * factor ** (failures - 1),
    toSeconds(max, 'backoff.max'),
  )
  return jitter ? pause * random() : pause
}

function listed(pauses: readonly Duration[], failures: number): number {
  const pause = pauses[Math.min(failures, pauses.length) - 1]
  if (pause === undefined) throw invalid(pauses)
  return toSeconds(pause, `backoff[${Math.min(failures, pauses.length) - 1}]`)
}

function isList(backoff: readonly Duration[] | BackoffCurve): backoff is readonly Duration[] {
  return Array.isArray(backoff)
}

function invalid(value: unknown): InvalidOptionError {
  return new InvalidOptionError(
    'backoff',
    JSON.stringify(value),
    "Pass seconds, text such as '5s', a list of those, or { initial, factor, max, jitter }.",
  )
}
