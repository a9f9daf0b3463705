import { MOST_REMOVED, NORMAL, SHARES } from '@alligator/core/backend'
import { SPAN, WAITS, longAgo } from './levels.js'
import type { Names } from './names.js'
import { KEPT } from './ties-functions.js'

/** A statement; one with a name is prepared once for each connection, and planned anew only now and then. */
export interface Statement {
  readonly text: string
  readonly name?: string
}

/** The columns of a payload and its id, as `StoredRow` has them. */
const STORED = 'id, name, data, bytes'
/** For how long a push may be repeated at most. Those who pushed forget their marks sooner, unless they were killed. */
const MARK_LIFE = '20 minutes'
/** How far a batch is. */
const BATCH = `total::integer, succeeded::integer, failed::integer, pending::integer, is_full, is_canceled, extract(epoch FROM ended)::float8`

/** A time to the microsecond, whatever the settings of a session are. */
function textOfTime(column: string): string {
  return `CASE WHEN ${column} < 'infinity' THEN to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE 'infinity' END`
}

export const EPOCH: string = 'extract(epoch FROM clock_timestamp())'

/** All that is asked of the tables. `$1::text::json`: some drivers write values of the type `json` in their own way. */
export interface Statements {
  readonly push: Statement
  readonly pushLevels: Statement
  readonly forgetPushes: Statement
  readonly pushWithin: Statement
  readonly place: Statement
  readonly placeWithin: Statement
  readonly differing: Statement
  readonly turn: Statement
  readonly turnOfLevels: Statement
  readonly endOver: Statement
  readonly givenBefore: Statement
  readonly ackAgain: Statement
  readonly ackWithin: Statement
  readonly takeNamed: Statement
  readonly hold: Statement
  readonly tie: Statement
  readonly finish: Statement
  readonly buryTied: Statement
  readonly cancelTied: Statement
  readonly waitsFor: Statement
  readonly addBatch: Statement
  readonly hasBatch: Statement
  readonly findBatch: Statement
  readonly members: Statement
  readonly listBatches: Readonly<Record<'open' | 'ended', Statement>>
  readonly extend: Statement
  readonly renew: Statement
  readonly release: Statement
  readonly note: Statement
  readonly saveNote: Statement
  readonly bury: Statement
  readonly hasEnded: Statement
  readonly kickAll: Statement
  readonly kick: Statement
  readonly expedite: Statement
  readonly pause: Statement
  readonly resume: Statement
  readonly paused: Statement
  readonly remove: Statement
  readonly cancel: Statement
  readonly dropAll: Statement
  readonly counts: Statement
  readonly levels: Statement
  readonly uneven: Statement
  readonly queues: Statement
  readonly list: Readonly<Record<'waiting' | 'delayed' | 'running' | 'dead', Statement>>
  readonly get: Statement
  readonly find: Statement
  readonly removed: Statement
  readonly announce: Statement
  readonly retire: Statement
  readonly workers: Statement
  readonly clock: Statement
  readonly getState: Statement
  readonly putState: Statement
  readonly addState: Statement
  readonly replaceState: Statement
  readonly deleteState: Statement
}

/**
 * Items of a push, which come as JSON: see `PushedItem`. A client whose clock is behind means a later time than it says: a
 * delay that it reckons from its own clock would be over too early. What a message takes on its way is no such difference.
 */
export const ITEMS: string = `
SELECT queue, id, name, data, decode(bytes, 'base64') AS bytes, nr, priority,
  to_timestamp(due + CASE WHEN ${EPOCH} - sent > 1 THEN ${EPOCH} - sent ELSE 0 END) AS due,
  to_timestamp(enqueued) AS enqueued
FROM ROWS FROM (json_to_recordset($1::text::json)
  AS (queue text, id uuid, name text, due float8, sent float8, enqueued float8, priority smallint, bytes text, data text))
  WITH ORDINALITY AS i (queue, id, name, due, sent, enqueued, priority, bytes, data, nr)`

/**
 * A parameter that the planner does not look into: else a plan for its value seems cheaper than the one that is kept, and is
 * made anew each time, which takes longer than the statement.
 */
function blind(parameter: string): string {
  return `(SELECT ${parameter})`
}

/** The place of the usual level, from 1. */
const USUAL = NORMAL + 1
/** The places of the others. */
const LEVELS = SHARES.map((_, place) => String(place + 1)).filter((level) => level !== String(USUAL))

/** The next place in the line. */
function nextOf({ line }: Names): string {
  return `nextval('${line.replaceAll("'", "''")}')`
}

/** Writes what is in `from` to the table of tasks, whatever its level: what has one must know its place before it is written. */
export function insertInto(names: Names, from: string): string {
  return `INSERT INTO ${names.tasks} AS t (seq, queue, id, name, state, due, enqueued, priority, bytes, data)
SELECT seq, queue, id, name, CASE WHEN due > clock_timestamp() THEN 1 ELSE ${WAITS} END,
  CASE WHEN due > clock_timestamp() THEN due ELSE ${longAgo('priority', 'seq')} END, enqueued, priority, bytes, data
FROM (SELECT *, ${nextOf(names)} AS seq FROM (SELECT * FROM ${from} ORDER BY nr) AS inOrder) AS lined`
}

/** What becomes of a task that is there already: it is left as it is; or the trace of one, which is a task again. */
export const AGAIN: string = `ON CONFLICT (id, queue) DO UPDATE SET seq = excluded.seq, name = excluded.name, state = excluded.state,
  due = excluded.due, enqueued = excluded.enqueued, priority = excluded.priority, bytes = excluded.bytes, data = excluded.data WHERE t.state = 4`

export function statementsFor(names: Names): Statements {
  const { tasks, workers, pushes, pauses, state, taken, place, waits, parked, batches } = names
  const next = nextOf(names)
  const insertLevels = (from: string) => insertInto(names, from)
  const insert = (
    from: string,
  ) => `INSERT INTO ${tasks} AS t (queue, id, name, state, due, enqueued, bytes, data)
SELECT queue, id, name, CASE WHEN due > clock_timestamp() THEN 1 ELSE 0 END,
  CASE WHEN due > clock_timestamp() THEN due END, enqueued, bytes, data
FROM ${from} ORDER BY nr`
  const isPaused = (queue: string) =>
    `EXISTS (SELECT FROM ${pauses} p WHERE p.queue = ${queue} AND (until IS NULL OR until > now()))`
  const differs = `i.data IS DISTINCT FROM t.data OR i.bytes IS DISTINCT FROM t.bytes OR i.name IS DISTINCT FROM t.name`
  const others = `
  SELECT i.nr FROM item i JOIN ${tasks} t ON t.id = i.id AND t.queue = i.queue WHERE t.state < 4 AND (${differs})
  UNION
  SELECT i.nr FROM item i JOIN item t ON t.id = i.id AND t.queue = i.queue WHERE ${differs}`

  // Takes tasks off, and leaves their traces. Now and then it looks for how many there are.
  const take = (which: string) => `WITH gone AS (
  DELETE FROM ${tasks} WHERE id = $1 AND queue = $2 AND ${which}
  RETURNING id, queue, name, data, bytes, state = 2 AND due > now() AS ran, lease > 0 AS was_held
),
trace AS (INSERT INTO ${tasks} (id, queue, name, state) SELECT id, queue, name, 4 FROM gone),
forgotten AS (
  DELETE FROM ${tasks} WHERE random() < 0.001 AND queue = $2 AND state = 4 AND seq < (
    SELECT seq FROM ${tasks} WHERE queue = $2 AND state = 4 ORDER BY seq DESC OFFSET ${MOST_REMOVED} LIMIT 1
  )
)
SELECT data, bytes, ran, was_held FROM gone`
  const of = (state: number) => `FROM ${tasks} WHERE queue = $1 AND state = ${state}`
  const listed = (place: string) =>
    `SELECT ${STORED}, ${place}, extract(epoch FROM due)::float8, reason, extract(epoch FROM enqueued)::float8, priority`
  const page = (state: number, rest = '') => `${listed('seq')} ${of(state)}${rest} AND seq > $2`
  const last = 'ORDER BY seq LIMIT $3'
  const any = [0, 1, 2, 3].map((state) => `(state = ${state} AND queue = $1)`).join(' OR ')
  const least = (rest: string) =>
    `least(${[0, 1, 2, 3].map((state) => `(SELECT min(queue) FROM ${tasks} WHERE state = ${state}${rest})`).join(', ')})`
  const back = blind("coalesce(now() - make_interval(secs => $9), '-infinity')")
  const ahead = blind('now() + make_interval(secs => $8)')
  const since = blind("coalesce(now() - make_interval(secs => $3), '-infinity')")
  const within = `due >= ${back} AND due <= ${ahead}`
  // Now and then it forgets some of those whose time is over, and waits for nobody who does so, too.
  const putState = `WITH over AS (
  DELETE FROM ${state} WHERE key IN (
    SELECT key FROM ${state} WHERE until < now() - interval '1 minute' AND key <> $1 LIMIT 10 FOR UPDATE SKIP LOCKED
  )
)
INSERT INTO ${state} AS s VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until`
  const done = `done AS (
  DELETE FROM ${tasks} WHERE id = ANY (${blind('$1::uuid[]')}::uuid[]) AND lease = ANY (${blind('$2::bigint[]')}::bigint[]) AND ties IS NULL RETURNING lease
)`
  const took = `took AS (
  UPDATE ${tasks} SET state = 2, due = clock_timestamp() + make_interval(secs => $6), lease = $7::bigint # (seq & 4294967295), deliveries = deliveries + 1
  WHERE ctid = ANY (ARRAY (SELECT place FROM found))
  RETURNING ${STORED}, queue, seq, lease, deliveries`
  const hand = `state = 2, due = clock_timestamp() + make_interval(secs => `

  return {
    // $2 its mark. A second try waits for the first one if that goes on, and writes nothing if that was carried out.
    push: {
      name: 'push',
      text: `WITH marked AS (INSERT INTO ${pushes} (mark) VALUES ($2::uuid) ON CONFLICT DO NOTHING RETURNING mark)
${insert(`(${ITEMS}) AS item WHERE EXISTS (SELECT FROM marked)`)}`,
    },
    pushLevels: {
      text: `WITH marked AS (INSERT INTO ${pushes} (mark) VALUES ($2::uuid) ON CONFLICT DO NOTHING RETURNING mark)
${insertLevels(`(${ITEMS}) AS item WHERE EXISTS (SELECT FROM marked)`)}`,
    },
    forgetPushes: { text: `DELETE FROM ${pushes} WHERE mark BETWEEN $1::uuid AND $2::uuid` },

    // In the transaction of an app, which an error would end: nothing is written when an item is there with another content.
    pushWithin: {
      text: `WITH item AS MATERIALIZED (${ITEMS}),
other AS MATERIALIZED (${others}),
pushed AS (${insertLevels('(SELECT DISTINCT ON (id, queue) * FROM item ORDER BY id, queue, nr) AS item WHERE NOT EXISTS (SELECT FROM other)')} ${AGAIN})
SELECT nr::integer AS nr FROM other ORDER BY nr`,
    },

    place: { name: 'place', text: `SELECT ${place}($1, $2::uuid, $3::boolean)` },
    placeWithin: { text: `SELECT ${place}($1::text, NULL, false) AS told` },

    differing: {
      text: `WITH item AS MATERIALIZED (${ITEMS}) SELECT nr::integer AS nr FROM (${others}) AS other ORDER BY nr`,
    },

    /*
     * Settles what is finished and hands out what is due, in one commit.
     *
     * $1, $2 ids and leases of what is finished; $3 queues; $4 for each the place before which there is nothing to find; $5
     * how many at most; $6 seconds of the lease; $7 its base; $8 how many seconds ahead to look for a delay or lease that
     * ends; $9 how many seconds back, or NULL for all; $10 whether to hand out although something has ended that has not
     * joined the others yet.
     *
     * The first row tells of the statement as a whole, and how long it took once all is taken. MATERIALIZED: else the planner may hand out more than asked for.
     */
    turn: {
      name: 'turn',
      text: `WITH ${done},
ahead AS MATERIALIZED (
  SELECT extract(epoch FROM min(ends.due) - now()) AS next FROM unnest(${blind('$3::text[]')}) AS q (queue), LATERAL (
    (SELECT due FROM ${tasks} t WHERE t.queue = q.queue AND state = 1 AND ${within} ORDER BY due LIMIT 1)
    UNION ALL
    (SELECT due FROM ${tasks} t WHERE t.queue = q.queue AND state = 2 AND ${within} ORDER BY due LIMIT 1)
  ) AS ends
),
found AS MATERIALIZED (
  SELECT first.place FROM unnest(${blind('$3::text[]')}, ${blind('$4::bigint[]')}) AS q (queue, low), LATERAL (
    SELECT ctid AS place FROM ${tasks} t WHERE t.queue = q.queue AND state = 0 AND seq >= q.low
    ORDER BY seq LIMIT CASE WHEN ${isPaused('q.queue')} THEN 0 ELSE ${blind('$5::bigint')} END FOR UPDATE SKIP LOCKED
  ) AS first
  WHERE ${blind('$10::boolean')} OR (SELECT coalesce(next, 1) > 0 FROM ahead) LIMIT ${blind('$5::bigint')}
),
${took}
)
SELECT NULL::uuid, NULL::text, NULL::text, NULL::bytea, NULL::text, NULL::bigint, NULL::bigint, NULL::integer, json_build_array(
  CASE WHEN cardinality($1::uuid[]) > 0 THEN (SELECT array_agg(lease::text) FROM done) END,
  (SELECT next FROM ahead),
  CASE WHEN (SELECT count(*) FROM took) >= 0 THEN extract(epoch FROM clock_timestamp() - statement_timestamp()) END
)::text
UNION ALL
SELECT ${STORED}, queue, seq, lease, deliveries, NULL FROM took`,
    },

    /*
     * The same where levels wait besides the usual one.
     *
     * $11 for each queue the clocks of its levels, one queue after the other.
     *
     * First it reckons from what waits how many of each level have their turn, and then takes these: what somebody else
     * holds just then is passed over. The first row also tells whether that were any, and which queues, from 1, have had levels.
     */
    turnOfLevels: {
      name: 'turn_of_levels',
      text: `WITH ${done},
ahead AS MATERIALIZED (
  SELECT extract(epoch FROM min(ends.due) - now()) AS next FROM unnest($3::text[]) AS q (queue), LATERAL (
    (SELECT due FROM ${tasks} t WHERE t.queue = q.queue AND state = 1 AND due >= greatest(${back}, timestamptz 'epoch')
      AND due <= ${ahead} ORDER BY due LIMIT 1)
    UNION ALL
    (SELECT due FROM ${tasks} t WHERE t.queue = q.queue AND state = 2 AND ${within} ORDER BY due LIMIT 1)
  ) AS ends
),
share AS MATERIALIZED (
  SELECT nr, queue, low, level, count(*) AS size FROM (
    SELECT q.nr, q.queue, q.low, l.level FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS q (queue, low, nr),
      (VALUES ${SHARES.map((weight, place) => `(${place + 1}, ${weight}.0)`).join(', ')}) AS l (level, weight),
      LATERAL (SELECT row_number() OVER () AS place FROM (
        (SELECT FROM ${tasks} t WHERE l.level = ${USUAL} AND t.queue = q.queue AND state = 0 AND seq >= q.low ORDER BY seq LIMIT $5::bigint)
        UNION ALL
        (SELECT FROM ${tasks} t WHERE l.level <> ${USUAL} AND t.queue = q.queue AND state = 1 AND due >= ${longAgo('l.level', '0')}
          AND due < ${longAgo('l.level', String(SPAN))} ORDER BY due LIMIT $5::bigint)
      ) AS waiting) AS w
    WHERE NOT ${isPaused('q.queue')}
    ORDER BY q.nr, ($11::float8[])[(q.nr - 1) * ${SHARES.length} + l.level] + (w.place - 1) / l.weight,
      l.level, w.place LIMIT $5::bigint
  ) AS turns GROUP BY nr, queue, low, level
),
found AS MATERIALIZED (
  SELECT first.place FROM (SELECT * FROM share ORDER BY nr, level) AS s, LATERAL (
    SELECT place FROM (
      SELECT ctid AS place FROM ${tasks} t WHERE s.level = ${USUAL} AND t.queue = s.queue AND state = 0 AND seq >= s.low
      ORDER BY seq LIMIT s.size FOR UPDATE SKIP LOCKED
    ) AS usual
    UNION ALL
    SELECT place FROM (
      SELECT ctid AS place FROM ${tasks} t WHERE s.level <> ${USUAL} AND t.queue = s.queue AND state = 1
        AND due >= ${longAgo('s.level', '0')} AND due < ${longAgo('s.level', String(SPAN))}
      ORDER BY due LIMIT s.size FOR UPDATE SKIP LOCKED
    ) AS level
  ) AS first
  WHERE $10::boolean OR (SELECT coalesce(next, 1) > 0 FROM ahead)
),
${took}, priority
)
SELECT NULL::uuid, NULL::text, NULL::text, NULL::bytea, NULL::text, NULL::bigint, NULL::bigint, NULL::integer, json_build_array(
  CASE WHEN cardinality($1::uuid[]) > 0 THEN (SELECT array_agg(lease::text) FROM done) END,
  (SELECT next FROM ahead),
  CASE WHEN (SELECT count(*) FROM took) >= 0 THEN extract(epoch FROM clock_timestamp() - statement_timestamp()) END,
  EXISTS (SELECT FROM share),
  (SELECT array_agg(nr) FROM unnest($3::text[]) WITH ORDINALITY AS q (queue, nr)
    WHERE EXISTS (SELECT FROM ${tasks} t WHERE t.queue = q.queue AND state = 1 AND due < timestamptz 'epoch'))
)::text, NULL::smallint
UNION ALL
SELECT ${STORED}, queue, seq, lease, deliveries, NULL, priority FROM took`,
    },

    // Puts tasks whose lease is over back at their old places, and those whose delay is over at the tail, the first due first. $3 how
    // many seconds back to look for them, or NULL for all. Tells for each queue whether any of them have levels, and the first of those places.
    endOver: {
      text: `WITH lapsed AS (
  UPDATE ${tasks} SET state = ${WAITS}, due = ${longAgo('priority', 'seq')} WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM ${tasks} WHERE queue = ANY ($1::text[]) AND state = 2 AND due >= ${since} AND due <= now()
    LIMIT $2 FOR UPDATE SKIP LOCKED
  )) RETURNING queue, priority, seq
),
over AS MATERIALIZED (
  SELECT ctid AS place FROM ${tasks} WHERE queue = ANY ($1::text[]) AND state = 1 AND due <= now()
    AND due >= greatest(${since}, timestamptz 'epoch') ORDER BY due, seq LIMIT $2 FOR UPDATE SKIP LOCKED
),
lined AS MATERIALIZED (SELECT place, ${next} AS seq FROM over),
due AS (
  UPDATE ${tasks} t SET state = ${WAITS}, due = ${longAgo('priority', 'lined.seq')}, seq = lined.seq FROM lined
  WHERE t.ctid = lined.place RETURNING queue, priority, t.seq
)
SELECT bool_or(priority IS NOT NULL), queue, min(seq)::text FROM (SELECT * FROM lapsed UNION ALL SELECT * FROM due) AS ended
GROUP BY queue`,
    },

    // What a statement with this base has handed out, if it was carried out.
    givenBefore: {
      text: `SELECT ${STORED}, queue, seq, lease, deliveries FROM ${tasks}
WHERE queue = ANY ($1::text[]) AND state = 2 AND lease # (seq & 4294967295) = $2`,
    },

    // Of a second try: what is gone was settled by the first one. Gives what others hold.
    ackAgain: {
      text: `WITH done AS (DELETE FROM ${tasks} WHERE id = ANY ($1::uuid[]) AND lease = ANY ($2::bigint[]) AND ties IS NULL)
SELECT id, queue FROM ${tasks} WHERE id = ANY ($1::uuid[]) AND coalesce(lease, 0) <> ALL ($2::bigint[])`,
    },

    // In a transaction of the app.
    ackWithin: {
      text: `WITH given AS MATERIALIZED (SELECT $1::text::json AS proof)
DELETE FROM ${tasks} USING given WHERE id = (proof ->> 'id')::uuid AND lease = (proof ->> 'lease')::bigint AND ties IS NULL
RETURNING 1 AS done`,
    },

    takeNamed: {
      text: `UPDATE ${tasks} SET ${hand}$3), lease = $4::bigint # (seq & 4294967295), deliveries = deliveries + 1
WHERE id = $1 AND queue = $2 AND due IS DISTINCT FROM 'infinity' AND (state < 2 OR (state = 2 AND due <= now()))
RETURNING ${STORED}, queue, seq, lease, deliveries`,
    },

    // Each of these takes one text, so that it can be part of a transaction of the app.
    hold: { text: `SELECT ${names.hold}($1::text) AS told` },
    tie: { text: `SELECT ${names.tie}($1::text) AS told` },
    finish: { text: `SELECT ${names.finish}($1::text) AS told` },
    buryTied: {
      text: `WITH given AS MATERIALIZED (SELECT $1::text::json AS proof)
UPDATE ${tasks} SET state = 3, due = NULL, deliveries = 0, reason = proof ->> 'reason', lease = -lease, ties = NULL FROM given
WHERE id = (proof ->> 'id')::uuid AND lease = (proof ->> 'lease')::bigint RETURNING 1 AS done`,
    },
    cancelTied: { text: take('state < 4 AND ($3 OR state <> 2 OR due <= now())') },
    waitsFor: {
      text: `SELECT w.waiter, t.id, t.name, b.id FROM unnest($2::uuid[]) AS asked (id), LATERAL (
  SELECT w.waiter, w.id FROM ${waits} w WHERE w.queue = $1 AND w.waiter = asked.id LIMIT $3
) AS w LEFT JOIN ${tasks} t ON t.id = w.id AND t.queue = $1 LEFT JOIN ${batches} b ON b.node = w.id AND b.queue = $1`,
    },
    // Some of those that ended long ago are forgotten with each that is made.
    addBatch: {
      text: `WITH forgotten AS (
  DELETE FROM ${batches} WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM ${batches} WHERE ended < now() - ${KEPT} ORDER BY ended LIMIT 10 FOR UPDATE SKIP LOCKED
  ))
)
INSERT INTO ${batches} (queue, node, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`,
    },
    hasBatch: { text: `SELECT ended IS NULL FROM ${batches} WHERE queue = $1 AND node = $2` },
    findBatch: { text: `SELECT ${BATCH} FROM ${batches} WHERE queue = $1 AND node = $2` },
    // Both go backwards through one index. $2, and $4 where they have ended: id and end of the last one of the page before.
    listBatches: {
      open: {
        text: `SELECT id, ${BATCH}, '' FROM ${batches}
WHERE queue = $1 AND ended IS NULL AND ($2::text IS NULL OR id < $2) ORDER BY ended DESC, id DESC LIMIT $3`,
      },
      ended: {
        text: `SELECT id, ${BATCH}, ${textOfTime('ended')} FROM ${batches}
WHERE queue = $1 AND (ended, id) < ($4::timestamptz, $2) ORDER BY ended DESC, id DESC LIMIT $3`,
      },
    },
    members: {
      text: `SELECT w.id, t.name, b.id FROM ${waits} w LEFT JOIN ${tasks} t ON t.id = w.id AND t.queue = $1
LEFT JOIN ${batches} b ON b.node = w.id AND b.queue = $1 WHERE w.queue = $1 AND w.waiter = $2 LIMIT $3`,
    },

    // A task that a transaction of its worker is about to finish is locked, and still held. Gives what is held.
    extend: {
      text: `WITH mine AS MATERIALIZED (
  SELECT id, queue FROM ${tasks} WHERE id = ANY ($1::uuid[]) AND lease = ANY ($2::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED
),
held AS (
  UPDATE ${tasks} t SET ${hand}$3) FROM mine
  WHERE t.id = mine.id AND t.queue = mine.queue AND lease = ANY ($2::bigint[])
)
SELECT lease::text FROM ${tasks} WHERE id = ANY ($1::uuid[]) AND lease = ANY ($2::bigint[])`,
    },

    // Holds for longer what was handed out under a range of numbers, and not for less than it was held before.
    renew: {
      text: `UPDATE ${tasks} SET due = clock_timestamp() + make_interval(secs => $2) WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM ${tasks} WHERE queue = ANY ($1::text[]) AND state = 2 AND lease BETWEEN $3 AND $4
    AND due < clock_timestamp() + make_interval(secs => $2) FOR UPDATE SKIP LOCKED
))`,
    },

    // $3 seconds from the epoch, or NULL; $4 by which clock; $7 whether the payload changes.
    release: {
      text: `WITH back AS (
  SELECT to_timestamp($3::float8 + CASE WHEN ${EPOCH} - $4::float8 > 1 THEN ${EPOCH} - $4::float8 ELSE 0 END) AS due
)
UPDATE ${tasks} t SET state = CASE WHEN back.due > clock_timestamp() THEN 1 ELSE ${WAITS} END,
  due = CASE WHEN back.due > clock_timestamp() THEN back.due ELSE ${longAgo('priority', 'seq')} END, deliveries = $5, lease = -lease,
  data = CASE WHEN $7 THEN $6 ELSE data END, bytes = CASE WHEN $7 THEN $8 ELSE bytes END
FROM back WHERE id = $1 AND lease = $2 RETURNING 1`,
    },

    // Bytes, whatever it is.
    note: { text: `SELECT note FROM ${tasks} WHERE queue = $1 AND id = $2 AND note IS NOT NULL` },
    saveNote: { text: `UPDATE ${tasks} SET note = $3 WHERE id = $1 AND lease = $2 RETURNING 1` },

    bury: {
      text: `UPDATE ${tasks} SET state = 3, due = NULL, deliveries = 0, reason = $3, lease = -lease
WHERE id = $1 AND lease = $2 AND ties IS NULL RETURNING 1`,
    },

    hasEnded: { text: `SELECT 1 FROM ${tasks} WHERE id = $1 AND lease = - $2::bigint` },

    kickAll: {
      text: `WITH dead AS MATERIALIZED (
  SELECT ctid AS place FROM ${tasks} WHERE queue = $1 AND state = 3 ORDER BY seq FOR UPDATE
),
lined AS MATERIALIZED (SELECT place, ${next} AS seq FROM dead)
UPDATE ${tasks} t SET state = ${WAITS}, due = ${longAgo('priority', 'lined.seq')}, reason = NULL, lease = NULL, seq = lined.seq
FROM lined WHERE t.ctid = lined.place RETURNING 1`,
    },

    kick: {
      text: `WITH dead AS MATERIALIZED (
  SELECT ctid AS place FROM ${tasks} WHERE queue = $1 AND id = ANY ($2::uuid[]) AND state = 3 ORDER BY seq FOR UPDATE
),
lined AS MATERIALIZED (SELECT place, ${next} AS seq FROM dead)
UPDATE ${tasks} t SET state = ${WAITS}, due = ${longAgo('priority', 'lined.seq')}, reason = NULL, lease = NULL, seq = lined.seq
FROM lined WHERE t.ctid = lined.place RETURNING 1`,
    },

    // A second try finds it waiting, at a place that only the first can have given it.
    expedite: {
      text: `WITH later AS MATERIALIZED (
  SELECT ctid AS place FROM ${tasks} WHERE queue = $1 AND id = $2 AND state = 1 AND due > now() AND due < 'infinity' FOR UPDATE
),
lined AS MATERIALIZED (SELECT place, ${next} AS seq FROM later)
UPDATE ${tasks} t SET state = ${WAITS}, due = ${longAgo('priority', 'lined.seq')}, seq = lined.seq
FROM lined WHERE t.ctid = lined.place RETURNING 1`,
    },

    pause: {
      text: `INSERT INTO ${pauses} VALUES ($1, clock_timestamp(), clock_timestamp() + make_interval(secs => $2::float8), $3)
ON CONFLICT (queue) DO UPDATE SET since = excluded.since, until = excluded.until, reason = excluded.reason`,
    },
    resume: { text: `DELETE FROM ${pauses} WHERE queue = $1 RETURNING until IS NULL OR until > now()` },
    paused: {
      text: `SELECT extract(epoch FROM since)::float8, extract(epoch FROM until)::float8, reason FROM ${pauses}
WHERE queue = $1 AND (until IS NULL OR until > now())`,
    },

    remove: { text: take('state < 4 AND (state <> 2 OR due <= now()) AND ties IS NULL') },

    cancel: { text: take('state < 4 AND ties IS NULL') },

    dropAll: {
      text: `WITH free AS (DELETE FROM ${taken} WHERE queue = $1),
waiting AS (DELETE FROM ${waits} WHERE queue = $1),
put_away AS (DELETE FROM ${parked} WHERE queue = $1),
filled AS (DELETE FROM ${batches} WHERE queue = $1)
DELETE FROM ${tasks} WHERE ${any} OR (state = 4 AND queue = $1)`,
    },

    counts: {
      text: `SELECT
  ((SELECT count(*) ${of(0)}) + (SELECT count(*) ${of(1)} AND due <= now()) + (SELECT count(*) ${of(2)} AND due <= now()))::integer,
  (SELECT count(*) ${of(1)} AND due > now())::integer,
  (SELECT count(*) ${of(2)} AND due > now())::integer,
  (SELECT count(*) ${of(3)})::integer`,
    },

    levels: {
      text: `SELECT ${USUAL}, (SELECT count(*) ${of(0)})::integer
UNION ALL SELECT priority, count(*)::integer ${of(1)} AND due < timestamptz 'epoch' GROUP BY priority`,
    },

    // The queues where something waits at another level than the usual one.
    uneven: {
      text: `SELECT queue FROM unnest($1::text[]) AS q (queue)
WHERE EXISTS (SELECT FROM ${tasks} t WHERE t.queue = q.queue AND state = 1 AND due < timestamptz 'epoch')`,
    },

    // From one name to the next, instead of through every task.
    queues: {
      text: `WITH RECURSIVE found (name) AS (
  SELECT ${least('')}
  UNION ALL
  SELECT ${least(' AND queue > found.name')} FROM found WHERE found.name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL`,
    },

    list: {
      waiting: {
        // Each part stops by itself: of all of them together the planner reads and sorts whatever waits. At one level `due` has the order of `seq`.
        text: `${[
          `${page(0)} ${last}`,
          ...LEVELS.map(
            (level) =>
              `${listed('seq')} ${of(1)} AND due > ${longAgo(level, '$2')} AND due < ${longAgo(level, String(SPAN))} ORDER BY due LIMIT $3`,
          ),
          `${page(1, " AND due >= timestamptz 'epoch' AND due <= now()")} ${last}`,
          `${page(2, ' AND due <= now()')} ${last}`,
        ]
          .map((part) => `(${part})`)
          .join(' UNION ALL ')} ${last}`,
      },
      // By the index, which has them by their time: $4 that of the last one before.
      delayed: {
        text: `${listed(`${textOfTime('due')} || '@' || seq`)} ${of(1)} AND due > now() AND (due, seq) > ($4::timestamptz, $2) ORDER BY due, seq LIMIT $3`,
      },
      running: { text: `${page(2, ' AND due > now()')} ${last}` },
      dead: { text: `${page(3)} ${last}` },
    },

    get: {
      text: `SELECT ${STORED}, seq, extract(epoch FROM due)::float8, reason, extract(epoch FROM enqueued)::float8, priority,
  CASE WHEN state IN (1, 2) AND due <= now() THEN 0 ELSE state END FROM ${tasks} WHERE queue = $1 AND id = $2 AND state < 4`,
    },

    find: {
      text: `SELECT id, CASE WHEN state IN (1, 2) AND due <= now() THEN 0 ELSE state END FROM ${tasks}
WHERE queue = $1 AND id = ANY ($2::uuid[]) AND state < 4`,
    },

    removed: { text: `SELECT id FROM ${tasks} WHERE queue = $1 AND id = ANY ($2::uuid[]) AND state = 4` },

    announce: {
      text: `WITH forgotten AS (DELETE FROM ${workers} WHERE until <= now() AND id <> $1),
over AS (DELETE FROM ${pushes} WHERE at < now() - interval '${MARK_LIFE}'),
free AS (DELETE FROM ${taken} WHERE until < now() - interval '${MARK_LIFE}')
INSERT INTO ${workers} VALUES ($1, clock_timestamp() + make_interval(secs => $2), $3)
ON CONFLICT (id) DO UPDATE SET until = excluded.until, info = excluded.info`,
    },
    retire: { text: `DELETE FROM ${workers} WHERE id = $1` },
    workers: { text: `SELECT info FROM ${workers} WHERE until > now()` },

    clock: { text: `SELECT ${EPOCH}::float8` },
    getState: {
      text: `SELECT value FROM ${state} WHERE key = $1 AND (until IS NULL OR until > clock_timestamp())`,
    },
    putState: { text: `${putState} RETURNING 1` },
    addState: { text: `${putState} WHERE s.until <= clock_timestamp() RETURNING 1` },
    replaceState: {
      text: `UPDATE ${state} SET value = $2, until = clock_timestamp() + make_interval(secs => $3)
WHERE key = $1 AND value = $4 AND (until IS NULL OR until > clock_timestamp()) RETURNING 1`,
    },
    deleteState: {
      text: `DELETE FROM ${state} WHERE key = $1 AND ($2::text IS NULL OR value = $2)
  AND (until IS NULL OR until > clock_timestamp()) RETURNING 1`,
    },
  }
}
