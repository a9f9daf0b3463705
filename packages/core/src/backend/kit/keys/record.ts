import type { UniqueKey } from '../../contract.js'

/** Seconds for which a key is taken while a step over both stores is under way: a process that dies in it frees the key so late. */
export const BRIEF = 15
/** Seconds for which a task keeps its key without a sign of life: no queue of SQS keeps a message longer. */
export const KEPT: number = 14 * 24 * 3600
/** Seconds by which two clocks may differ in their last digits. */
const ROUNDING = 0.001

/**
 * A task that has a key, or is about to have it. Times are Unix times of the state store.
 *
 * It is _being pushed_ until it has an id, then it _waits_: it may be due, delayed, or to be retried. It _runs_ while it has a lease that
 * is not over. It is _over_ once it has succeeded, and then kept only for as long as `for` says; or once it is a dead letter, and then kept
 * only for the payload that has replaced its own.
 */
export interface Entry {
  /** That of its message. */
  readonly token: string
  /** The id that it was pushed with, by which a push that is made again is told. */
  readonly pushedAs: string
  /** The id that its store knows it by. Absent: it is being pushed. */
  readonly id?: string | undefined
  /** When it is forgotten. */
  readonly until: number
  /** What the queue's mark was: each time that the queue is dropped it has another. */
  readonly drop: string
  /** The hand-out that holds it, and the end of its lease. */
  readonly run?: string | undefined
  readonly end?: number | undefined
  /** How often its store had handed it out by then, and how many of these were before it was replaced. */
  readonly seen?: number | undefined
  readonly former?: number | undefined
  readonly isOver?: boolean | undefined
  /** Until when it is in the way in any case. */
  readonly for?: number | undefined
  /** When it is due at the latest, whatever replaces its delay. */
  readonly latest?: number | undefined
  /** When it is due, as far as is known. */
  readonly due?: number | undefined
  /** Whether whoever is handed it out must look at `due`: its message may come earlier. */
  readonly isHeld?: boolean | undefined
  /** How often it was replaced. */
  readonly version: number
  /** The version before which the note of the former payload was taken away. */
  readonly cleared?: number | undefined
  /** The key under which the payload of that version is. */
  readonly data?: string | undefined
  /** The token of the one that it is to follow. */
  readonly after?: string | undefined
  /** Its level, unless that is the usual one. */
  readonly priority?: string | undefined
  /** Until when its id may be another one than is known. */
  readonly moves?: number | undefined
}

/** What is kept of one key, as it was read. */
export interface Record {
  /** The text that is kept. */
  readonly text: string | undefined
  /** The tasks that count, in the order in which they were pushed. */
  readonly entries: readonly Entry[]
  readonly now: number
  readonly drop: string
}

/** What was found of a key. */
export interface Found {
  /** What stands in the way. */
  readonly other: Entry | undefined
  /** The id of one that runs. */
  readonly runs: string | undefined
}

export function isRunning({ isOver, end = 0 }: Entry, now: number): boolean {
  return isOver !== true && end > now
}

export function isWaiting(entry: Entry, now: number): boolean {
  return entry.isOver !== true && !isRunning(entry, now)
}

/** Whether a time has not come yet. */
export function isLater(time: number | undefined, now: number): boolean {
  return time !== undefined && time > now + ROUNDING
}

/** Looks for what stands in the way of another task: one that waits rather than one that runs, of several the last. */
export function judge(entries: readonly Entry[], { until, besides }: UniqueKey, now: number): Found {
  const latest = entries.toReversed()
  const running = latest.filter((entry) => isRunning(entry, now))
  const isInTheWay = ({ id }: Entry) => besides === undefined || id !== besides
  const other =
    latest.find((entry) => isWaiting(entry, now)) ??
    (until === 'finished' ? running.find(isInTheWay) : undefined) ??
    latest.find((entry) => isLater(entry.for, now) && isInTheWay(entry))
  return { other, runs: running[0]?.id }
}

/** What whoever else has written is taken for: nothing stands in the way. */
export function readEntries(text: string | undefined, now: number, drop: string): readonly Entry[] {
  try {
    const entries: unknown = JSON.parse(text ?? '[]')
    const isOne = (entry: unknown): entry is Entry =>
      typeof (entry as Partial<Entry> | null)?.token === 'string'
    return Array.isArray(entries)
      ? entries.filter(isOne).filter((entry) => entry.until > now && entry.drop === drop)
      : []
  } catch {
    return []
  }
}

/** The entries with another one in the place of that with its token, or at the end. */
export function withEntry(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const at = entries.findIndex(({ token }) => token === entry.token)
  return at < 0 ? [...entries, entry] : entries.with(at, entry)
}

export function without(entries: readonly Entry[], token: string): readonly Entry[] {
  return entries.filter((entry) => entry.token !== token)
}

/** A task that is pushed, or put off, with a delay that ends at `due`, if it has one. */
export function keptUntil(due: number | undefined, time: number | undefined, now: number): number {
  return Math.max(now, due ?? 0, time ?? 0) + KEPT
}
