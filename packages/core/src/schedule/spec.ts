import { checkCount } from '../base/count.js'
import { type Duration, toSeconds } from '../base/duration.js'
import { InvalidOptionError } from '../errors/index.js'
import { unixSeconds } from '../task/option-checks.js'

/**
 * When a schedule ticks: a cron expression of 5 fields, or of 6 with seconds first (`'0 9 * * 1-5'`, `'@daily'`); again and again
 * after a length of time (`{ every: '5m' }`); or once (`{ at: date }`, a `Date` or Unix time in seconds).
 */
export type ScheduleSpec = string | { readonly every: Duration } | { readonly at: Date | number }

/** What becomes of the ticks that no worker was there for: one task for all of them, a task for each, or nothing. */
export type Missed = 'once' | 'all' | 'skip'

/** How a schedule goes about its ticks. Every part is optional. */
export interface ScheduleOptions {
  /** The IANA name of the zone that a cron expression is meant in, such as `'Europe/Berlin'`. (Default: `'UTC'`) */
  readonly timeZone?: string | undefined
  /**
   * What becomes of ticks that no worker was there for: `'once'`, one task, for the last of them; `'all'`, a task for each of the
   * last 1,000; `'skip'`, nothing, once a tick is a minute late. (Default: `'once'`)
   */
  readonly missed?: Missed | undefined
  /** Each task may be due later than its tick, by a random part of this. (Default: 0) */
  readonly jitter?: Duration | undefined
  /** `'skip'` drops a tick while the task of the last one still waits, runs or is to be retried. (Default: `'allow'`) */
  readonly overlap?: 'allow' | 'skip' | undefined
  /** No tick is earlier; the ticks of an `every` are counted from then. A `Date`, or Unix time in seconds. */
  readonly startAt?: Date | number | undefined
  /** No tick is later. A `Date`, or Unix time in seconds. */
  readonly endAt?: Date | number | undefined
  /** It is over after this number of tasks. (Default: never) */
  readonly limit?: number | undefined
}

/** When a schedule ticks, as it is kept: one of the first three is there. Times are Unix seconds, lengths seconds. */
export interface Timing {
  readonly cron?: string | undefined
  readonly every?: number | undefined
  readonly at?: number | undefined
  readonly timeZone?: string | undefined
  readonly startAt?: number | undefined
  readonly endAt?: number | undefined
}

/** What is done at a tick, as it is kept. */
export interface Policy {
  readonly missed: Missed
  /** Seconds. */
  readonly jitter: number
  readonly overlap: 'allow' | 'skip'
  readonly limit?: number | undefined
}

/** Characters of an id: with a tick it is the id of a task, which has 255. */
const LONGEST_ID = 200
/** Characters of a cron expression. */
const LONGEST_CRON = 255
/** Seconds. */
const LEAST_EVERY = 1
const MISSED: readonly unknown[] = ['once', 'all', 'skip']
const OVERLAP: readonly unknown[] = ['allow', 'skip']

/** Gives the id of a schedule back. @throws InvalidOptionError */
export function checkScheduleId(id: unknown): string {
  if (typeof id === 'string' && id !== '' && id.length <= LONGEST_ID) return id
  const wayOut = `Pass text of 1 to ${LONGEST_ID} characters that stays the same, such as 'daily-digest'.`
  throw new InvalidOptionError('id (of a schedule)', id, wayOut)
}

/** Reads when a schedule ticks; whether a cron expression is one is seen when it is first used. @throws InvalidOptionError */
export function readTiming(spec: ScheduleSpec, options: ScheduleOptions): Timing {
  const startAt = readTime('startAt', options.startAt)
  const endAt = readTime('endAt', options.endAt)
  if (startAt !== undefined && endAt !== undefined && endAt < startAt)
    throw new InvalidOptionError(
      'endAt',
      options.endAt,
      'It is before startAt, so that nothing would ever run.',
    )
  const { timeZone } = options
  const times = readSpec(spec)
  if (timeZone !== undefined && times.cron === undefined)
    throw new InvalidOptionError('timeZone', timeZone, 'It is for cron expressions: leave it out.')
  return { ...times, timeZone: times.cron && checkTimeZone(timeZone ?? 'UTC'), startAt, endAt }
}

/** @throws InvalidOptionError */
export function readPolicy(options: ScheduleOptions): Policy {
  const { missed = 'once', overlap = 'allow', jitter = 0, limit } = options
  if (!MISSED.includes(missed))
    throw new InvalidOptionError('missed', missed, "Pass 'once', 'all' or 'skip'.")
  if (!OVERLAP.includes(overlap)) throw new InvalidOptionError('overlap', overlap, "Pass 'allow' or 'skip'.")
  return {
    missed,
    jitter: toSeconds(jitter, 'jitter'),
    overlap,
    limit: limit === undefined ? undefined : checkCount('limit', limit, 1),
  }
}

function readSpec(spec: unknown): Pick<Timing, 'cron' | 'every' | 'at'> {
  if (typeof spec === 'string') return { cron: checkLength(spec.trim().replaceAll(/\s+/g, ' ')) }
  const { every, at } = (spec ?? {}) as { every?: unknown; at?: unknown }
  if (every !== undefined && at === undefined) return { every: toSeconds(every, 'every', LEAST_EVERY) }
  if (at !== undefined && every === undefined) return { at: readTime('at', at as Date) }
  throw new InvalidOptionError('spec (of a schedule)', spec, SHAPE)
}

function checkLength(cron: string): string {
  if (cron.length <= LONGEST_CRON) return cron
  throw new InvalidOptionError('spec (its length)', cron.length, `Pass at most ${LONGEST_CRON} characters.`)
}

/** Whole milliseconds: the precision of a `Date`. */
function readTime(option: string, when: Date | number | undefined): number | undefined {
  return when === undefined ? undefined : Math.round(unixSeconds(when, option) * 1000) / 1000
}

function checkTimeZone(timeZone: unknown): string {
  try {
    if (typeof timeZone !== 'string') throw new RangeError('It is no text.')
    new Intl.DateTimeFormat('en', { timeZone })
    return timeZone
  } catch (cause) {
    const wayOut = "Pass the IANA name of a zone that this machine knows, such as 'Europe/Berlin'."
    throw new InvalidOptionError('timeZone', timeZone, wayOut, { cause })
  }
}

const SHAPE = "Pass a cron expression such as '0 9 * * 1-5', { every: '5m' }, or { at: date }."
