import type { StoredState } from '@alligator/core'
import { MOST_DUE, MOST_REMOVED, MOST_SHOWN, TALLY_NAMES } from '@alligator/core/backend'
import { LEVELS, NEVER } from './stored.js'

/** The columns of a listing, in the order in which rows are read. */
const LISTED = 'seq, id, due, reason, enqueued, level, data'

/** What a task that is not dead has to do with others, and its note: the schema says how they stand there. */
const TIES = 'CAST(reason AS INTEGER)'
const NOTE = "ltrim(ifnull(reason, ''), '123')"
/** A reason with other ties, and the same note. */
function tiedBy(ties: string): string {
  return `nullif(ifnull(nullif(${ties}, 0), '') || ${NOTE}, '')`
}
/** That something waits for it, and nothing else. */
const AWAITED_ALONE = `nullif(${TIES} & 1, 0)`
const MAX_SEQ = '(SELECT max(seq) FROM alligator_tasks)'

/** Which `due` each state has, at a time that is bound to every `?`. A delay or lease that is over counts as waiting. */
const STATES = {
  waiting: 'due BETWEEN -? AND ?',
  delayed: 'due > ?',
  running: 'due < -?',
  dead: 'due IS NULL',
} as const

/** What `due` is of a task that waits. */
const WAITING = 'due = coalesce(level, 0)'
/** A pause that is not over at a time. */
const PAUSED = 'FROM alligator_pauses WHERE queue = ? AND ifnull(until, 9e999) > ?'

const count = (state: StoredState) =>
  `(SELECT count(*) FROM alligator_tasks WHERE queue = ? AND ${STATES[state]})`

/** One page of the tasks of a queue with such a `due`, beyond a `seq`; what follows `LISTED` is put together by `LIST`. */
const page = (due: string) => `SELECT ${LISTED} FROM alligator_tasks WHERE queue = ? AND ${due} AND seq > ?`

export const BEGIN: string = 'BEGIN IMMEDIATE'
export const COMMIT: string = 'COMMIT'
export const ROLLBACK: string = 'ROLLBACK'
export const SAVEPOINT: string = 'SAVEPOINT alligator'
export const RELEASE_SAVEPOINT: string = 'RELEASE alligator'
export const ROLLBACK_SAVEPOINT: string = 'ROLLBACK TO alligator'

/** Another one whenever somebody has made, changed or dropped a table. */
export const SCHEMA_VERSION: string = 'PRAGMA schema_version'
export const FIND_QUEUE: string = 'SELECT id FROM alligator_queues WHERE name = ?'
export const ADD_QUEUE: string = 'INSERT INTO alligator_queues (name) VALUES (?)'
/** Changes nothing where it is there, and takes the lock for writing, so that what is read next in the transaction stays true. */
export const ADD_QUEUE_ONCE: string = 'INSERT INTO alligator_queues (name) VALUES (?) ON CONFLICT DO NOTHING'
export const QUEUES: string =
  'SELECT name FROM alligator_queues WHERE EXISTS (SELECT 1 FROM alligator_tasks WHERE queue = alligator_queues.id)'

/** How many tasks `PUSH_MANY` inserts: to run a statement once for each takes half as long again. */
export const MANY = 25
export const pushRows = (rows: number): string =>
  `INSERT INTO alligator_tasks (queue, id, due, enqueued, data) VALUES ${Array(rows).fill('(?, ?, ?, ?, ?)').join()} ON CONFLICT DO NOTHING`
export const PUSH: string = pushRows(1)
/** One task of another level than the usual one. */
export const PUSH_LEVEL: string =
  'INSERT INTO alligator_tasks (queue, id, due, enqueued, level, data) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
/** Which of these ids a queue holds. */
export const heldOf = (ids: number): string =>
  `SELECT id, data FROM alligator_tasks WHERE queue = ? AND id IN (${Array(ids).fill('?').join()})`
export const PUSH_MANY: string = pushRows(MANY)
export const DATA: string = 'SELECT data FROM alligator_tasks WHERE id = ? AND queue = ?'
/** One task, as a listing has it. */
export const GET: string = `SELECT ${LISTED} FROM alligator_tasks WHERE id = ? AND queue = ?`
export const REASON: string = 'SELECT reason FROM alligator_tasks WHERE id = ? AND queue = ?'
export const DUE: string = 'SELECT due FROM alligator_tasks WHERE id = ? AND queue = ?'

/**
 * All that a task with a key must know of its queue: those that have the key; who has taken it for a time; what has the same id.
 */
export const LOOK: string = `
SELECT 0 AS what, seq, id, due, ukey, level, NULL AS data FROM alligator_tasks
WHERE queue = ? AND substr(ukey, 1, 16) = ? AND ukey IS NOT NULL
UNION ALL
SELECT 1, NULL, id, NULL, NULL, NULL, NULL FROM alligator_taken WHERE queue = ? AND ukey = ? AND until > ?
UNION ALL
SELECT 2, seq, id, NULL, NULL, NULL, data FROM alligator_tasks WHERE id = ? AND queue = ?`
export const TAKE_KEY: string =
  'INSERT INTO alligator_taken (queue, ukey, id, until) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id, until = excluded.until'
/** Forgets some keys that are free again: more than are taken with each call, so that they do not pile up. */
export const FORGET_TAKEN: string = `
DELETE FROM alligator_taken WHERE (queue, ukey) IN (SELECT queue, ukey FROM alligator_taken WHERE until <= ? ORDER BY until LIMIT 2)`
export const FORGET_KEYS: string = 'DELETE FROM alligator_taken WHERE queue = ?'
export const PUSH_KEYED: string =
  'INSERT INTO alligator_tasks (queue, id, due, enqueued, level, ukey, data) VALUES (?, ?, ?, ?, ?, ?, ?)'
/** What waits in the line, and goes on waiting there, keeps its place. */
export const REPLACE: string = `UPDATE alligator_tasks SET due = ?, level = ?, deliveries = 0, lease = NULL, reason = ${AWAITED_ALONE}, data = ? WHERE seq = ?`
export const REPLACE_LAST: string = `
UPDATE alligator_tasks SET seq = ${MAX_SEQ} + 1, due = ?, level = ?, deliveries = 0, lease = NULL, reason = ${AWAITED_ALONE}, data = ? WHERE seq = ?`

/** Zero when something of a queue waits, else when the next delay or lease ends; and when its pause ends, if it has one. */
export const NEXT_DUE: string = `
SELECT coalesce(
  (SELECT 0 FROM alligator_tasks WHERE queue = ? AND ${STATES.waiting} LIMIT 1),
  (SELECT min(at) FROM (
    SELECT min(due) AS at FROM alligator_tasks WHERE queue = ? AND ${STATES.delayed}
    UNION ALL
    SELECT -max(due) FROM alligator_tasks WHERE queue = ? AND ${STATES.running}
  ))
), (SELECT ifnull(until, 9e999) ${PAUSED})`

/** Whether delays of a queue are over, or something waits at another level; whether leases are over; whether it is paused. */
export const OVER: string = `
SELECT
  EXISTS (SELECT 1 FROM alligator_tasks WHERE queue = ? AND due > 0 AND due <= ?),
  EXISTS (SELECT 1 FROM alligator_tasks WHERE queue = ? AND due < 0 AND due >= -?),
  EXISTS (SELECT 1 ${PAUSED})`

/** Puts tasks whose delay is over at the tail, the first due first. */
export const END_DELAYS: string = `
WITH moved AS (
  SELECT seq AS old, ${MAX_SEQ} + row_number() OVER (ORDER BY due, seq) AS new
  FROM alligator_tasks WHERE queue = ? AND due >= 1 AND due <= ?
  ORDER BY due, seq LIMIT ?
)
UPDATE alligator_tasks SET seq = moved.new, ${WAITING} FROM moved WHERE seq = moved.old`

/** Puts tasks whose lease is over back at their old places; \`lease\` stays, so that a late worker can still settle them. */
export const END_LEASES: string = `
UPDATE alligator_tasks SET ${WAITING} WHERE seq IN (
  SELECT seq FROM alligator_tasks WHERE queue = ? AND due < 0 AND due >= -? ORDER BY due DESC LIMIT ?
)`

/** What is read of a task that is handed out; an id that is stored as bytes comes as text, since a Buffer costs more to make and to collect. */
const HANDED = "seq, iif(typeof(id) = 'blob', lower(hex(id)), id), typeof(id) = 'blob', data, deliveries"
/** The first waiting tasks of a queue; none of them waits between two of these. */
export const FIRST: string = `SELECT ${HANDED} FROM alligator_tasks WHERE queue = ? AND due = 0 ORDER BY seq LIMIT ?`
/** The first that wait at another level. */
export const FIRST_AT: string = `SELECT ${HANDED} FROM alligator_tasks WHERE queue = ? AND due = ? ORDER BY seq LIMIT ?`
/** How many wait at each level, the first one first, and no more than so many of each. */
export const WAITING_AT: string = `SELECT ${LEVELS.map(
  (due) => `(SELECT count(*) FROM (SELECT 1 FROM alligator_tasks WHERE queue = ? AND due = ${due} LIMIT ?))`,
).join()}`
/** One task, unless it runs, is parked or is dead. */
export const FIRST_ID: string = `SELECT ${HANDED} FROM alligator_tasks WHERE id = ? AND queue = ? AND due >= -? AND due < ${NEVER}`
const HAND = 'UPDATE alligator_tasks SET due = ?, lease = ?, deliveries = deliveries + 1'
/** A single `UPDATE … RETURNING` needs temporary tables, which take SQLite up to ten times as long when there is little to do. */
export const HAND_OUT: string = `${HAND} WHERE seq = ?`
/** The same for all that wait on a queue between two places: one statement takes half as long as many. */
export const HAND_OUT_ALL: string = `${HAND} WHERE queue = ? AND due = 0 AND seq BETWEEN ? AND ?`
export const HAND_OUT_AT: string = `${HAND} WHERE queue = ? AND due = ? AND seq BETWEEN ? AND ?`

const HELD = 'WHERE seq = ? AND lease = ?'
/** Nothing waits for it, and it is a member of no batch: so it is with most. */
const UNTIED = `AND (reason IS NULL OR ${TIES} = 0)`
export const ACK: string = `DELETE FROM alligator_tasks ${HELD} ${UNTIED}`
/** One that is held, whatever waits for it. */
export const HELD_TASK: string = `SELECT queue, id FROM alligator_tasks ${HELD}`
export const DELETE: string = 'DELETE FROM alligator_tasks WHERE id = ? AND queue = ?'
export const ACK_TELLING: string = `${ACK} RETURNING seq`
export const EXTEND: string = `UPDATE alligator_tasks SET due = ? ${HELD}`
/** Holds for longer what was handed out under one of a range of numbers, and not for less than it was held before. */
export const RENEW: string = `
UPDATE alligator_tasks SET due = min(due, -?)
WHERE queue = (SELECT id FROM alligator_queues WHERE name = ?) AND due < 0 AND lease BETWEEN ? AND ?`
/** A `due` of 0 is that of the task's level. */
const BACK = 'due = max(?, coalesce(level, 0))'
export const RELEASE: string = `UPDATE alligator_tasks SET ${BACK}, deliveries = ?, lease = NULL ${HELD}`
export const RELEASE_DATA: string = `UPDATE alligator_tasks SET ${BACK}, deliveries = ?, lease = NULL, data = ? ${HELD}`
export const BURY: string = `UPDATE alligator_tasks SET due = NULL, deliveries = 0, lease = NULL, reason = ifnull(reason, '') || ? ${HELD} ${UNTIED}`
export const BURY_TIED: string = `UPDATE alligator_tasks SET due = NULL, deliveries = 0, lease = NULL, reason = ${NOTE} || ? WHERE id = ? AND queue = ?`

export const SAVE_NOTE: string = `UPDATE alligator_tasks SET reason = ifnull(nullif(${TIES}, 0), '') || ? ${HELD}`

export const KEEP_RESULT: string =
  'INSERT OR REPLACE INTO alligator_results (queue, id, until, result) VALUES (?, ?, ?, ?)'
export const RESULT: string = 'SELECT result FROM alligator_results WHERE queue = ? AND id = ? AND until > ?'
/** Some, so that no single call takes long, and more than are kept with each call. */
export const FORGET_RESULTS: string =
  'DELETE FROM alligator_results WHERE seq IN (SELECT seq FROM alligator_results WHERE until <= ? LIMIT 10)'
export const LAST_RESULT: string = 'SELECT max(seq) FROM alligator_results'
/** What was kept since. */
export const NEW_RESULTS: string = `
SELECT kept.seq, name, kept.id FROM alligator_results AS kept JOIN alligator_queues AS queue ON queue.id = kept.queue
WHERE kept.seq > ? ORDER BY kept.seq LIMIT 1000`

/** A note stays, up to the end of its line; a reason has no line. */
const UNREASONED = "reason = nullif(substr(reason, 1, instr(reason, char(10))), '')"
export const KICK_ALL: string = `
WITH moved AS (
  SELECT seq AS old, ${MAX_SEQ} + row_number() OVER (ORDER BY seq) AS new
  FROM alligator_tasks WHERE queue = ? AND ${STATES.dead}
)
UPDATE alligator_tasks SET seq = moved.new, ${WAITING}, ${UNREASONED} FROM moved WHERE seq = moved.old`
export const KICK_ID: string = `
UPDATE alligator_tasks SET seq = ${MAX_SEQ} + 1, ${WAITING}, ${UNREASONED} WHERE id = ? AND queue = ? AND ${STATES.dead}`

/** A delayed task joins the tail, unless it is parked. */
export const EXPEDITE: string = `
UPDATE alligator_tasks SET seq = ${MAX_SEQ} + 1, ${WAITING} WHERE id = ? AND queue = ? AND ${STATES.delayed} AND due < ${NEVER}`

export const PAUSE: string = 'INSERT OR REPLACE INTO alligator_pauses VALUES (?, ?, ?, ?)'
export const PAUSE_OF: string = `SELECT since, until, reason ${PAUSED}`
export const RESUME: string = 'DELETE FROM alligator_pauses WHERE queue = ?'

export const REMOVE: string = `DELETE FROM alligator_tasks WHERE id = ? AND queue = ? AND (due IS NULL OR due >= -?) RETURNING data, iif(due IS NULL, NULL, ${TIES}) AS ties`
export const CANCEL: string = `DELETE FROM alligator_tasks WHERE id = ? AND queue = ? RETURNING data, iif(due IS NULL, NULL, ${TIES}) AS ties, due, lease`
/** Those who hold tasks look at this number to know that some may have been taken from them. */
export const COUNT_CANCEL: string =
  "INSERT INTO alligator_meta VALUES ('canceled', 1) ON CONFLICT DO UPDATE SET value = value + 1"
export const CANCELED: string = "SELECT value FROM alligator_meta WHERE key = 'canceled'"
export const SOME_RUN: string = 'SELECT 1 FROM alligator_tasks WHERE queue = ? AND due < 0 LIMIT 1'
export const DROP_ALL: string = 'DELETE FROM alligator_tasks WHERE queue = ?'

/** What left a queue without success; of the whole file as many are kept as each queue is promised. */
export const REMEMBER: string = 'INSERT OR REPLACE INTO alligator_removed (queue, id) VALUES (?, ?)'
export const FORGET_OLDEST: string = `
DELETE FROM alligator_removed WHERE seq <= (SELECT max(seq) FROM alligator_removed) - ${MOST_REMOVED}`
export const SOME_REMOVED: string = 'SELECT 1 FROM alligator_removed WHERE queue = ? LIMIT 1'
export const REMOVED: string = 'SELECT 1 FROM alligator_removed WHERE queue = ? AND id = ?'
export const NOT_REMOVED: string = 'DELETE FROM alligator_removed WHERE queue = ? AND id = ?'
export const FORGET_REMOVED: string = 'DELETE FROM alligator_removed WHERE queue = ?'

export const ANNOUNCE: string =
  'INSERT INTO alligator_workers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until, info = excluded.info'
export const FORGET_WORKERS: string = 'DELETE FROM alligator_workers WHERE until <= ?'
export const RETIRE: string = 'DELETE FROM alligator_workers WHERE id = ?'
export const WORKERS: string = 'SELECT info FROM alligator_workers WHERE until > ?'

const TALLY = TALLY_NAMES.join(', ')
export const ADD_TALLY: string = `
INSERT INTO alligator_tallies (queue, length, start, ${TALLY}) VALUES (?, ?, ?, ${TALLY_NAMES.map(() => '?').join(', ')})
ON CONFLICT DO UPDATE SET ${TALLY_NAMES.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`
export const FORGET_TALLIES: string = 'DELETE FROM alligator_tallies WHERE length = ? AND start <= ?'
export const TALLIED_QUEUES: string =
  'SELECT DISTINCT queue FROM alligator_tallies WHERE length = ? AND start >= ?'
export const TALLIES: string = `SELECT length, start, ${TALLY} FROM alligator_tallies WHERE queue = ?`

const SCHEDULE = 'queue, id, version, next, data, state'
export const SCHEDULES: string = `SELECT ${SCHEDULE} FROM alligator_schedules WHERE queue = ? ORDER BY id`
export const SCHEDULE_ID: string = `SELECT ${SCHEDULE} FROM alligator_schedules WHERE queue = ? AND id = ?`
export const ADD_SCHEDULE: string = `INSERT INTO alligator_schedules (${SCHEDULE}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
const AS_READ = 'WHERE queue = ? AND id = ? AND version = ?'
export const CHANGE_SCHEDULE: string = `UPDATE alligator_schedules SET version = ?, next = ?, data = ?, state = ? ${AS_READ}`
export const MOVE_SCHEDULE: string = `UPDATE alligator_schedules SET version = ?, next = ?, state = ? ${AS_READ}`
export const REMOVE_SCHEDULE: string = 'DELETE FROM alligator_schedules WHERE queue = ? AND id = ?'
export const DUE_SCHEDULES: string = `SELECT ${SCHEDULE} FROM alligator_schedules WHERE queue = ? AND next <= ? ORDER BY next LIMIT ${MOST_DUE}`
export const NEXT_SCHEDULE: string = 'SELECT min(next) FROM alligator_schedules WHERE queue = ? AND next > ?'

export const COUNTS: string = `SELECT ${count('waiting')}, ${count('delayed')}, ${count('running')}, ${count('dead')}`

/** A page of each state. The waiting ones come from three ranges of the index, each in order, which are merged. */
export const LIST: Readonly<Record<StoredState, string>> = {
  waiting: `${page('due = 0')} UNION ALL ${page('due > 0 AND due <= ?')} UNION ALL ${page('due < 0 AND due >= -?')}
ORDER BY seq LIMIT ?`,
  delayed: `${page(STATES.delayed)} ORDER BY seq LIMIT ?`,
  running: `${page(STATES.running)} ORDER BY seq LIMIT ?`,
  dead: `${page(STATES.dead)} ORDER BY seq LIMIT ?`,
}

export const GET_STATE: string =
  'SELECT value FROM alligator_state WHERE key = ? AND (until IS NULL OR until > ?)'
export const PUT_STATE: string =
  'INSERT INTO alligator_state VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until'
export const DELETE_STATE: string = 'DELETE FROM alligator_state WHERE key = ?'
/** Some, so that no single call takes long. */
export const FORGET_STATE: string =
  'DELETE FROM alligator_state WHERE key IN (SELECT key FROM alligator_state WHERE until <= ? LIMIT 100)'

/** Whether a task is there and has not ended. */
export const ALIVE: string = 'SELECT 1 FROM alligator_tasks WHERE id = ? AND queue = ? AND due IS NOT NULL'
export const AWAITED: string = `UPDATE alligator_tasks SET reason = ${tiedBy(`ifnull(${TIES}, 0) | 1`)} WHERE id = ? AND queue = ?`
export const PARK: string = `UPDATE alligator_tasks SET due = ${NEVER}, reason = ${tiedBy(`ifnull(${TIES}, 0) | 2`)} WHERE id = ? AND queue = ?`
export const UNPARK: string = `UPDATE alligator_tasks SET due = ?, reason = ${tiedBy(`${TIES} & 1`)} WHERE id = ? AND queue = ?`
export const ADD_PARKED: string =
  'INSERT OR REPLACE INTO alligator_parked (queue, id, how, due) VALUES (?, ?, ?, ?)'
export const FORGET_PARKED: string = 'DELETE FROM alligator_parked WHERE queue = ? AND id = ?'
export const ADD_WAIT: string = 'INSERT OR IGNORE INTO alligator_waits (queue, id, waiter) VALUES (?, ?, ?)'
/** What waits for something, and how. */
export const WAITERS: string = `
SELECT w.waiter, p.how, p.due FROM alligator_waits w LEFT JOIN alligator_parked p ON p.queue = w.queue AND p.id = w.waiter
WHERE w.queue = ? AND w.id = ?`
export const END_WAITS: string = 'DELETE FROM alligator_waits WHERE queue = ? AND id = ?'
export const WAITS_ON: string = 'SELECT 1 FROM alligator_waits WHERE queue = ? AND waiter = ? LIMIT 1'
export const FORGET_WAITS: string = 'DELETE FROM alligator_waits WHERE queue = ? AND waiter = ?'
/** What a parked task waits for, and the id of that if it is a batch. */
export const WAITS_FOR: string = `
SELECT w.id AS other, b.id AS batch FROM alligator_waits w LEFT JOIN alligator_batches b ON b.nr = w.id AND typeof(w.id) IN ('integer', 'real')
WHERE w.queue = ? AND w.waiter = ? LIMIT ${MOST_SHOWN}`
export const DROP_WAITS: string = 'DELETE FROM alligator_waits WHERE queue = ?'
export const DROP_PARKED: string = 'DELETE FROM alligator_parked WHERE queue = ?'
export const DROP_BATCHES: string = 'DELETE FROM alligator_batches WHERE queue = ?'

export const BATCH: string =
  'SELECT nr, total, succeeded, failed, is_full, is_canceled, ended FROM alligator_batches WHERE queue = ? AND id = ?'
export const ADD_BATCH: string = 'INSERT INTO alligator_batches (queue, id) VALUES (?, ?)'
export const ADD_MEMBER: string = 'UPDATE alligator_batches SET total = total + 1 WHERE nr = ?'
export const COUNT_SUCCESS: string = 'UPDATE alligator_batches SET succeeded = succeeded + 1 WHERE nr = ?'
export const COUNT_FAILURE: string = 'UPDATE alligator_batches SET failed = failed + 1 WHERE nr = ?'
export const CLOSE_BATCH: string =
  'UPDATE alligator_batches SET is_full = 1, is_canceled = max(is_canceled, ?) WHERE nr = ?'
/** Whether a batch has ended in success; no row: it has not ended, or is known to have. */
export const IS_OVER: string = `
SELECT failed = 0 AND is_canceled = 0 AS good FROM alligator_batches
WHERE nr = ? AND is_full = 1 AND ended IS NULL AND total = succeeded + failed`
export const END_BATCH: string = 'UPDATE alligator_batches SET ended = ? WHERE nr = ?'
/** Some of those that ended long ago: more than one with each that is made. */
export const FORGET_BATCHES: string = `
DELETE FROM alligator_batches WHERE nr IN (SELECT nr FROM alligator_batches WHERE ended < ? ORDER BY ended LIMIT 10)`
const LISTED_BATCH = 'nr, id, total, succeeded, failed, is_full, is_canceled, ended'
export const OPEN_BATCHES: string = `
SELECT ${LISTED_BATCH} FROM alligator_batches WHERE queue = ? AND ended IS NULL AND nr < ? ORDER BY nr DESC LIMIT ?`
export const ENDED_BATCHES: string = `
SELECT ${LISTED_BATCH} FROM alligator_batches WHERE queue = ? AND (ended, nr) < (?, ?) ORDER BY ended DESC, nr DESC LIMIT ?`
/** Members that have not ended, and their ids where they are batches. */
export const MEMBERS: string = `
SELECT w.id AS member, b.id AS batch FROM alligator_waits w LEFT JOIN alligator_batches b ON b.nr = w.id AND typeof(w.id) IN ('integer', 'real')
WHERE w.queue = ? AND w.waiter = ? LIMIT ?`
