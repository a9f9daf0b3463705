import type { StoredState } from '@alligator/core'

/** The columns of a listing, in the order in which rows are read. */
const LISTED = 'seq, id, due, reason, data'
const MAX_SEQ = '(SELECT max(seq) FROM alligator_tasks)'

/** Which `due` each state has, at a time that is bound to every `?`. A delay or lease that is over counts as waiting. */
const STATES = {
  waiting: 'due BETWEEN -? AND ?',
  delayed: 'due > ?',
  running: 'due < -?',
  dead: 'due IS NULL',
} as const

const count = (state: StoredState) =>
  `(SELECT count(*) FROM alligator_tasks WHERE queue = ? AND ${STATES[state]})`

/** One page of the tasks of a queue with such a `due`, beyond a `seq`; what follows `LISTED` is put together by `LIST`. */
const page = (due: string) => `SELECT ${LISTED} FROM alligator_tasks WHERE queue = ? AND ${due} AND seq > ?`

export const BEGIN = 'BEGIN IMMEDIATE'
export const COMMIT = 'COMMIT'
export const ROLLBACK = 'ROLLBACK'
export const SAVEPOINT = 'SAVEPOINT alligator'
export const RELEASE_SAVEPOINT = 'RELEASE alligator'
export const ROLLBACK_SAVEPOINT = 'ROLLBACK TO alligator'

export const FIND_QUEUE = 'SELECT id FROM alligator_queues WHERE name = ?'
export const ADD_QUEUE = 'INSERT INTO alligator_queues (name) VALUES (?)'
export const QUEUES =
  'SELECT name FROM alligator_queues WHERE EXISTS (SELECT 1 FROM alligator_tasks WHERE queue = alligator_queues.id)'

export const PUSH =
  'INSERT INTO alligator_tasks (queue, id, due, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
export const DATA = 'SELECT data FROM alligator_tasks WHERE id = ? AND queue = ?'
export const DUE = 'SELECT due FROM alligator_tasks WHERE id = ? AND queue = ?'

/** Zero when something of a queue can be handed out, else when the next delay or lease ends. */
export const NEXT_DUE = `
SELECT coalesce(
  (SELECT 0 FROM alligator_tasks WHERE queue = ? AND ${STATES.waiting} LIMIT 1),
  (SELECT min(at) FROM (
    SELECT min(due) AS at FROM alligator_tasks WHERE queue = ? AND ${STATES.delayed}
    UNION ALL
    SELECT -max(due) FROM alligator_tasks WHERE queue = ? AND ${STATES.running}
  ))
)`

/** Whether delays, and whether leases, of a queue are over. */
export const OVER = `
SELECT
  EXISTS (SELECT 1 FROM alligator_tasks WHERE queue = ? AND due > 0 AND due <= ?),
  EXISTS (SELECT 1 FROM alligator_tasks WHERE queue = ? AND due < 0 AND due >= -?)`

/** Puts tasks whose delay is over at the tail, the first due first. */
export const END_DELAYS = `
WITH moved AS (
  SELECT seq AS old, ${MAX_SEQ} + row_number() OVER (ORDER BY due, seq) AS new
  FROM alligator_tasks WHERE queue = ? AND due > 0 AND due <= ?
  ORDER BY due, seq LIMIT ?
)
UPDATE alligator_tasks SET seq = moved.new, due = 0 FROM moved WHERE seq = moved.old`

/** Puts tasks whose lease is over back at their old places; \`lease\` stays, so that a late worker can still settle them. */
export const END_LEASES = `
UPDATE alligator_tasks SET due = 0 WHERE seq IN (
  SELECT seq FROM alligator_tasks WHERE queue = ? AND due < 0 AND due >= -? ORDER BY due DESC LIMIT ?
)`

const HAND_OUT = 'UPDATE alligator_tasks SET due = ?, lease = ?, deliveries = deliveries + 1'
const HANDED_OUT = 'RETURNING seq, id, data, deliveries'

/** Hands out the first waiting tasks of a queue; \`RETURNING\` promises no order. */
export const TAKE = `${HAND_OUT} WHERE seq IN (
  SELECT seq FROM alligator_tasks WHERE queue = ? AND due = 0 ORDER BY seq LIMIT ?
) ${HANDED_OUT}`
export const TAKE_ID = `${HAND_OUT} WHERE id = ? AND queue = ? AND due >= -? ${HANDED_OUT}`

const HELD = 'WHERE seq = ? AND lease = ?'
const FRESH = 'deliveries = 0, lease = NULL'
export const ACK = `DELETE FROM alligator_tasks ${HELD}`
export const EXTEND = `UPDATE alligator_tasks SET due = ? ${HELD}`
export const RELEASE = `UPDATE alligator_tasks SET due = ?, ${FRESH} ${HELD}`
export const RELEASE_DATA = `UPDATE alligator_tasks SET due = ?, ${FRESH}, data = ? ${HELD}`
export const BURY = `UPDATE alligator_tasks SET due = NULL, ${FRESH}, reason = ? ${HELD}`

export const KICK_ALL = `
WITH moved AS (
  SELECT seq AS old, ${MAX_SEQ} + row_number() OVER (ORDER BY seq) AS new
  FROM alligator_tasks WHERE queue = ? AND ${STATES.dead}
)
UPDATE alligator_tasks SET seq = moved.new, due = 0, reason = NULL FROM moved WHERE seq = moved.old`
export const KICK_ID = `
UPDATE alligator_tasks SET seq = ${MAX_SEQ} + 1, due = 0, reason = NULL WHERE id = ? AND queue = ? AND ${STATES.dead}`

export const REMOVE =
  'DELETE FROM alligator_tasks WHERE id = ? AND queue = ? AND (due IS NULL OR due >= -?) RETURNING data'
export const DROP_ALL = 'DELETE FROM alligator_tasks WHERE queue = ?'

export const COUNTS = `SELECT ${count('waiting')}, ${count('delayed')}, ${count('running')}, ${count('dead')}`

/** A page of each state. The waiting ones come from three ranges of the index, each in order, which are merged. */
export const LIST: Readonly<Record<StoredState, string>> = {
  waiting: `${page('due = 0')} UNION ALL ${page('due > 0 AND due <= ?')} UNION ALL ${page('due < 0 AND due >= -?')}
ORDER BY seq LIMIT ?`,
  delayed: `${page(STATES.delayed)} ORDER BY seq LIMIT ?`,
  running: `${page(STATES.running)} ORDER BY seq LIMIT ?`,
  dead: `${page(STATES.dead)} ORDER BY seq LIMIT ?`,
}
