import { BATCH_KEPT } from '@alligator/core/backend'
import type { Names } from './names.js'

/** As for the function that places tasks: a plan that is made while a table is nearly empty must not read all of it later. */
const PLANS = 'SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off'
/** Seconds between two tries to lock what somebody else has locked. */
const LOCK_PAUSE = 0.005

/**
 * What makes the functions for tasks that wait for others, and for batches. Each takes JSON, with the `queue`, and first waits for
 * whoever does the same on that queue, until their transaction ends. So all that is counted is counted by one at a time, and nobody
 * waits for somebody who waits for them.
 *
 * - `hold`: looks before something is pushed. `batches`: the nodes of those that are to have more members; `ids`: of the tasks. Gives, as JSON,
 *   which of the batches take no more, and which of the tasks are there.
 * - `tie`: `items` that were just written are parked, and made members. Each has its `id`, the node of its `batch`, `how` it waits and
 *   for which `others`, and when it is `due`.
 * - `finish`: tasks that have ended, by their `ids`, all of them `good` or not; those of `acks` that are held, by `id` and `lease`, which it removes; `close`: the
 *   node of a batch that is full, or `canceled`. Gives, as JSON, the leases that it has ended.
 *
 * A plain ack passes over what has ties, which are looked at once it holds the row. So to have ties a row must be locked; that is tried again and again,
 * with none of them locked in between, since an ack locks many in an order of its own.
 *
 * No line but the last one of each ends a statement and is followed by one that is not indented: that is where statements are told apart.
 */
export function createTies(names: Names): string {
  const { tasks, waits, parked, batches, hold, tie, finish } = names
  const lock = `PERFORM pg_advisory_xact_lock(hashtextextended(q, 1634495589));`
  const head = (
    name: string,
    type: string,
  ) => `CREATE FUNCTION ${name} (request text) RETURNS ${type} LANGUAGE plpgsql
  ${PLANS} AS $body$
  #variable_conflict use_column
  DECLARE
    given json := request::json;
    q text := given ->> 'queue';`
  return `${head(hold, 'text')}
  BEGIN
    ${lock}
    RETURN json_build_object(
      'over', (SELECT json_agg(wanted.node) FROM json_array_elements_text(given -> 'batches') AS wanted (node) WHERE NOT EXISTS (
        SELECT FROM ${batches} b WHERE b.queue = q AND b.node = wanted.node::uuid AND b.ended IS NULL AND NOT b.is_canceled)),
      'there', (SELECT json_agg(wanted.id) FROM json_array_elements_text(given -> 'ids') AS wanted (id) WHERE EXISTS (
        SELECT FROM ${tasks} t WHERE t.queue = q AND t.id = wanted.id::uuid AND t.state < 4)));
  END
$body$;
${head(tie, 'void')}
    ids uuid[] := ARRAY (SELECT (i ->> 'id')::uuid FROM json_array_elements(given -> 'items') AS i WHERE i ->> 'batch' IS NOT NULL);
    others uuid[] := ARRAY (SELECT DISTINCT o.id::uuid FROM json_array_elements(given -> 'items') AS i,
      json_array_elements_text(i -> 'others') AS o (id));
    moment timestamptz := clock_timestamp();
  BEGIN
    ${lock}
    IF cardinality(ids) > 0 THEN
      INSERT INTO ${waits} (queue, id, waiter)
      SELECT q, i.id, i.batch FROM json_to_recordset(given -> 'items') AS i (id uuid, batch uuid) WHERE i.batch IS NOT NULL;
      UPDATE ${batches} b SET total = total + counted.size, pending = pending + counted.size FROM (
        SELECT i.batch, count(*) AS size FROM json_to_recordset(given -> 'items') AS i (batch uuid) WHERE i.batch IS NOT NULL GROUP BY i.batch
      ) AS counted WHERE b.queue = q AND b.node = counted.batch;
      UPDATE ${tasks} SET ties = coalesce(ties, 0) | 1 WHERE id = ANY (ids) AND queue = q;
    END IF;
    IF cardinality(others) > 0 THEN
      LOOP
        BEGIN
          PERFORM FROM ${tasks} t WHERE t.id = ANY (others) AND t.queue = q AND t.state < 3 ORDER BY t.id FOR UPDATE NOWAIT;
          EXIT;
        EXCEPTION WHEN lock_not_available THEN
          PERFORM pg_sleep(${LOCK_PAUSE});
        END;
      END LOOP;
      INSERT INTO ${waits} (queue, id, waiter)
      SELECT DISTINCT q, o.id::uuid, i.id FROM json_to_recordset(given -> 'items') AS i (id uuid, how text, others json), json_array_elements_text(i.others) AS o (id)
      WHERE o.id::uuid <> i.id
        AND (i.how NOT IN ('s', 'a') OR EXISTS (SELECT FROM ${tasks} t WHERE t.id = o.id::uuid AND t.queue = q AND t.state < 3));
      UPDATE ${tasks} SET ties = coalesce(ties, 0) | 1 WHERE id = ANY (others) AND queue = q AND state < 3;
      INSERT INTO ${parked} (queue, id, how, due, pending)
      SELECT q, i.id, i.how, to_timestamp(i.due + CASE WHEN extract(epoch FROM moment) - i.sent > 1 THEN extract(epoch FROM moment) - i.sent ELSE 0 END), counted.size
      FROM json_to_recordset(given -> 'items') AS i (id uuid, how text, due float8, sent float8),
        LATERAL (SELECT count(*) AS size FROM ${waits} w WHERE w.queue = q AND w.waiter = i.id) AS counted
      WHERE i.how IS NOT NULL AND counted.size > 0;
      UPDATE ${tasks} SET state = 1, due = 'infinity', ties = coalesce(ties, 0) | 2 WHERE queue = q AND id = ANY (ARRAY (
        SELECT i.id FROM json_to_recordset(given -> 'items') AS i (id uuid) JOIN ${parked} p ON p.queue = q AND p.id = i.id));
    END IF;
  END
$body$;
${head(finish, 'text')}
    moment timestamptz := clock_timestamp();
    ids uuid[] := ARRAY (SELECT e.id::uuid FROM json_array_elements_text(given -> 'ids') AS e (id));
    goods boolean[] := array_fill((given ->> 'good')::boolean, ARRAY[cardinality(ids)]);
    further uuid[];
    further_goods boolean[];
    one record;
    batch record;
    waiter record;
    done json;
  BEGIN
    ${lock}
    DELETE FROM ${waits} WHERE queue = q AND waiter = ANY (ids) AND NOT (given ->> 'good')::boolean;
    DELETE FROM ${parked} WHERE queue = q AND id = ANY (ids) AND NOT (given ->> 'good')::boolean;
    IF given ->> 'acks' IS NOT NULL THEN
      WITH gone AS (
        DELETE FROM ${tasks} t USING json_to_recordset(given -> 'acks') AS p (id uuid, lease bigint)
        WHERE t.id = p.id AND t.queue = q AND t.lease = p.lease RETURNING t.id, t.lease
      )
      SELECT coalesce(array_agg(gone.id), '{}'), json_agg(gone.lease::text) INTO ids, done FROM gone;
      goods := array_fill(true, ARRAY[cardinality(ids)]);
    END IF;
    IF given ->> 'close' IS NOT NULL THEN
      UPDATE ${batches} SET is_full = true, is_canceled = is_canceled OR (given ->> 'canceled')::boolean
      WHERE queue = q AND node = (given ->> 'close')::uuid RETURNING * INTO batch;
      IF batch.pending = 0 THEN
        UPDATE ${batches} SET ended = moment WHERE queue = q AND node = batch.node;
        ids := ids || batch.node;
        goods := goods || (batch.failed = 0 AND NOT batch.is_canceled);
      END IF;
    END IF;
    WHILE cardinality(ids) > 0 LOOP
      further := '{}';
      further_goods := '{}';
      FOR one IN
        WITH gone AS (
          DELETE FROM ${waits} w USING unnest(ids, goods) AS e (id, good) WHERE w.queue = q AND w.id = e.id RETURNING w.waiter, e.good
        )
        SELECT gone.waiter, count(*) AS size, count(*) FILTER (WHERE gone.good) AS succeeded FROM gone GROUP BY gone.waiter ORDER BY gone.waiter
      LOOP
        UPDATE ${batches} SET pending = pending - one.size, succeeded = succeeded + one.succeeded, failed = failed + one.size - one.succeeded
        WHERE queue = q AND node = one.waiter RETURNING * INTO batch;
        IF FOUND THEN
          IF batch.is_full AND batch.pending = 0 AND batch.ended IS NULL THEN
            UPDATE ${batches} SET ended = moment WHERE queue = q AND node = batch.node;
            further := further || batch.node;
            further_goods := further_goods || (batch.failed = 0 AND NOT batch.is_canceled);
          END IF;
          CONTINUE;
        END IF;
        UPDATE ${parked} SET pending = pending - one.size WHERE queue = q AND id = one.waiter RETURNING * INTO waiter;
        CONTINUE WHEN NOT FOUND;
        IF waiter.how = 'success' AND one.succeeded = 0 OR waiter.how = 'failure' AND one.succeeded > 0 THEN
          WITH removed AS (DELETE FROM ${tasks} WHERE id = waiter.id AND queue = q RETURNING id, queue, name)
          INSERT INTO ${tasks} (id, queue, name, state) SELECT id, queue, name, 4 FROM removed;
          further := further || waiter.id;
          further_goods := further_goods || false;
        ELSIF waiter.pending = 0 OR waiter.how = 's' AND one.succeeded < one.size THEN
          UPDATE ${tasks} SET due = greatest(CASE WHEN waiter.how <> 's' OR one.succeeded = one.size THEN waiter.due END, moment),
            ties = nullif(ties & 1, 0) WHERE id = waiter.id AND queue = q;
            ELSE
          CONTINUE;
        END IF;
        DELETE FROM ${parked} WHERE queue = q AND id = waiter.id;
        DELETE FROM ${waits} WHERE queue = q AND waiter = one.waiter;
      END LOOP;
      ids := further;
      goods := further_goods;
    END LOOP;
    RETURN done;
  END
$body$`
}

/** How long it is known how a batch has ended. */
export const KEPT: string = `interval '${BATCH_KEPT} seconds'`
