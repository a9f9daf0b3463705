import { type Duration, toSeconds } from '../base/duration.js'
import { InvalidOptionError } from '../errors/index.js'

/** Seconds. A shorter guard could be over before its task was handed out to anybody. */
const LEAST_GUARD = 1
/** Seconds. */
const LEAST_WAIT = 0.001
/** Characters. */
const LONGEST_KEY = 255

/** How a task is kept from being on its queue twice: what `options({ unique })` takes. */
export interface Unique {
  /** Tasks of a queue with the same key are the same. (Default: those of the same function and the same arguments) */
  readonly key?: string | undefined
  /**
   * `'started'`: another one stands in its way while that waits, is delayed or is to be retried. `'finished'`: also while that
   * runs. (Default: `'started'`, since one that runs may have read what has changed since)
   */
  readonly until?: 'started' | 'finished' | undefined
  /**
   * For this time after it was put on the queue it stands in the way of others in any case, also when it is done; at least a second.
   * (Default: only as `until` says)
   */
  readonly for?: Duration | undefined
  /**
   * What the call does when another one stands in the way. `'keep'`: leaves that as it is. `'replace'`: gives it the arguments,
   * delay and options of this call, unless it runs. `'throw'`: throws DuplicateTaskError. (Default: `'keep'`)
   */
  readonly onConflict?: 'keep' | 'replace' | 'throw' | undefined
  /** With `until: 'finished'`: if one runs, one more run follows it, with what the last call gave. (Default: false) */
  readonly rerun?: boolean | undefined
}

/** How many calls become one that comes after the last of them: what `options({ debounce })` takes. */
export interface Debounce {
  /** Calls on a queue with the same key become one. (Default: those of the same function and the same arguments) */
  readonly key?: string | undefined
  /** The time between the last call and the run. */
  readonly wait: Duration
  /** The longest time between the first call and the run, also while there are more calls. (Default: it waits for the last one) */
  readonly atMost?: Duration | undefined
}

/** How many calls become one in a length of time: what `options({ throttle })` takes. */
export interface Throttle {
  /** Calls on a queue with the same key count together. (Default: those of the same function and the same arguments) */
  readonly key?: string | undefined
  /** The time after one call was put on the queue in which no other is; at least a second. */
  readonly every: Duration
}

/** What keeps a task from being on its queue twice: one of these, at most. */
export interface GuardOptions {
  /** `true`, or how: it is not put on the queue while another one of the same key waits there. (Default: it always is) */
  readonly unique?: boolean | Unique | undefined
  /** It runs once, some time after the last of many calls with the same key. Not together with a delay. */
  readonly debounce?: Debounce | undefined
  /** Of many calls with the same key, one is put on the queue in a length of time. */
  readonly throttle?: Throttle | undefined
}

/** The options above, as they are given. */
export interface GivenGuards {
  readonly unique?: unknown
  readonly debounce?: unknown
  readonly throttle?: unknown
  readonly delayBy?: unknown
  readonly delayUntil?: unknown
}

/** What they come to: times are in seconds. */
export interface Guard {
  /** The option that it is of. */
  readonly option: 'unique' | 'debounce' | 'throttle'
  /** `undefined`: it is made of the function and its arguments. */
  readonly key: string | undefined
  readonly until: 'started' | 'finished'
  readonly onConflict: 'keep' | 'replace' | 'throw'
  readonly for: number | undefined
  readonly wait: number | undefined
  readonly atMost: number | undefined
  readonly rerun: boolean
}

const PLAIN = { key: undefined, until: 'started', onConflict: 'keep', rerun: false } as const
const WITHOUT_TIMES = { for: undefined, wait: undefined, atMost: undefined } as const

/** @throws InvalidOptionError */
export function readGuard(options: GivenGuards): Guard | undefined {
  const { unique, debounce, throttle } = options
  if (unique === undefined && debounce === undefined && throttle === undefined) return undefined
  const isUnique = unique !== undefined && unique !== false
  if (isUnique && debounce !== undefined) throw oneTooMany('debounce', debounce, 'unique')
  if (throttle !== undefined && (isUnique || debounce !== undefined))
    throw oneTooMany('throttle', throttle, isUnique ? 'unique' : 'debounce')
  if (isUnique) return readUnique(unique)
  if (throttle !== undefined) return readThrottle(throttle)
  return debounce === undefined ? undefined : readDebounce(debounce, options)
}

function readUnique(given: unknown): Guard {
  if (given === true) return { option: 'unique', ...PLAIN, ...WITHOUT_TIMES }
  const unique = record('unique', given, 'Pass true, or { key, until, for, onConflict, rerun }.')
  const until = oneOf('unique.until', unique['until'] ?? 'started', ['started', 'finished'])
  const { onConflict, rerun = false, for: time } = unique
  if (typeof rerun !== 'boolean') throw new InvalidOptionError('unique.rerun', rerun, 'Pass true or false.')
  if (rerun && until === 'started')
    throw new InvalidOptionError(
      'unique.rerun',
      rerun,
      "It takes `until: 'finished'`: else one that runs is in nobody's way.",
    )
  if (rerun && onConflict !== undefined && onConflict !== 'replace')
    throw new InvalidOptionError(
      'unique.onConflict',
      onConflict,
      'With `rerun` the last call counts, which replaces one that waits. Leave it out.',
    )
  return {
    ...{ option: 'unique', key: readKey('unique.key', unique['key']), until, rerun },
    onConflict: oneOf('unique.onConflict', onConflict ?? (rerun ? 'replace' : 'keep'), [
      'keep',
      'replace',
      'throw',
    ]),
    ...WITHOUT_TIMES,
    for: time === undefined ? undefined : toSeconds(time, 'unique.for', LEAST_GUARD),
  }
}

function readDebounce(given: unknown, { delayBy, delayUntil }: GivenGuards): Guard {
  const { key, wait, atMost } = record('debounce', given, "Pass { key, wait: '5s', atMost: '1m' }.")
  if (delayBy !== undefined || delayUntil !== undefined)
    throw new InvalidOptionError(
      delayBy === undefined ? 'delayUntil' : 'delayBy',
      delayBy ?? delayUntil,
      'With `debounce`, its `wait` is the delay. Leave one of the two out.',
    )
  const seconds = toSeconds(wait, 'debounce.wait', LEAST_WAIT)
  const most = atMost === undefined ? undefined : toSeconds(atMost, 'debounce.atMost', LEAST_WAIT)
  if (most !== undefined && most < seconds)
    throw new InvalidOptionError(
      'debounce.atMost',
      atMost,
      'That is shorter than `wait`, so that no call could put it off.',
    )
  return {
    ...{ option: 'debounce', ...PLAIN, ...WITHOUT_TIMES, key: readKey('debounce.key', key) },
    ...{ onConflict: 'replace', wait: seconds, atMost: most },
  }
}

function readThrottle(given: unknown): Guard {
  const { key, every } = record('throttle', given, "Pass { key, every: '1m' }.")
  const time = toSeconds(every, 'throttle.every', LEAST_GUARD)
  return { option: 'throttle', ...PLAIN, ...WITHOUT_TIMES, key: readKey('throttle.key', key), for: time }
}

function oneTooMany(option: string, given: unknown, other: string): InvalidOptionError {
  const wayOut = `There is \`${other}\` too, and each of them says by itself which calls are one too many. Pass one.`
  return new InvalidOptionError(option, given, wayOut)
}

function record(option: string, given: unknown, wayOut: string): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given))
    return given as Readonly<Record<string, unknown>>
  throw new InvalidOptionError(option, given, wayOut)
}

function oneOf<T extends string>(option: string, given: unknown, known: readonly T[]): T {
  if (known.includes(given as T)) return given as T
  throw new InvalidOptionError(option, given, `Pass ${known.map((name) => `'${name}'`).join(' or ')}.`)
}

function readKey(option: string, key: unknown): string | undefined {
  if (key === undefined || (typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY)) return key
  throw new InvalidOptionError(
    option,
    key,
    `Pass text of 1 to ${LONGEST_KEY} characters that says what must not be there twice, or leave it out: then it is ` +
      'made of the function and its arguments. Of what is longer, pass a hash.',
  )
}
