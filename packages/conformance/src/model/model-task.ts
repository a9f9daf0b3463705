import type { StoredState } from '@alligator/core'

/**
 * Where a waiting task stands among others: in the line, since it joined it at its tail; at the head, put back there; or
 * anywhere, where the contract is silent.
 */
export type Standing =
  | { readonly kind: 'line'; readonly rank: number; readonly since: number }
  | { readonly kind: 'head' }
  | { readonly kind: 'anywhere' }

/** The place of a delayed task; `rank` tells when it was pushed, unless it has been put back since. */
interface Delayed {
  readonly kind: 'delayed'
  readonly until: number
  readonly rank: number | undefined
}

/** What must be true of one task that a queue holds. */
export interface ModelTask {
  readonly id: string
  /** The place of its level, the first one first. */
  level: number
  data: string
  state: StoredState
  /** When the delay or the lease ends, in Unix seconds. */
  until: number
  deliveries: number
  receipt: string
  standing: Standing
  /** What it may be there under only once. */
  key?: string
  /** When it is due at the latest, whatever delay replaces its own. */
  latest?: number | undefined
  /** There while it is parked, delayed without an end: what it waits for, and when it is due after that, or 0. */
  parked?: { readonly waitsFor: Set<string>; readonly inAnyCase: boolean; readonly due: number } | undefined
}

/** What the model knows of the moment: the time, and how late the store may be. */
export interface Moment {
  readonly now: number
  readonly precision: number
}

/** The states that a task may be seen in: two within the moment that the store's resolution leaves open. */
export function statesOf({ state, until }: ModelTask, { now, precision }: Moment): readonly StoredState[] {
  if ((state !== 'delayed' && state !== 'running') || until > now) return [state]
  return until + precision <= now ? ['waiting'] : [state, 'waiting']
}

export function mustBeDue(task: ModelTask, moment: Moment): boolean {
  return statesOf(task, moment)[0] === 'waiting'
}

export function mayBeDue(task: ModelTask, moment: Moment): boolean {
  return statesOf(task, moment).includes('waiting')
}

/** Whether `a` must be handed out before `b`, both being due: levels that have shares follow each other in any order. */
export function precedes(a: ModelTask, b: ModelTask, isStrict: boolean, { precision }: Moment): boolean {
  if (a.level !== b.level) return isStrict && a.level < b.level
  const [first, second] = [placeOf(a), placeOf(b)]
  if (first.kind === 'head') return second.kind === 'line' || second.kind === 'delayed'
  if (first.kind === 'line' && second.kind === 'line') return first.rank < second.rank
  if (first.kind === 'line' && second.kind === 'delayed') return first.since < second.until
  if (first.kind !== 'delayed' || second.kind !== 'delayed') return false
  if (first.until !== second.until) return first.until + precision < second.until
  // Due at the very same time, they stand as they were pushed.
  return first.rank !== undefined && second.rank !== undefined && first.rank < second.rank
}

/** A due task joined the tail when its delay ended; a lapsed one may stand anywhere. */
function placeOf({ state, until, standing }: ModelTask): Standing | Delayed {
  const rank = standing.kind === 'line' ? standing.rank : undefined
  if (state === 'delayed') return { kind: 'delayed', until, rank }
  return state === 'running' ? { kind: 'anywhere' } : standing
}
