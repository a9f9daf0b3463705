import type { Clock, Finding, Health } from '@alligator/core'
import type { Connection } from './connection.js'
import { HEALTH } from './health-statements.js'
import { VERSION } from './schema.js'
import type { Statement } from './statements.js'

/** Rows that are dead may be many, where as many are alive or few are. */
const MANY_DEAD = 10_000
/** Seconds for which a transaction may be open. */
const LONG_OPEN = 300
/** Transactions that have begun since a slot took its snapshot. */
const FAR_BEHIND = 100_000
/** Seconds by which two clocks may differ. */
const SKEW = 1

/** The columns of each table, in the order of their names, as the server writes them. */
const COLUMNS = {
  tasks:
    'bytes bytea, data text, deliveries integer, due timestamp with time zone, enqueued timestamp with time zone, group_name text, id uuid, ' +
    'latest timestamp with time zone, lease bigint, ' +
    'name text, note bytea, priority smallint, queue text, reason text, seq bigint, state smallint, ties smallint, unique_key bytea',
  state: 'key text, until timestamp with time zone, value text',
  workers: 'id text, info text, until timestamp with time zone',
  tallies:
    'canceled double precision, dead double precision, length integer, lost double precision, queue text, retry double precision, ' +
    'runs double precision, seconds double precision, snoozed double precision, start bigint, success double precision',
  meta: 'key text, value text',
  pushes: 'at timestamp with time zone, mark uuid, placed text',
  taken: 'id uuid, name text, queue text, unique_key bytea, until timestamp with time zone',
  results: 'bytes bytea, data text, id uuid, queue text, until timestamp with time zone',
  schedules: 'bytes bytea, data text, id text, next double precision, queue text, state text, version text',
  waits: 'id uuid, queue text, waiter uuid',
  parked: 'due timestamp with time zone, how text, id uuid, pending bigint, queue text',
  batches:
    'ended timestamp with time zone, failed bigint, id text, is_canceled boolean, is_full boolean, node uuid, pending bigint, queue text, ' +
    'succeeded bigint, total bigint',
  pauses: 'queue text, reason text, since timestamp with time zone, until timestamp with time zone',
} as const
const INDEXES = {
  ids: 'UNIQUE USING btree (id, queue)',
  keys: 'USING btree (queue, unique_key) WHERE (unique_key IS NOT NULL)',
  waiting: 'USING btree (queue, seq) WHERE (state = 0)',
  delayed: 'USING btree (queue, due, seq) WHERE (state = 1)',
  running: 'USING btree (queue, due) WHERE (state = 2)',
  dead: 'USING btree (queue, seq) WHERE (state = 3)',
  removed: 'USING btree (queue, seq) WHERE (state = 4)',
} as const
const SETTINGS: readonly string[] = [
  'fillfactor=70',
  'autovacuum_vacuum_scale_factor=0',
  'autovacuum_vacuum_threshold=1000',
  'autovacuum_vacuum_cost_delay=0',
  'vacuum_truncate=false',
]

const NONE_YET: Finding = {
  ...{ check: 'tables', isWell: true },
  found: 'none yet: the first task that is put there makes them, or `alligator migrate`',
}

/** Asks the server what makes queues slow, or loses tasks. */
export class Examination implements Health {
  readonly #connection: Connection
  readonly #clock: Clock

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  async examine(): Promise<Finding[]> {
    if (await this.#connection.areAbsent())
      return [NONE_YET, await this.#snapshots(), await this.#durability(), await this.#clocks()]
    return [
      await this.#tables(),
      await this.#indexes(),
      await this.#deadRows(),
      await this.#snapshots(),
      await this.#durability(),
      await this.#clocks(),
    ]
  }

  async #tables(): Promise<Finding> {
    const { schema, prefix } = this.#connection.settings
    const wanted = Object.entries(COLUMNS).map(([name, columns]) => [`${prefix}_${name}`, columns] as const)
    const names = wanted.map(([name]) => name)
    const found = new Map(await this.#connection.run<[string, string]>(HEALTH.columns, () => [schema, names]))
    const others = wanted.filter(([name, columns]) => found.get(name) !== columns).map(([name]) => name)
    const settings = (await this.#ask<[string]>(HEALTH.settings)).map(([setting]) => setting)
    const unset = SETTINGS.filter((setting) => !settings.includes(setting))
    if (others.length > 0)
      return {
        ...{ check: 'tables', isWell: false, found: `not as they were made: ${others.join(', ')}` },
        advice:
          'Compare them with what `alligator migrate --sql` prints; the columns of another version may be there.',
      }
    if (unset.length > 0)
      return {
        ...{ check: 'tables', isWell: false, found: `${prefix}_tasks lacks ${unset.join(', ')}` },
        advice: `Run ALTER TABLE ${this.#connection.names.tasks} SET (${unset.join(', ')}).`,
      }
    return { check: 'tables', isWell: true, found: `version ${VERSION}, as they were made` }
  }

  async #indexes(): Promise<Finding> {
    const { prefix } = this.#connection.settings
    const rows = await this.#ask<[name: string, isValid: boolean, definition: string]>(HEALTH.indexes)
    const found = new Map(rows.filter(([, isValid]) => isValid).map(([name, , text]) => [name, text]))
    const wanted = Object.entries(INDEXES).map(([name, text]) => [`${prefix}_${name}`, text] as const)
    const missing = wanted.filter(([name, text]) => found.get(name) !== text).map(([name]) => name)
    const names = new Set<string>(wanted.map(([name]) => name))
    const more = rows.map(([name]) => name).filter((name) => !names.has(name))
    const check = 'indexes'
    if (missing.length > 0)
      return {
        ...{ check, isWell: false, found: `missing, or not as they were made: ${missing.join(', ')}` },
        advice: 'Drop what is left of them, and run their lines of `alligator migrate --sql` again.',
      }
    if (more.length > 0)
      return {
        ...{ check, isWell: false, found: `not made by this package: ${more.join(', ')}` },
        advice: 'Each task is written to them three times: drop those that nothing needs.',
      }
    return { check, isWell: true, found: `${names.size}, as they were made` }
  }

  async #deadRows(): Promise<Finding> {
    const [[alive, dead, since, isOn] = [0, 0, null, true]] = await this.#ask<
      [number, number, number | null, boolean]
    >(HEALTH.rows)
    const vacuumed = since === null ? 'never vacuumed' : `vacuumed ${lengthOf(since)} ago`
    const about = { check: 'dead rows', found: `${dead} beside ${alive} that are alive, ${vacuumed}` }
    if (!isOn)
      return {
        ...{ check: 'dead rows', isWell: false, found: `${about.found}; autovacuum is off` },
        advice: 'Switch autovacuum and track_counts on: a queue lives by them.',
      }
    if (dead < MANY_DEAD || dead < alive) return { ...about, isWell: true }
    return {
      ...{ ...about, isWell: false },
      advice: 'Autovacuum does not keep up: look for old snapshots, and at autovacuum_max_workers.',
    }
  }

  async #snapshots(): Promise<Finding> {
    const [[sees] = [false]] = await this.#connection.askServer<[boolean]>(HEALTH.sight, () => [])
    const [oldest] = await this.#connection.askServer<[string, number | null, number]>(
      HEALTH.snapshots,
      () => [],
    )
    const check = 'old snapshots'
    if (oldest) {
      const [holder, seconds, age] = oldest
      const length = seconds === null ? '' : ` for ${lengthOf(seconds)}`
      const found = `the oldest is held${length} by ${holder}, ${age} transactions ago`
      if ((seconds ?? 0) <= LONG_OPEN && (seconds !== null || age <= FAR_BEHIND))
        return { check, isWell: true, found }
      const advice =
        'What was finished since cannot be removed: end that transaction, or drop the slot, if nobody needs it.'
      return { check, isWell: false, found, advice }
    }
    return {
      check,
      isWell: true,
      found: sees ? 'none' : 'none that this user may see: it is no pg_read_all_stats',
    }
  }

  async #durability(): Promise<Finding> {
    const off = (await this.#connection.askServer<[string]>(HEALTH.durability, () => [])).map(
      ([name]) => name,
    )
    const check = 'durability'
    if (off.length === 0) return { check, isWell: true, found: 'what is confirmed is on the disk' }
    return {
      ...{ check, isWell: false, found: `off: ${off.join(', ')}` },
      advice: 'A crash loses what was confirmed in the last moments: switch it on, unless that may be.',
    }
  }

  /** Leases and delays go by the clock of the server, and what people read by that of this machine. */
  async #clocks(): Promise<Finding> {
    let asked = this.#clock.now()
    const [[theirs] = [asked]] = await this.#connection.askServer<[number]>(HEALTH.clock, () => {
      asked = this.#clock.now()
      return []
    })
    const answered = this.#clock.now()
    const skew = theirs < asked ? theirs - asked : Math.max(0, theirs - answered)
    const check = 'clocks'
    if (Math.abs(skew) <= SKEW) return { check, isWell: true, found: 'this machine and the server agree' }
    const found = `this machine is ${lengthOf(Math.abs(skew))} ${skew < 0 ? 'ahead of' : 'behind'} the server`
    return {
      check,
      isWell: false,
      found,
      advice: 'Set both by NTP: a delay until a time is late by as much.',
    }
  }

  /** Of the table of tasks. */
  #ask<R>(statement: Statement): Promise<R[]> {
    const { schema, prefix } = this.#connection.settings
    return this.#connection.run<R>(statement, () => [schema, `${prefix}_tasks`])
  }
}

function lengthOf(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
