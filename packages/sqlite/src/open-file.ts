import { closeSync, openSync, statSync } from 'node:fs'
import { type StoreUnavailableError, redactDsn } from '@alligator/core'
import { performance } from '@alligator/core/backend'
import type { SqliteDatabase } from './driver.js'
import { changedFile } from './store-error.js'

/** Milliseconds between two looks at the size of the `-wal`. */
const MEASURE_EVERY = 1000
/** Bytes of a `-wal` that is not as it should be: checkpoints begin at 4 MB. */
export const LARGE_WAL: number = 64 * 1024 * 1024
/** Milliseconds that a checkpoint waits for readers. Short, because it blocks the event loop. */
const CHECKPOINT_WAIT = 20

/** Creates a file that only its owner can read, unless it is there; SQLite gives its mode to the `-wal` and the `-shm`. */
export function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch {
    // It is there, or it cannot be created: SQLite says why.
  }
}

/**
 * The file behind an open connection. A path may come to mean another file, or none, while the connection goes on with the
 * one that it has opened: whatever is written there is lost to everybody else. So the path is looked at again and again.
 */
export class OpenFile {
  readonly #dsn: string
  readonly #path: string
  readonly #opened: string | undefined
  #measuredAt = performance.now()
  #warnAt = LARGE_WAL

  constructor(path: string, dsn: string) {
    this.#path = path
    this.#dsn = dsn
    this.#opened = identityOf(path)
  }

  /** What to tell, once the path leads to another file or to none. */
  change(): StoreUnavailableError | undefined {
    const found = identityOf(this.#path)
    if (found === this.#opened) return undefined
    const what = found === undefined ? 'moved or deleted' : 'replaced by another one'
    return changedFile(this.#dsn, `its file was ${what} while it was in use`)
  }

  /**
   * Empties a `-wal` that has grown large, or warns. While somebody reads, a checkpoint cannot reach the end of it, and so
   * it never starts anew; this kind of checkpoint lets those who begin to read meanwhile read none of it.
   */
  trim(db: SqliteDatabase): void {
    const now = performance.now()
    if (now - this.#measuredAt < MEASURE_EVERY) return
    this.#measuredAt = now
    const size = walSize(this.#path)
    if (size < LARGE_WAL) this.#warnAt = LARGE_WAL
    else if (!emptyWal(db) && size >= this.#warnAt) {
      this.#warnAt = size * 2
      warnOfWal(this.#dsn, size)
    }
  }
}

/** Bytes of the `-wal` beside a file. */
export function walSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/** No two files have the same at one time, and that of a file which is open is not used again. */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

function emptyWal(db: SqliteDatabase): boolean {
  db.exec(`PRAGMA busy_timeout = ${CHECKPOINT_WAIT}`)
  try {
    const [isBusy] = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw().get() as [number]
    return Number(isBusy) === 0
  } catch {
    // A writer is in its way.
    return false
  } finally {
    db.exec('PRAGMA busy_timeout = 0')
  }
}

function warnOfWal(dsn: string, size: number): void {
  const message =
    `The -wal file of ${redactDsn(dsn)} has grown to ${Math.round(size / 1e6)} MB, because somebody keeps reading the file: ` +
    'a query that was not read to its end, a transaction that was not ended, a backup. ' +
    'Until then it grows with every write; it shrinks once they have ended.'
  process.emitWarning(message, { type: 'AlligatorWarning', code: 'ALLIGATOR_SQLITE_WAL' })
}
