import { ClosedError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'

/** The start of the driver's code, what happened, and what to do. */
const UNUSABLE: readonly (readonly [code: string, why: string, wayOut: string])[] = [
  ['SQLITE_NOTADB', 'the file is not a database', 'Check the path; if it is right, move the file away'],
  [
    'SQLITE_CORRUPT',
    'the file is damaged',
    'Stop its processes, then repair it with `sqlite3 FILE .recover`',
  ],
  [
    'SQLITE_READONLY',
    'it cannot be written',
    'Give this user write permission on the file and on its folder, where SQLite keeps its -wal and -shm files',
  ],
  [
    'SQLITE_CANTOPEN',
    'the file cannot be opened or created',
    'Check that the path names a file in a folder which this user may write to',
  ],
  ['SQLITE_PERM', 'access is denied', 'Give this user write permission on the file and on its folder'],
]

const BUSY = ['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_PROTOCOL']

/** What is looked at of an error: not its class, for which a test under jest has another of the same name. */
interface Told {
  readonly code?: unknown
  readonly message?: unknown
}

/** Tells that somebody else holds the file, or this connection, and that the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const [code, message] = read(error)
  if (BUSY.some((start) => code.startsWith(start))) return true
  // The driver refuses writes while the app iterates over a query on the same connection.
  return message.includes('connection is busy executing a query')
}

/** Tells that the tables are gone: somebody has dropped them, and the next call makes them anew. */
export function isDropped(error: unknown): boolean {
  const [code, message] = read(error)
  return code === 'SQLITE_ERROR' && message.startsWith('no such table: ')
}

/** The store is not what it was when it was opened; what the next call finds, or makes, is used from then on. */
export function changedFile(dsn: string, what: string, cause?: unknown): StoreUnavailableError {
  const wayOut =
    'The next call opens it anew, and makes it where it is missing. Stop all processes that use it before you do such a thing.'
  return new StoreUnavailableError(dsn, what, wayOut, cause)
}

/** The driver's error in the words of this project; errors of our own are passed through. */
export function storeError(error: unknown, dsn: string): unknown {
  const [code, message] = read(error)
  if (isDropped(error))
    return changedFile(dsn, `its tables were dropped while it was in use (${message})`, error)
  if (code.startsWith('SQLITE_FULL')) return new StoreFullError(dsn, message, error)
  if (code.startsWith('SQLITE_IOERR')) {
    const wayOut = 'Check the disk and its free space; what was asked may be tried again.'
    return new StoreUnavailableError(dsn, `${message} (${code})`, wayOut, error)
  }
  const known = UNUSABLE.find(([start]) => code.startsWith(start))
  if (known) return new StoreUnusableError(dsn, `${known[1]} (${message})`, `${known[2]}.`, error)
  if (message.includes('directory does not exist'))
    return new StoreUnusableError(
      dsn,
      'its folder does not exist',
      'Create the folder, or correct the path.',
      error,
    )
  if (message === 'The database connection is not open') return new ClosedError('The database connection')
  return error
}

function read(error: unknown): [code: string, message: string] {
  const { code, message } = (error ?? {}) as Told
  return [typeof code === 'string' ? code : '', typeof message === 'string' ? message : '']
}
