import { WAITS, longAgo } from './levels.js'
import type { Names } from './names.js'

/** Keys of a push that are locked one by one: a server has room for some thousands of locks. More lock all of their queues. */
const MOST_LOCKS = 500

/**
 * What makes the function that pushes tasks of which some have a key. It is a function because of its locks: what stands in the
 * way of a task is looked for by a statement that begins once nobody else pushes the same keys, and so sees what they have pushed;
 * in one round trip, and in a transaction of the app too, where the next push of a key waits for its end. Keys are locked in their
 * order, so that no two pushes wait for each other.
 *
 * `items`: as JSON, those of one key at most once; `mark`: that of the push, or NULL; `again`: whether it may have been made before.
 * Gives, as JSON, for each item to which something else than usual has happened: its place from 1, a mark, the id of a task in two
 * parts, and that of one that runs. The mark is `+` for one that was pushed, `=` for one in whose way the other stands, `!` for
 * one that is refused because of its id, and `?` because of its key. Where one is refused, nothing is written.
 *
 * A plan that is made while a queue is nearly empty, and kept, would read all of the table when it is full: so none is to read
 * more than it looks for.
 *
 * No line but the last one ends a statement and is followed by one that is not indented: that is where statements are told apart.
 */
export function createPlace({ place, tasks, line, taken, pushes }: Names): string {
  const next = `nextval('${line.replaceAll("'", "''")}')`
  const waits = (t: string) => `(${t}.state < 2 OR (${t}.state = 2 AND ${t}.due <= moment))`
  const columns = 'seq, queue, id, name, unique_key, latest, state, due, enqueued, priority, bytes, data'
  // What has a level must know its place before it is written.
  const lined = `SELECT seq, queue, id, name, key, latest, CASE WHEN due > moment THEN 1 ELSE ${WAITS} END,
        CASE WHEN due > moment THEN due ELSE ${longAgo('priority', 'seq')} END, enqueued, priority, bytes, data
        FROM (SELECT *, ${next} AS seq FROM (SELECT *`
  // What falls due now, or changes its level, goes to the tail.
  const newPlace = `CASE WHEN f.due > moment IS NOT TRUE AND (t.state = 1 AND t.due >= timestamptz 'epoch'
            OR t.priority IS DISTINCT FROM f.priority) THEN f.tail ELSE t.seq END`
  const due =
    'to_timestamp(due + CASE WHEN extract(epoch FROM moment) - sent > 1 THEN extract(epoch FROM moment) - sent ELSE 0 END)'
  const items = `ROWS FROM (json_to_recordset(given) AS (queue text, id uuid, name text, due float8, sent float8, enqueued float8,
          priority smallint, bytes text, data text, key text, until text, conflict text, besides uuid, "for" float8, most float8)) WITH ORDINALITY
          AS i (queue, id, name, due, sent, enqueued, priority, bytes, data, key, until, conflict, besides, "for", most, nr)`
  return `CREATE FUNCTION ${place} (items text, push_mark uuid, again boolean) RETURNS text LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $body$
  #variable_conflict use_column
  DECLARE
    given json := items::json;
    -- Once: it reads all of it.
    size integer := json_array_length(given);
    moment timestamptz;
    told text;
    missed bigint;
    is_new boolean;
  BEGIN
    PERFORM CASE
      WHEN is_key THEN pg_advisory_xact_lock(hash)
      WHEN size > ${MOST_LOCKS} THEN pg_advisory_xact_lock(hash)
      ELSE pg_advisory_xact_lock_shared(hash) END
    FROM (
      SELECT DISTINCT is_key, hashtextextended(CASE WHEN is_key THEN queue || ' ' || key ELSE queue END, 1634495588) AS hash
      FROM json_to_recordset(given) AS i (queue text, key text), (VALUES (false), (true)) AS v (is_key)
      WHERE NOT is_key OR key IS NOT NULL AND size <= ${MOST_LOCKS} ORDER BY is_key, hash
    ) AS locks;
    IF again THEN
      SELECT placed INTO told FROM ${pushes} WHERE mark = push_mark;
      IF FOUND THEN
        RETURN told;
      END IF;
    END IF;
    moment := clock_timestamp();
    -- What is new in every respect, as most is, needs no more than a look that finds nothing.
    SELECT count("for"), count(*) = count(DISTINCT id) AND bool_and(
        NOT EXISTS (SELECT FROM ${tasks} t WHERE t.queue = i.queue AND t.unique_key = decode(i.key, 'hex'))
        AND NOT EXISTS (SELECT FROM ${taken} k WHERE k.queue = i.queue AND k.unique_key = decode(i.key, 'hex'))
        AND NOT EXISTS (SELECT FROM ${tasks} t WHERE t.id = i.id AND t.queue = i.queue))
    INTO missed, is_new FROM json_to_recordset(given) AS i (queue text, id uuid, key text, "for" float8);
    IF is_new THEN
      INSERT INTO ${tasks} (${columns})
      ${lined}
      FROM (SELECT queue, id, name, priority, decode(key, 'hex') AS key, moment + make_interval(secs => most) AS latest, nr, data,
        least(${due}, moment + make_interval(secs => CASE WHEN due IS NOT NULL THEN most END)) AS due,
        to_timestamp(enqueued) AS enqueued, decode(bytes, 'base64') AS bytes
        FROM ${items}) AS item ORDER BY nr) AS ordered) AS lined;
      IF missed > 0 THEN
        INSERT INTO ${taken} (queue, unique_key, id, name, until)
        SELECT queue, decode(key, 'hex'), id, name, moment + make_interval(secs => "for") FROM ${items} WHERE "for" IS NOT NULL;
        DELETE FROM ${taken} WHERE ctid = ANY (ARRAY (
          SELECT ctid FROM ${taken} WHERE until <= moment ORDER BY until LIMIT 2 * missed FOR UPDATE SKIP LOCKED));
      END IF;
      IF push_mark IS NOT NULL THEN
        INSERT INTO ${pushes} (mark) VALUES (push_mark);
      END IF;
      RETURN NULL;
    END IF;
    LOOP
      moment := clock_timestamp();
      -- What is to be replaced must not be handed out meanwhile.
      IF items LIKE '%"conflict":"r"%' THEN
      PERFORM FROM ${tasks} t WHERE t.ctid = ANY (ARRAY (
        SELECT t.ctid FROM json_to_recordset(given) AS i (queue text, key text, conflict text)
        JOIN ${tasks} t ON t.queue = i.queue AND t.unique_key = decode(i.key, 'hex')
        WHERE i.conflict = 'r' AND ${waits('t')} ORDER BY t.id)) FOR UPDATE;
      END IF;
      WITH item AS MATERIALIZED (
        SELECT queue, id, name, priority, data, decode(bytes, 'base64') AS bytes, nr, to_timestamp(enqueued) AS enqueued,
          ${due} AS due,
          decode(key, 'hex') AS key, until, conflict, besides,
          moment + make_interval(secs => "for") AS ends, moment + make_interval(secs => most) AS latest
        FROM ${items}
      ),
      seen AS MATERIALIZED (
        SELECT item.*, waiting.id AS waits, waiting.latest AS held_latest, running.id AS runs, running.name AS runs_name, o.id AS other, o.name AS other_name,
          EXISTS (SELECT FROM ${tasks} t WHERE t.id = item.id AND t.queue = item.queue AND t.state < 4) AS is_there
        FROM item
        LEFT JOIN LATERAL (
          SELECT t.id, t.name, t.latest FROM ${tasks} t WHERE t.queue = item.queue AND t.unique_key = item.key AND ${waits('t')}
          ORDER BY t.seq DESC LIMIT 1
        ) AS waiting ON true
        LEFT JOIN LATERAL (
          SELECT t.id, t.name FROM ${tasks} t
          WHERE t.queue = item.queue AND t.unique_key = item.key AND t.state = 2 AND t.due > moment
          ORDER BY t.id IS NOT DISTINCT FROM item.besides, t.seq DESC LIMIT 1
        ) AS running ON true
        LEFT JOIN LATERAL (
          SELECT k.id, k.name FROM ${taken} k
          WHERE k.queue = item.queue AND k.unique_key = item.key AND k.until > moment AND k.id IS DISTINCT FROM item.besides
            AND NOT EXISTS (SELECT FROM ${tasks} t WHERE t.id = k.id AND t.queue = k.queue AND t.state > 2)
        ) AS taker ON true
        CROSS JOIN LATERAL (
          SELECT waiting.id, waiting.name, 1 AS rank WHERE waiting.id IS NOT NULL
          UNION ALL SELECT running.id, running.name, 2 WHERE item.until = 'f' AND running.id IS DISTINCT FROM item.besides AND running.id IS NOT NULL
          UNION ALL SELECT taker.id, taker.name, 3 WHERE taker.id IS NOT NULL
          UNION ALL SELECT NULL, NULL, 4
          ORDER BY rank LIMIT 1
        ) AS o
      ),
      refused AS MATERIALIZED (
        SELECT nr, '?' AS mark, other AS id, other_name AS name FROM seen WHERE conflict = 't' AND other <> id
        UNION ALL
        SELECT i.nr, '!', i.id, i.name FROM seen i JOIN ${tasks} t ON t.id = i.id AND t.queue = i.queue
        WHERE i.other IS NULL AND t.state < 4
          AND (i.data IS DISTINCT FROM t.data OR i.bytes IS DISTINCT FROM t.bytes OR i.name IS DISTINCT FROM t.name)
        UNION ALL
        SELECT i.nr, '!', i.id, i.name FROM item i JOIN item t ON t.id = i.id AND t.queue = i.queue
        WHERE i.data IS DISTINCT FROM t.data OR i.bytes IS DISTINCT FROM t.bytes OR i.name IS DISTINCT FROM t.name
      ),
      former AS MATERIALIZED (
        SELECT nr, queue, waits, priority, data, bytes, CASE WHEN due IS NOT NULL THEN least(due, held_latest) END AS due
        FROM seen WHERE conflict = 'r' AND waits <> id AND NOT EXISTS (SELECT FROM refused)
      ),
      replaced AS (
        UPDATE ${tasks} t SET data = f.data, bytes = f.bytes, note = NULL, deliveries = 0, lease = NULL, priority = f.priority,
          state = CASE WHEN f.due > moment THEN 1 WHEN f.priority IS NULL THEN 0 ELSE 1 END,
          due = CASE WHEN f.due > moment THEN f.due ELSE ${longAgo('f.priority', `(${newPlace})`)} END, seq = ${newPlace}
        FROM (SELECT *, ${next} AS tail FROM former) AS f WHERE t.id = f.waits AND t.queue = f.queue AND ${waits('t')}
        RETURNING f.nr
      ),
      added AS MATERIALIZED (
        SELECT DISTINCT ON (id, queue) nr, queue, id, name, priority, key, latest, enqueued, bytes, data,
          CASE WHEN due IS NOT NULL THEN least(due, latest) END AS due
        FROM seen WHERE other IS NULL AND NOT is_there AND NOT EXISTS (SELECT FROM refused) ORDER BY id, queue, nr
      ),
      written AS (
        INSERT INTO ${tasks} AS t (${columns})
        ${lined} FROM added ORDER BY nr) AS ordered) AS lined
        ON CONFLICT (id, queue) DO UPDATE SET seq = excluded.seq, name = excluded.name, priority = excluded.priority, unique_key = excluded.unique_key,
          latest = excluded.latest, state = excluded.state, due = excluded.due, enqueued = excluded.enqueued,
          bytes = excluded.bytes, data = excluded.data WHERE t.state = 4
      ),
      took AS (
        INSERT INTO ${taken} AS k (queue, unique_key, id, name, until)
        SELECT queue, key, coalesce(waits, id), CASE WHEN waits IS NULL THEN name ELSE other_name END, ends FROM seen
        WHERE ends IS NOT NULL AND (other IS NULL AND NOT is_there OR (conflict = 'r' AND waits <> id)) AND NOT EXISTS (SELECT FROM refused)
        ON CONFLICT (queue, unique_key) DO UPDATE SET id = excluded.id, name = excluded.name, until = excluded.until
      ),
      forgotten AS (
        DELETE FROM ${taken} WHERE EXISTS (SELECT FROM item WHERE ends IS NOT NULL) AND ctid = ANY (ARRAY (
          SELECT k.ctid FROM ${taken} k WHERE k.until <= moment AND NOT EXISTS (
            SELECT FROM item WHERE item.queue = k.queue AND item.key = k.unique_key
          ) ORDER BY k.until LIMIT 2 + size FOR UPDATE SKIP LOCKED))
      )
      SELECT (SELECT count(*) FROM former) - (SELECT count(*) FROM replaced), CASE
        WHEN EXISTS (SELECT FROM refused) THEN (SELECT json_agg(json_build_array(nr, mark, id, name) ORDER BY nr)::text FROM refused)
        ELSE (SELECT json_agg(json_build_array(nr, CASE WHEN other <> id THEN '=' ELSE '+' END, coalesce(other, id),
          CASE WHEN other IS NULL THEN name ELSE other_name END, runs, runs_name) ORDER BY nr)::text
          FROM seen WHERE other <> id OR runs IS NOT NULL)
      END INTO missed, told;
      -- What was to be replaced has begun to run.
      EXIT WHEN missed = 0;
    END LOOP;
    IF push_mark IS NOT NULL AND coalesce(told, '') NOT LIKE '%"!"%' AND coalesce(told, '') NOT LIKE '%"?"%' THEN
      INSERT INTO ${pushes} (mark, placed) VALUES (push_mark, told);
    END IF;
    RETURN told;
  END
$body$`
}
