import { type Duration, toSeconds } from '../base/duration.js'
import { InvalidOptionError } from '../errors/index.js'
import { textOf } from '../errors/thrown.js'
import { LONGEST_LIST } from '../wire/limits.js'

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
 * one repeats), or growing (a {@link BackoffCurve}). A list has 1 to 1,000 of them.
 */
export type Backoff = Duration | readonly Duration[] | BackoffCurve

/**
 * Refuses what is no backoff, in all its parts.
 *
 * @throws InvalidOptionError
 */
export function checkBackoff(backoff: Backoff): void {
  if (typeof backoff === 'number' || typeof backoff === 'string') toSeconds(backoff, 'backoff')
  else if (backoff === null || typeof backoff !== 'object') throw invalid(backoff)
  else if (isList(backoff)) checkList(backoff)
  else checkCurve(backoff)
}

function checkList(pauses: readonly Duration[]): void {
  if (pauses.length === 0) throw invalid(pauses)
  if (pauses.length > LONGEST_LIST) {
    const wayOut = `Pass at most ${LONGEST_LIST}; the last one repeats.`
    throw new InvalidOptionError('backoff (its length)', pauses.length, wayOut)
  }
  for (const [at, pause] of pauses.entries()) toSeconds(pause, `backoff[${at}]`)
}

function checkCurve({ initial = 1, factor = 2, max = 3600, jitter = true }: BackoffCurve): void {
  toSeconds(initial, 'backoff.initial')
  toSeconds(max, 'backoff.max')
  if (!(Number.isFinite(factor) && factor >= 1))
    throw new InvalidOptionError('backoff.factor', factor, 'Pass a number of 1 or more.')
  if (typeof jitter !== 'boolean')
    throw new InvalidOptionError('backoff.jitter', jitter, 'Pass true or false.')
}

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
  if (backoff === undefined) return curved({}, failures, random)
  checkBackoff(backoff)
  if (typeof backoff === 'number' || typeof backoff === 'string') return toSeconds(backoff, 'backoff')
  if (!isList(backoff)) return curved(backoff, failures, random)
  return toSeconds(backoff[Math.min(failures, backoff.length) - 1], 'backoff')
}

function curved(curve: BackoffCurve, failures: number, random: () => number): number {
  const { initial = 1, factor = 2, max = 3600, jitter = true } = curve
  const pause = Math.min(
    toSeconds(initial, 'backoff.initial') * factor ** (failures - 1),
    toSeconds(max, 'backoff.max'),
  )
  return jitter ? pause * random() : pause
}

function isList(backoff: readonly Duration[] | BackoffCurve): backoff is readonly Duration[] {
  return Array.isArray(backoff)
}

function invalid(value: unknown): InvalidOptionError {
  return new InvalidOptionError(
    'backoff',
    textOf(value),
    "Pass seconds, text such as '5s', a list of those, or { initial, factor, max, jitter }.",
  )
}
