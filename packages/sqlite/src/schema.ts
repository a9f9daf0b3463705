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
 * What waits at another level than the usual one has a `due` between 0 and 1 of its own, which `level` keeps while it does not wait: a delay
 * that is over, for whoever does not look closer. So a queue on which all is usual pays nothing for levels.
 *
 * `seq` is the place in the line: a task keeps it while it runs and moves to a new one, the highest, when a delay ends or
 * it is kicked. `lease` is the proof of the last hand-out and stays after a lapse, until somebody else is given the task.
 * Queues have small numbers, because a name in each row and index entry would cost more than all the rest; their rows
 * are never deleted, so that a number once read stays true. A canonical uuid is stored as 16 bytes.
 * `alligator_meta` also counts, as `canceled`, how often tasks were taken from those who held them.
 * `alligator_workers` has the workers that announced themselves, as JSON, each until a Unix time.
 * `alligator_tallies` has how tries have ended, for each minute or hour of a queue in which any did.
 * `alligator_removed` has the tasks that left a queue without success, the last ones of the whole file.
 * `alligator_state` has what is kept by name, until a Unix time or for good.
 * `alligator_pauses` has the queues that are paused, and `until` when, unless somebody resumes them.
 * `enqueued` is the time of that, where the id does not tell it.
 * `ukey` is what a task may be there under only once: 16 bytes, and 8 more if it is due at a time at the latest, whatever delay
 * replaces its own. (A column of its own would cost each task a byte.)
 * `alligator_taken` has the keys that are taken until a Unix time, whatever becomes of the task that took them.
 * `alligator_schedules` has what pushes tasks at certain times; `next` is absent while one is paused, and once it is over.
 * What stands beside a task, which few have, is in `reason`: for as long as it is not dead, what it has to do with others (1 if something waits
 * for it, 2 if it is parked, or 3) and then its note, on a line of its own; once it is dead the note, and then the reason itself. (Columns of their own
 * would cost each task a byte; an ack learns of it by the row that it removes.) What is parked is `due` at a time that never comes.
 * `alligator_waits` has what waits for what: each of both is the id of a task, or the number of a batch, of which the first one is then a member.
 * `alligator_parked` has how each parked task waits (`s`: until all have succeeded, or one has not; `a`: until all have ended; else for which end of
 * its batch), and the Unix time of its delay, or 0. `alligator_results` has what tasks gave, each until a Unix time; the last ones have the highest `seq`.
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
  level REAL,
  ukey BLOB,
  data NOT NULL
);
CREATE TABLE IF NOT EXISTS alligator_results (seq INTEGER PRIMARY KEY, queue INTEGER NOT NULL, id NOT NULL, until REAL NOT NULL, result NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS alligator_results_ids ON alligator_results (queue, id);
CREATE INDEX IF NOT EXISTS alligator_results_until ON alligator_results (until);
CREATE TABLE IF NOT EXISTS alligator_pauses (queue INTEGER PRIMARY KEY, since REAL NOT NULL, until REAL, reason TEXT);
CREATE TABLE IF NOT EXISTS alligator_workers (id TEXT PRIMARY KEY, until REAL NOT NULL, info TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alligator_tallies (
  queue TEXT NOT NULL, length INTEGER NOT NULL, start INTEGER NOT NULL,
  success REAL NOT NULL, retry REAL NOT NULL, snoozed REAL NOT NULL, dead REAL NOT NULL,
  canceled REAL NOT NULL, lost REAL NOT NULL, runs REAL NOT NULL, seconds REAL NOT NULL,
  PRIMARY KEY (queue, length, start)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alligator_tallies_start ON alligator_tallies (length, start);
CREATE TABLE IF NOT EXISTS alligator_removed (seq INTEGER PRIMARY KEY, queue INTEGER NOT NULL, id NOT NULL);
CREATE TABLE IF NOT EXISTS alligator_state (key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alligator_state_until ON alligator_state (until) WHERE until IS NOT NULL;
CREATE TABLE IF NOT EXISTS alligator_taken (queue INTEGER NOT NULL, ukey BLOB NOT NULL, id NOT NULL, until REAL NOT NULL, PRIMARY KEY (queue, ukey)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alligator_taken_until ON alligator_taken (until);
CREATE TABLE IF NOT EXISTS alligator_schedules (
  queue TEXT NOT NULL,
  id TEXT NOT NULL,
  version TEXT NOT NULL,
  next REAL,
  state TEXT NOT NULL,
  data NOT NULL,
  PRIMARY KEY (queue, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alligator_waits (queue INTEGER NOT NULL, id NOT NULL, waiter NOT NULL, PRIMARY KEY (queue, id, waiter)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alligator_waiters ON alligator_waits (queue, waiter);
CREATE TABLE IF NOT EXISTS alligator_parked (queue INTEGER NOT NULL, id NOT NULL, how TEXT NOT NULL, due REAL NOT NULL, PRIMARY KEY (queue, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alligator_batches (
  nr INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL,
  id TEXT NOT NULL,
  total INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  is_full INTEGER NOT NULL DEFAULT 0,
  is_canceled INTEGER NOT NULL DEFAULT 0,
  ended REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS alligator_batch_ids ON alligator_batches (queue, id);
CREATE INDEX IF NOT EXISTS alligator_batches_ended ON alligator_batches (ended) WHERE ended IS NOT NULL;
CREATE INDEX IF NOT EXISTS alligator_batches_listed ON alligator_batches (queue, ended);
CREATE INDEX IF NOT EXISTS alligator_schedules_next ON alligator_schedules (queue, next) WHERE next IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS alligator_removed_ids ON alligator_removed (queue, id);
CREATE UNIQUE INDEX IF NOT EXISTS alligator_ids ON alligator_tasks (id, queue);
CREATE INDEX IF NOT EXISTS alligator_due ON alligator_tasks (queue, due);
CREATE INDEX IF NOT EXISTS alligator_keys ON alligator_tasks (queue, substr(ukey, 1, 16)) WHERE ukey IS NOT NULL;
INSERT INTO alligator_meta VALUES ('version', ${VERSION}) ON CONFLICT DO NOTHING;
`

/** Tables that files of earlier versions lack. */
export const ADDED: readonly string[] = [
  ...['alligator_workers', 'alligator_removed', 'alligator_pauses', 'alligator_state', 'alligator_taken'],
  ...[
    'alligator_schedules',
    'alligator_waits',
    'alligator_parked',
    'alligator_batches',
    'alligator_results',
    'alligator_tallies',
  ],
]

/** Whether the tasks have the columns that those of earlier versions lack; nothing where there are none. */
export const HAS_COLUMNS: string =
  "SELECT max(name = 'ukey') AS found FROM pragma_table_info('alligator_tasks') HAVING count(*) > 0"
/** What adds them. */
export const ADD_COLUMNS: readonly string[] = [
  'ALTER TABLE alligator_tasks ADD COLUMN level REAL',
  'ALTER TABLE alligator_tasks ADD COLUMN ukey BLOB',
]

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
    if (db.inTransaction) makeTables(db)
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

function makeTables(db: SqliteDatabase): void {
  const row = db.prepare(HAS_COLUMNS).raw().safeIntegers(false).get() as [number] | undefined
  if (row?.[0] === 0) for (const text of ADD_COLUMNS) db.exec(text)
  db.exec(TABLES)
}

function createTables(db: SqliteDatabase): boolean {
  db.exec('BEGIN IMMEDIATE')
  try {
    const isNew = readVersion(db) === undefined
    makeTables(db)
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
