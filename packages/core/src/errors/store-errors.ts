import { AlligatorError, redactDsn, withoutPassword } from './base.js'

/** A DSN could not be read. */
export class InvalidDsnError extends AlligatorError {
  constructor(dsn: string, why: string, example: string) {
    super('INVALID_DSN', `The DSN "${redactDsn(dsn)}" cannot be used: ${why}. Write it like ${example}.`)
  }
}

/** No backend is registered for a DSN's scheme. */
export class UnknownSchemeError extends AlligatorError {
  readonly scheme: string

  constructor(scheme: string, wayOut: string) {
    super('UNKNOWN_SCHEME', `No backend is registered for "${scheme}://". ${wayOut}`)
    this.scheme = scheme
  }
}

/** The package of a backend, or its driver, is not installed or cannot be loaded. */
export class MissingBackendError extends AlligatorError {
  readonly packageName: string

  constructor(packageName: string, why: string, wayOut: string, cause?: unknown) {
    super('MISSING_BACKEND', `${packageName} cannot be loaded: ${why}. ${wayOut}`, { cause })
    this.packageName = packageName
  }
}

/** A task is larger than its store takes, or than the `maxPayload` of its gator. */
export class PayloadTooLargeError extends AlligatorError {
  readonly size: number
  readonly limit: number

  constructor(name: string, size: number, limit: number) {
    super(
      'PAYLOAD_TOO_LARGE',
      `The payload of ${name} has ${size} bytes, and at most ${limit} are taken. ` +
        'Keep large values in a database or a file, and pass their id.',
    )
    this.size = size
    this.limit = limit
  }
}

/** A delay is longer than the store can keep. */
export class DelayTooLongError extends AlligatorError {
  constructor(seconds: number, limit: number) {
    super(
      'DELAY_TOO_LONG',
      `A delay of ${seconds} s is more than the ${limit} s that this store can keep. Shorten it.`,
    )
  }
}

/** The store lacks what an operation needs. */
export class NotSupportedError extends AlligatorError {
  readonly operation: string
  /** The name of what the client lacks. */
  readonly missing: string
  /** The names of the stores that have it. */
  readonly stores: readonly string[]

  constructor(
    backend: string,
    operation: string,
    missing: string,
    stores: readonly string[],
    otherWayOut?: string,
  ) {
    const wayOut =
      stores.length > 0 ? `Use a store that has it: ${stores.join(', ')}` : 'No store has it so far'
    const other = otherWayOut === undefined ? '' : ` ${otherWayOut}.`
    super('NOT_SUPPORTED', `${backend} cannot do ${operation}: it has no "${missing}". ${wayOut}.${other}`)
    this.operation = operation
    this.missing = missing
    this.stores = stores
  }
}

/** A client or gator was used after `close()`. */
export class ClosedError extends AlligatorError {
  constructor(what: string) {
    super('CLOSED', `${what} is closed. Create a new one, or close it later.`)
  }
}

/** The store does not answer at the moment; the call may be repeated. */
export class StoreUnavailableError extends AlligatorError {
  constructor(dsn: string, why: string, wayOut: string, cause?: unknown) {
    super(
      'STORE_UNAVAILABLE',
      `The store at ${redactDsn(dsn)} is not available: ${withoutPassword(why, dsn)}. ${wayOut}`,
      {
        cause,
      },
    )
  }
}

/** The store answers, but cannot be used: not a database, no access, damaged. Trying again will not help. */
export class StoreUnusableError extends AlligatorError {
  constructor(dsn: string, why: string, wayOut: string, cause?: unknown) {
    super(
      'STORE_UNUSABLE',
      `The store at ${redactDsn(dsn)} cannot be used: ${withoutPassword(why, dsn)}. ${wayOut}`,
      { cause },
    )
  }
}

/** The store has no room left. Nothing was written. */
export class StoreFullError extends AlligatorError {
  constructor(dsn: string, why: string, cause?: unknown) {
    super(
      'STORE_FULL',
      `The store at ${redactDsn(dsn)} is full: ${withoutPassword(why, dsn)}. Free some room, then repeat the call; nothing was written.`,
      {
        cause,
      },
    )
  }
}
