import { ClosedError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'

/** The start of the driver's code to what happened and what to do; the longer of two that match comes first. */
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

/** Tells that somebody else holds the file, or this connection, and that the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return true
  // The driver refuses writes while the app iterates over a query on the same connection.
  return error instanceof TypeError && /connection is busy/.test(error.message)
}

/** The driver's error in the words of this project; errors of our own are passed through. */
export function storeError(error: unknown, dsn: string): unknown {
  const code = codeOf(error)
  const why = error instanceof Error ? error.message : ''
  if (code.startsWith('SQLITE_FULL')) return new StoreFullError(dsn, why, error)
  if (code.startsWith('SQLITE_IOERR')) {
    const wayOut = 'Check the disk and its free space; what was asked may be tried again'
    return new StoreUnavailableError(dsn, `${why} (${code})`, `${wayOut}.`, error)
  }
  const known = UNUSABLE.find(([start]) => code.startsWith(start))
  if (known) return new StoreUnusableError(dsn, `${known[1]} (${why})`, `${known[2]}.`, error)
  if (error instanceof TypeError && /directory does not exist/.test(why))
    return new StoreUnusableError(
      dsn,
      'its folder does not exist',
      'Create the folder, or correct the path.',
      error,
    )
  if (error instanceof TypeError && /connection is not open/.test(why))
    return new ClosedError('The database connection')
  return error
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return error instanceof Error && typeof code === 'string' ? code : ''
}
