import { AlligatorError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'

/** The start of a server's code, what it means and what to do; trying again will not help. */
const UNUSABLE: readonly (readonly [start: string, why: string, wayOut: string])[] = [
  ['28', 'its user or password is wrong', 'Correct them in the DSN, or set PGUSER and PGPASSWORD'],
  ['3D000', 'it has no such database', 'Create it with `createdb`, or correct the name in the DSN'],
  [
    '42501',
    'its user may not do what this needs',
    'Give that user the rights that are listed in docs/postgres.md',
  ],
  [
    '42P01',
    'a table is missing',
    'Somebody has removed it: restart this process, which creates what is absent',
  ],
  ['42', 'it refuses a statement', 'Use PostgreSQL 13 or newer, and tables that this package has made'],
]

/** The start of the codes of what may be over in a moment. */
const PASSING = ['08', '57P0', '53300', '40001', '40P01', '55P03', '57014', '25006']

/** Whether the server has answered that it did nothing. Codes of class 08, and those of Node.js, leave that open. */
const ABORTED = ['40001', '40P01', '55P03', '25006', '53', '57014', '57P03']

/** What goes wrong behind a pooler that lends a connection for each transaction: another has the prepared statement. */
const PREPARED = ['26000', '42P05']

/** A statement was prepared on one connection, and is asked for on another. */
export function isAboutPrepared(error: unknown): boolean {
  return PREPARED.includes(codeOf(error))
}

/** Something with this key is there already. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === '23505'
}

/** Whether the statement may have been carried out all the same. */
export function leavesDoubt(error: unknown): boolean {
  return !ABORTED.some((start) => codeOf(error).startsWith(start))
}

/** Whether another host may do better. */
export function isOfHost(error: unknown): boolean {
  const code = codeOf(error)
  return !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P|25006|53300)/.test(code)
}

/** The driver's error, or the server's answer, in the words of this project; errors of our own are passed through. */
export function storeError(error: unknown, dsn: string): unknown {
  if (error instanceof AlligatorError || error instanceof TypeError) return error
  const [code, why] = [codeOf(error), messageOf(error)]
  if (/^53[12]00/.test(code)) return new StoreFullError(dsn, why, error)
  const known = UNUSABLE.find(([start]) => code.startsWith(start) && code.length === 5)
  if (known) return new StoreUnusableError(dsn, `${known[1]} (${why})`, `${known[2]}.`, error)
  if (/SASL|password must be a string/.test(why))
    return new StoreUnusableError(
      dsn,
      'it asks for a password',
      'Add it to the DSN, or set PGPASSWORD.',
      error,
    )
  if (/does not support SSL/.test(why))
    return new StoreUnusableError(dsn, 'it does not encrypt', 'Use ?sslmode=disable.', error)
  const isServers = code.length === 5 && /^[0-9][0-9A-Z]{4}$/.test(code)
  if (isServers && !PASSING.some((start) => code.startsWith(start))) return error
  const wayOut = 'Check that it runs and can be reached; what was asked may be tried again.'
  return new StoreUnavailableError(dsn, why, wayOut, error)
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** What went wrong: of several addresses, with the first one. */
function messageOf(error: unknown): string {
  const { errors, message } = (error ?? {}) as { errors?: readonly unknown[]; message?: string }
  if (errors?.length) return messageOf(errors[0])
  return (message || String(error)).replace(/\.$/, '')
}
