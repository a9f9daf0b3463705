import type { StoredState } from '../backend/contract.js'
import type { Finished } from '../backend/facets.js'
import { isCount } from '../base/count.js'
import type { Payload } from '../base/payload.js'
import { type AlligatorError, DependencyFailedError, InvalidOptionError, hasCode } from '../errors/index.js'
import { backoffDelay } from '../task/backoff.js'
import type { Task } from '../task/task.js'
import { ownVerdict } from '../task/verdicts.js'

/** What is to become of a delivery. Deciding changes nothing; `settle` carries it out. Pauses are in seconds. */
export type Verdict =
  /** The task ran to its end: it is acknowledged, and gone from the store, which keeps its result where there is one to keep. */
  | {
      readonly type: 'success'
      readonly kept?: Omit<Finished, 'delivery'>
      readonly refused?: AlligatorError
    }
  /** The attempt failed, and one retry is charged. */
  | { readonly type: 'retry'; readonly error: unknown; readonly pause: number }
  /** The task asked for a pause; no attempt is charged. */
  | { readonly type: 'snoozed'; readonly error: unknown; readonly pause: number }
  /** It is a dead letter. */
  | { readonly type: 'dead'; readonly error: unknown }
  /** It cannot run here, but perhaps elsewhere or soon; `data` is its payload with a note of when that was first met. */
  | { readonly type: 'unknown'; readonly error: unknown; readonly pause: number; readonly data?: Payload }
  /** What it depends on is not done. */
  | { readonly type: 'blocked'; readonly pause: number }
  /** Its worker must go, or had no slot for it; `deliveries` is how often it counts as handed out from then on. */
  | { readonly type: 'released'; readonly deliveries: number }
  /** It is not this worker's any more. */
  | { readonly type: 'canceled' | 'lost'; readonly error: unknown }

type VerdictOf<T extends Verdict['type']> = Extract<Verdict, { readonly type: T }>

export const SUCCEEDED: Verdict = { type: 'success' }

/** Seconds until another look at a task whose dependencies are not done. */
export const BLOCKED_PAUSE = 1
/** Seconds that a task which is unknown here stays on the queue before the next worker may take it: doubling up to this. */
const UNKNOWN_PAUSE = 60

/** What a deploy or another worker can still fix: code that is not there yet, is another, is there twice or cannot be found; a secret. */
const NOT_FOUND = [
  'UNKNOWN_MODULE',
  'UNKNOWN_CALLABLE',
  'OTHER_FUNCTION',
  'OTHER_APP',
  'NO_INSPECTOR',
  'AMBIGUOUS_MODULE',
  'SECRET_MISSING',
] as const

/** After an attempt that threw `error`. */
export function afterFailure(task: Task, error: unknown): VerdictOf<'retry' | 'snoozed' | 'dead'> {
  const own = ownVerdict(error)
  // A hook may have written anything there, and what cannot be stored could never be read again.
  if (!isCount(task.retries)) return { type: 'dead', error: wrongRetries(task.retries, error) }
  if (own?.type === 'snooze') return { type: 'snoozed', error, pause: own.seconds }
  if (own?.type === 'give-up' || task.retries === 0) return { type: 'dead', error }
  if (own) return { type: 'retry', error, pause: own.seconds }
  try {
    return { type: 'retry', error, pause: backoffDelay(task.backoff, task.attempt) }
  } catch (failure) {
    // Left unsettled it would run again and again.
    return { type: 'dead', error: failure }
  }
}

function wrongRetries(retries: unknown, cause: unknown): InvalidOptionError {
  return new InvalidOptionError('retries', retries, 'A hook has set it to that; add whole numbers.', {
    cause,
  })
}

/** Whether a task that could not be read may be readable elsewhere, or later. */
export function mayBeFound(error: unknown): boolean {
  return hasCode(error, ...NOT_FOUND)
}

/**
 * For a task that cannot run here and has been met as such for `age` seconds, of `ttl` that it has: seconds until another look,
 * or `undefined` when its time is over. An old worker meets a new task during a deploy.
 */
export function pauseWhileUnknown(age: number, ttl: number): number | undefined {
  return age >= ttl ? undefined : Math.min(UNKNOWN_PAUSE, Math.max(1, age))
}

/** By those of the tasks that it depends on that left without success; `undefined`: none did. */
export function byRemovals(removed: ReadonlySet<string>): Verdict | undefined {
  const [id] = removed
  return id === undefined ? undefined : { type: 'dead', error: DependencyFailedError.removed(id) }
}

/** By the states of the tasks that it depends on, as far as the store still has them; `undefined`: none of them is dead. */
export function byDeaths(states: ReadonlyMap<string, StoredState>): Verdict | undefined {
  for (const [id, state] of states)
    if (state === 'dead') return { type: 'dead', error: new DependencyFailedError(id) }
  return undefined
}

/** By the states of tasks that must have ended before it, in whatever way; `undefined`: they have. */
export function byEnd(states: ReadonlyMap<string, StoredState>): Verdict | undefined {
  for (const state of states.values()) if (state !== 'dead') return { type: 'blocked', pause: BLOCKED_PAUSE }
  return undefined
}
