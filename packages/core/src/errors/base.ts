import { isError, propertyOf, textOf } from './thrown.js'

/** A value as it may stand in an error message: short, on one line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 120)) : write(value)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function write(value: unknown): string {
  try {
    return String(value)
  } catch {
    // Data of others may have a toString that is none.
    return textOf(value)
  }
}

/** The settings of our stores' DSNs whose values may be shown; what else stands there may be half of a password. */
const SHOWN: ReadonlySet<string> = new Set(
  (
    'account ack_replicas busy_timeout cluster create_queues db dead_letter_ttl endpoint group long_poll max_dead_letters ' +
    'poll prefix schema sentinel sslmode synchronous timeout ttr'
  ).split(' '),
)
/** A host or a file, with or without a port. A password without an `@` would stand here, after a colon. */
const PLACE = /^(?:\[[\da-f:.%]+\]|[^:[\]]*)(?::\d{1,5})?$|^:memory:$/i

/**
 * A DSN as it may be shown, without its user and password. What cannot be read for sure is hidden too: all up to the last
 * `@`, since a password may hold any character; what stands where a host should, and is none; settings that are not known.
 */
export function redactDsn(dsn: string): string {
  const hidden = dsn.replace(/^([a-z][a-z0-9+.-]*:)?(\/\/)?[^]*@/i, '$1$2***@')
  const [, start = '', places = '', path = '', query] =
    /^([a-z][a-z0-9+.-]*:\/\/(?:\*\*\*@)?|(?:[a-z][a-z0-9+.-]*:)?\*\*\*@)?([^/?]*)([^?]*)(?:\?([^]*))?$/i.exec(
      hidden,
    ) ?? []
  if (!places.split(',').every((place) => PLACE.test(place))) return `${start}***`
  return (
    start + places + path + (query === undefined ? '' : `?${query.split('&').map(redactSetting).join('&')}`)
  )
}

function redactSetting(setting: string): string {
  const [, name, rest = ''] = /^([^=]*)=[^#]*(#[^]*)?$/.exec(setting) ?? []
  if (name === undefined) return SHOWN.has(setting) ? setting : '***'
  return SHOWN.has(name) ? setting : `${name}=***${rest}`
}

/** What somebody says of a store, without the password of its DSN: a server may quote what it was sent. */
export function withoutPassword(text: string, dsn: string): string {
  const [, password = ''] = /^[a-z][a-z0-9+.-]*:\/\/[^:]*:([^]+)@/i.exec(dsn) ?? []
  const plain = unescaped(password)
  return [password, plain].reduce(
    (clean, word) => (word === '' ? clean : clean.replaceAll(word, '***')),
    text,
  )
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Which error it is; recognise errors by this, since two copies of a class can be loaded in one process. */
export type ErrorCode =
  | 'TASK_FAILED'
  | 'RESULT_TIMEOUT'
  | 'RESULT_GONE'
  | 'OUTPUT_GONE'
  | 'RESULT_NOT_STORABLE'
  | 'RETRY_IN'
  | 'SNOOZE'
  | 'GIVE_UP'
  | 'TASK_TIMEOUT'
  | 'TASK_ABORTED'
  | 'TASK_CANCELED'
  | 'TASK_GONE'
  | 'LEASE_LOST'
  | 'TASK_NOT_READY'
  | 'UNKNOWN_MODULE'
  | 'UNKNOWN_CALLABLE'
  | 'OTHER_FUNCTION'
  | 'OTHER_APP'
  | 'NO_INSPECTOR'
  | 'FORBIDDEN_REFERENCE'
  | 'UNREFERENCEABLE_FUNCTION'
  | 'AMBIGUOUS_MODULE'
  | 'DUPLICATE_REGISTRATION'
  | 'MULTIPLE_DELAY'
  | 'INVALID_OPTION'
  | 'INVALID_DSN'
  | 'UNKNOWN_SCHEME'
  | 'MISSING_BACKEND'
  | 'INVALID_ARGUMENT'
  | 'INVALID_PAYLOAD'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSIGNED_PAYLOAD'
  | 'BAD_SIGNATURE'
  | 'SECRET_MISSING'
  | 'DELAY_TOO_LONG'
  | 'DUPLICATE_TASK'
  | 'NOT_IN_TRANSACTION'
  | 'DEPENDENCY_FAILED'
  | 'UNKNOWN_DEPENDENCY'
  | 'BATCH_OVER'
  | 'TOO_MANY_DELIVERIES'
  | 'NOT_SUPPORTED'
  | 'CLOSED'
  | 'STORE_UNAVAILABLE'
  | 'STORE_UNUSABLE'
  | 'STORE_FULL'

/** The base of every error of Alligator. `code` says which it is, `cause` what led to it. */
export class AlligatorError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Tells an Alligator error, from whichever copy of this package, by its code. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is AlligatorError {
  if (!isError(error)) return false
  const own = propertyOf(error, 'code')
  return codes.some((code) => own === code)
}

/** Whether a repeated call gets the same error for sure: the cause is the caller, not the store. */
export function isCertain(error: unknown): boolean {
  return hasCode(error, ...CERTAIN)
}

const CERTAIN: readonly ErrorCode[] = [
  'CLOSED',
  'MISSING_BACKEND',
  'NOT_SUPPORTED',
  'INVALID_OPTION',
  'INVALID_DSN',
  'INVALID_ARGUMENT',
  'INVALID_PAYLOAD',
  'PAYLOAD_TOO_LARGE',
  'DELAY_TOO_LONG',
]

/** Whether the store may be able to do the same in a moment: it is away, or has no room now. */
export function isPassing(error: unknown): boolean {
  return hasCode(error, 'STORE_UNAVAILABLE', 'STORE_FULL')
}
