/** A value as it may stand in an error message: short, on one line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : write(value)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function write(value: unknown): string {
  try {
    return String(value)
  } catch {
    // Data of others may have a toString that is none.
    return JSON.stringify(value) ?? typeof value
  }
}

/**
 * A DSN as it may be shown, without its user and password. What cannot be read for sure is hidden too: all up to the last
 * `@`, since a password may hold any character.
 */
export function redactDsn(dsn: string): string {
  return dsn
    .replace(/^([a-z][a-z0-9+.-]*:)?(\/\/)?[^]*@/i, '$1$2***@')
    .replace(/([?&][^=&]*(?:pass|pasw|pwd|auth|cred|secret|token|key)[^=&]*=)[^&#]*/gi, '$1***')
}

/** Which error it is; recognise errors by this, since two copies of a class can be loaded in one process. */
export type ErrorCode =
  | 'TASK_FAILED'
  | 'RETRY_IN'
  | 'SNOOZE'
  | 'GIVE_UP'
  | 'TASK_TIMEOUT'
  | 'TASK_ABORTED'
  | 'TASK_CANCELED'
  | 'LEASE_LOST'
  | 'TASK_NOT_READY'
  | 'UNKNOWN_MODULE'
  | 'UNKNOWN_CALLABLE'
  | 'OTHER_FUNCTION'
  | 'OTHER_APP'
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

/** Tells an error of any realm: a test runner has an `Error` of its own, which `instanceof` does not know. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]'
}

/** What an error says, or what was thrown in place of one, on one line. */
export function messageOf(error: unknown): string {
  return (isError(error) ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')
}

/** Tells an Alligator error, from whichever copy of this package, by its code. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is AlligatorError {
  return isError(error) && codes.some((code) => (error as { code?: unknown }).code === code)
}

/** Whether the store may be able to do the same in a moment: it is away, or has no room now. */
export function isPassing(error: unknown): boolean {
  return hasCode(error, 'STORE_UNAVAILABLE', 'STORE_FULL')
}
