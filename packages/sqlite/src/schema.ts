import { StoreUnusableError } from '@alligator/core'
import type { SqliteDatabase } from './driver.js'

/**
 * Raised when the tables change so that an older package cannot use them; a further table is no such change, and is added to
 * a file that lacks it. Kept in a table of our own, since `user_version` is the app's.
 */
export const VERSION = 1

/**
 * One table holds the tasks of all queues. `due` alone tells their state, so that one small index finds every kind:
 *
 * - `NULL`: dead, with its `reason`;
 * - `0`: waiting (as zero, SQLite stores it in no bytes at all: since 3.54 no longer in an indexed column that is `REAL`);
 * - above 0: delayed until that Unix time;
 * - below 0: running, its lease ends at minus that Unix time.
 *
 * `seq` is the place in the line: a task keeps it while it runs and moves to a new one, the highest, when a delay ends or
 * it is kicked. `lease` is the proof of the last hand-out and stays after a lapse, until somebody else is given the task.
 * Queues have small numbers, because a name in each row and index entry would cost more than all the rest; their rows
 * are never deleted, so that a number once read stays true. A canonical uuid is stored as 16 bytes.
 * `alligator_meta` also counts, as `canceled`, how often tasks were taken from those who held them.
 * `alligator_workers` has the workers that announced themselves, as JSON, each until a Unix time.
 * `alligator_removed` has the tasks that left a queue without success, the last ones of the whole file.
 * `enqueued` is the time of that, where the id does not tell it.
 * `alligator_schedules` has what pushes tasks at certain times; `next` is absent while one is paused, and once it is over.
 * The payload comes last: what stands before it can be read without it.
 */
export const TABLES: string = `CREATE TABLE IF NOT EXISTS alligator_meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alligator_queues (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS alligator_tasks (
  seq INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL,
  id NOT NULL,
  due NUMERIC,
  deliveries INTEGER NOT NULL DEFAULT 0,
  lease INTEGER,
  reason TEXT,
  enqueued REAL,
  data NOT NULL
);
CREATE TABLE IF NOT EXISTS alligator_workers (id TEXT PRIMARY KEY, until REAL NOT NULL, info TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alligator_removed (seq INTEGER PRIMARY KEY, queue INTEGER NOT NULL, id NOT NULL);
CREATE TABLE IF NOT EXISTS alligator_schedules (
  queue TEXT NOT NULL,
  id TEXT NOT NULL,
  version TEXT NOT NULL,
  next REAL,
  state TEXT NOT NULL,
  data NOT NULL,
  PRIMARY KEY (queue, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alligator_schedules_next ON alligator_schedules (queue, next) WHERE next IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS alligator_removed_ids ON alligator_removed (queue, id);
CREATE UNIQUE INDEX IF NOT EXISTS alligator_ids ON alligator_tasks (id, queue);
CREATE INDEX IF NOT EXISTS alligator_due ON alligator_tasks (queue, due);
INSERT INTO alligator_meta VALUES ('version', ${VERSION}) ON CONFLICT DO NOTHING;
`

/** Tables that files of earlier versions lack. */
export const ADDED: readonly string[] = ['alligator_workers', 'alligator_removed', 'alligator_schedules']

/**
 * Creates the tables where they are missing, in the transaction that is open or else in one of its own, so that
 * processes which come at the same time see all of them or none. Gives whether there were none before.
 *
 * @throws StoreUnusableError when a newer version of this package made them.
 */
export function ensureSchema(db: SqliteDatabase, dsn: string): boolean {
  const found = readVersion(db)
  let isNew = found === undefined
  if (isNew || (found === VERSION && ADDED.some((name) => !hasTable(db, name)))) {
    if (db.inTransaction) db.exec(TABLES)
    else isNew = createTables(db)
  }
  checkVersion(readVersion(db), dsn)
  return isNew
}

/** @throws StoreUnusableError when a newer version of this package made the tables. */
export function checkVersion(version: unknown, dsn: string): void {
  if (version === VERSION) return
  throw new StoreUnusableError(
    dsn,
    `its tables have version ${String(version)} and this package knows version ${VERSION}`,
    'Upgrade @alligator/sqlite in every process that uses the file',
  )
}

/** Whether the tables are there. */
export function hasSchema(db: SqliteDatabase): boolean {
  return hasTable(db, 'alligator_tasks')
}

function createTables(db: SqliteDatabase): boolean {
  db.exec('BEGIN IMMEDIATE')
  try {
    const isNew = readVersion(db) === undefined
    db.exec(TABLES)
    db.exec('COMMIT')
    return isNew
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK')
  }
}

function readVersion(db: SqliteDatabase): unknown {
  if (!hasTable(db, 'alligator_meta')) return undefined
  const row = db
    .prepare("SELECT value FROM alligator_meta WHERE key = 'version'")
    .raw()
    .safeIntegers(false)
    .get()
  return (row as [unknown] | undefined)?.[0]
}

function hasTable(db: SqliteDatabase, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined
}
