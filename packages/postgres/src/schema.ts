import type { Names } from './names.js'
import { createPlace } from './place-function.js'
import { createTies } from './ties-functions.js'

/** Raised when the tables change so that an older package cannot use them. */
export const VERSION = 1

/**
 * The statements that make the tables.
 *
 * One table holds the tasks of all queues. `state` is 0 waiting, 1 delayed, 2 running or 3 dead, and each has a small index
 * of its own. 4 is the trace of a task that left the queue without success, for those that depend on it: it stands in the way of
 * the same id, so that nothing which is pushed must be looked for among the traces. `due` is when a delay or a lease ends. `seq` is the place in the line: a task keeps it while it runs and moves
 * to a new one, the highest, when a delay ends or it is kicked. `lease` is the proof of the last hand-out, which stays after a
 * lapse; it is made negative by a release or a burial, by which a repeated one knows itself. `id` is a uuid; of any other id
 * one that is made of it, and `name` is the id. A payload is in `data`, or in `bytes` where it is no text that PostgreSQL can
 * hold; what is long comes last. `enqueued` is the time of that, where the id does not tell it. Each push has a mark for some time, by
 * which a repeated one knows itself; one of tasks with keys also what came of it. What is kept by name has a row until its time is over,
 * or for good. How tries have ended has a row for each minute or hour of a queue in which any did. What pushes tasks at certain times has a row with the Unix time of its next tick. `unique_key` is what a task may be
 * there under only once, and `latest` when it is due at the latest, whatever delay replaces its own; the table of what is taken has
 * keys that are taken for a time, whatever becomes of their tasks. `note` is what stands beside a task, as bytes whatever it is; what tasks
 * gave has rows of their own, each until its time is over. `group_name` is for what is to come.
 *
 * `priority` is the place of a task's level, from 1, and NULL for the usual one. What waits at another level has the state 1 and a `due`
 * long ago, in a span of years for each level and in the order of `seq` within it: a delay that is over, for whoever does not look
 * closer. So nothing that is asked of a queue on which all is usual is asked for the sake of levels. Queues that are paused are few,
 * and stand in a table of their own.
 *
 * `ties` is NULL for most; 1 where something waits for the task, 2 where it is parked, or 3: it then has the state 1, and is due never. Another table
 * has what waits for what, by the id of a task or the node of a batch, a uuid that is made of its id. Of what is parked there is how it waits, for how
 * many, and its delay; of a batch, how far it is.
 *
 * Rows come and go, and the planner goes by the pages that a table has at the moment of planning: a plan that is made while
 * a queue is empty, and kept, would read all of the table when it is full. So the table is given some pages for good, and
 * `vacuum_truncate` leaves them there. They are filled before the indexes exist, which then know nothing of it.
 */
export function createStatements(names: Names): string {
  const {
    schema,
    tasks,
    line,
    meta,
    workers,
    tallies,
    pushes,
    taken,
    pauses,
    state,
    results,
    schedules,
    waits,
    parked,
    batches,
    indexes,
  } = names
  return `CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE ${meta} (key text PRIMARY KEY, value text NOT NULL);
CREATE SEQUENCE ${line};
CREATE TABLE ${tasks} (
  seq bigint NOT NULL DEFAULT nextval('${line.replaceAll("'", "''")}'),
  lease bigint,
  due timestamptz,
  id uuid NOT NULL,
  deliveries integer NOT NULL DEFAULT 0,
  state smallint NOT NULL DEFAULT 0,
  priority smallint,
  ties smallint,
  queue text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  unique_key bytea,
  group_name text COLLATE "C",
  reason text,
  enqueued timestamptz,
  latest timestamptz,
  note bytea,
  bytes bytea,
  data text
) WITH (
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 1000, vacuum_truncate = false
);
ALTER SEQUENCE ${line} OWNED BY ${tasks}.seq;
INSERT INTO ${tasks} (seq, id, queue, data)
  SELECT 0, '00000000-0000-0000-0000-000000000000', '', repeat('x', 1900) FROM generate_series(1, 384);
DELETE FROM ${tasks};
CREATE UNIQUE INDEX ${indexes.ids} ON ${tasks} (id, queue);
CREATE INDEX ${indexes.keys} ON ${tasks} (queue, unique_key) WHERE unique_key IS NOT NULL;
CREATE INDEX ${indexes.waiting} ON ${tasks} (queue, seq) WHERE state = 0;
CREATE INDEX ${indexes.delayed} ON ${tasks} (queue, due, seq) WHERE state = 1;
CREATE INDEX ${indexes.running} ON ${tasks} (queue, due) WHERE state = 2;
CREATE INDEX ${indexes.dead} ON ${tasks} (queue, seq) WHERE state = 3;
CREATE INDEX ${indexes.removed} ON ${tasks} (queue, seq) WHERE state = 4;
CREATE TABLE ${workers} (id text COLLATE "C" PRIMARY KEY, until timestamptz NOT NULL, info text NOT NULL);
CREATE TABLE ${tallies} (
  queue text COLLATE "C" NOT NULL, length integer NOT NULL, start bigint NOT NULL,
  success double precision NOT NULL, retry double precision NOT NULL, snoozed double precision NOT NULL, dead double precision NOT NULL,
  canceled double precision NOT NULL, lost double precision NOT NULL, runs double precision NOT NULL, seconds double precision NOT NULL,
  PRIMARY KEY (queue, length, start)
) WITH (fillfactor = 70);
CREATE INDEX ${indexes.tallies} ON ${tallies} (length, start);
CREATE TABLE ${pushes} (mark uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), placed text);
CREATE TABLE ${taken} (
  queue text COLLATE "C" NOT NULL, unique_key bytea NOT NULL, id uuid NOT NULL, name text COLLATE "C", until timestamptz NOT NULL,
  PRIMARY KEY (queue, unique_key)
);
CREATE INDEX ${indexes.taken} ON ${taken} (until);
CREATE TABLE ${state} (key text COLLATE "C" PRIMARY KEY, value text NOT NULL, until timestamptz);
CREATE INDEX ${indexes.state} ON ${state} (until) WHERE until IS NOT NULL;
CREATE TABLE ${results} (
  queue text COLLATE "C" NOT NULL, id uuid NOT NULL, until timestamptz NOT NULL, bytes bytea, data text, PRIMARY KEY (queue, id)
);
CREATE INDEX ${indexes.results} ON ${results} (until);
CREATE TABLE ${pauses} (queue text COLLATE "C" PRIMARY KEY, since timestamptz NOT NULL, until timestamptz, reason text);
CREATE TABLE ${schedules} (
  queue text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version text NOT NULL,
  next double precision,
  state text NOT NULL,
  bytes bytea,
  data text,
  PRIMARY KEY (queue, id)
);
CREATE TABLE ${waits} (queue text COLLATE "C" NOT NULL, id uuid NOT NULL, waiter uuid NOT NULL, PRIMARY KEY (queue, id, waiter));
CREATE INDEX ${indexes.waiters} ON ${waits} (queue, waiter);
CREATE TABLE ${parked} (
  queue text COLLATE "C" NOT NULL, id uuid NOT NULL, how text NOT NULL, due timestamptz, pending bigint NOT NULL, PRIMARY KEY (queue, id)
);
CREATE TABLE ${batches} (
  queue text COLLATE "C" NOT NULL,
  node uuid NOT NULL,
  id text COLLATE "C" NOT NULL,
  total bigint NOT NULL DEFAULT 0,
  succeeded bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  pending bigint NOT NULL DEFAULT 0,
  is_full boolean NOT NULL DEFAULT false,
  is_canceled boolean NOT NULL DEFAULT false,
  ended timestamptz,
  PRIMARY KEY (queue, node)
) WITH (fillfactor = 50);
CREATE INDEX ${indexes.ended} ON ${batches} (ended) WHERE ended IS NOT NULL;
CREATE INDEX ${indexes.batches} ON ${batches} (queue, ended, id);
${createPlace(names)};
${createTies(names)};
INSERT INTO ${meta} VALUES ('version', '${VERSION}');`
}
