import { InvalidDsnError, InvalidOptionError, redactDsn } from '../../errors/index.js'

/**
 * Refuses what is neither a DSN nor a ready connection, which has a certain method; without one, only a DSN will do.
 *
 * @throws InvalidDsnError, InvalidOptionError
 *
 * @example
 * ```ts no-check
 * checkSource(dsnOrPool, 'connect', "Pass a DSN such as 'postgres://localhost/app', or a pool.")
 * ```
 */
export function checkSource(source: unknown, method: string | undefined, wayOut: string): void {
  if (typeof source === 'string') return checkSpace(source)
  const given = (source ?? {}) as Readonly<Record<string, unknown>>
  if (method !== undefined && typeof given[method] === 'function') return
  // Not what it holds, which may be a password.
  throw new InvalidOptionError('store', typeof source === 'object' && source ? 'an object' : source, wayOut)
}

/** A DSN from a file or a form often has a line break at its end. @throws InvalidDsnError */
export function checkSpace(dsn: string): void {
  if (dsn !== dsn.trim())
    throw new InvalidDsnError(dsn, 'white space stands before or after it', redactDsn(dsn.trim()))
}
