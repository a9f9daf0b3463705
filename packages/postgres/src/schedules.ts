import type {
  Clock,
  DueSchedules,
  ScheduleChange,
  Schedules as SchedulesFacet,
  StoredSchedule,
  WorkerInfo,
} from '@alligator/core'
import { MOST_DUE } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { itemsText, packItems } from './pushed-items.js'
import type { Names } from './names.js'
import { AGAIN, EPOCH, ITEMS, type Statement, insertInto } from './statements.js'
import { packData, packId, packText, unpackData, unpackText } from './stored.js'
import type { Wakeups } from './wakeups.js'

type Row = [
  now: number,
  later: number | null,
  queue: string | null,
  id: string,
  version: string,
  next: number | null,
  state: string,
  data: string | null,
  bytes: Buffer | null,
]

/** Of a tick that was held; by its version a repeated one knows itself. */
const HELD = '-'

/** The schedules of a database: a row for each. */
export class Schedules implements Omit<SchedulesFacet, 'onPut'> {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #wakeups: Wakeups
  readonly #statements: Statements

  constructor(connection: Connection, clock: Clock, wakeups: Wakeups) {
    this.#connection = connection
    this.#clock = clock
    this.#wakeups = wakeups
    this.#statements = scheduleStatements(connection.names, connection.statements.announce)
  }

  async list(queue: string, ids?: readonly string[]): Promise<{ now: number; schedules: StoredSchedule[] }> {
    const values = [packText(queue, 'queue'), ids?.map((id) => packText(id, 'id')) ?? null]
    const rows = await this.#connection.look<Row>(this.#statements.list, () => values)
    const schedules = rows.flatMap(unpack)
    const now = rows[0]?.[0] ?? (await this.#connection.now())
    return { now, schedules: schedules.sort((a, b) => (a.id < b.id ? -1 : 1)) }
  }

  async put(schedule: StoredSchedule, former: string | undefined): Promise<boolean> {
    const { add, change, version } = this.#statements
    const { data, bytes } = packData(schedule.data, schedule.id)
    const [key, row] = [keyOf(schedule), [schedule.version, schedule.next ?? null]]
    const values = [...key, ...row, packText(schedule.state, 'state'), data, bytes]
    const isKept = await this.#connection.insist(async (ask, again) => {
      const kept = await (former === undefined ? ask(add, values) : ask(change, [...values, former]))
      if (kept.length > 0 || !again) return kept.length > 0
      const [[there] = []] = await ask<[string]>(version, key)
      return there === schedule.version
    })
    this.#wakeups.tellOfSchedule(schedule.queue)
    return isKept
  }

  async remove(queue: string, id: string): Promise<void> {
    await this.#connection.run(this.#statements.remove, () => keyOf({ queue, id }))
  }

  async due(queues: readonly string[]): Promise<DueSchedules> {
    const values = [queues.map((queue) => packText(queue, 'queue'))]
    const rows = await this.#connection.run<Row>(this.#statements.due, () => values)
    const [now = 0, later = null] = rows[0] ?? []
    return { now, due: rows.flatMap(unpack), ...(later !== null && { next: later - now }) }
  }

  async tick(change: ScheduleChange): Promise<'ticked' | 'held' | 'other'> {
    const { queue, version, former, state, next = null, items, unless } = change
    const statements = this.#statements
    const packed = packItems(queue, items)
    const [key, unlessId] = [keyOf(change), unless ? packId(unless.taskId).id : null]
    const states = [packText(state, 'state'), packText(unless?.state ?? '', 'state')]
    const outcome = await this.#connection.insist(async (ask, again) => {
      const held = [unlessId, unless?.next ?? null]
      const values = [itemsText(packed, this.#clock), ...key, former, version, next, ...states, ...held]
      const moved = await ask<[string]>(statements.tick, values)
      const found = moved.length === 0 && again ? await ask<[string]>(statements.version, key) : moved
      const there = found[0]?.[0]
      if (there === version) return 'ticked'
      return there === version + HELD ? 'held' : 'other'
    })
    if (outcome === 'ticked' && items.length > 0) this.#wakeups.tell(queue)
    return outcome
  }

  async announce(worker: WorkerInfo, ttl: number): Promise<number | undefined> {
    const queues = worker.queues.map((queue) => packText(queue, 'queue'))
    const values = [packText(worker.id, 'id'), ttl, JSON.stringify(worker), queues]
    const [[next] = []] = await this.#connection.run<[number | null]>(this.#statements.announce, () => values)
    return next == null ? undefined : Math.max(0, next)
  }
}

interface Statements {
  readonly list: Statement
  readonly add: Statement
  readonly change: Statement
  readonly version: Statement
  readonly remove: Statement
  readonly due: Statement
  readonly tick: Statement
  readonly announce: Statement
}

/** All that is asked of the schedules. Each comes with the time, and with that of the first one which is not due. */
function scheduleStatements(names: Names, announce: Statement): Statements {
  const { schedules, tasks } = names
  const columns = 'queue, id, version, next, state, data, bytes'
  const look = (rows: string, later: string) => `WITH clock AS MATERIALIZED (SELECT ${EPOCH}::float8 AS now)
SELECT clock.now, ${later}, s.* FROM clock LEFT JOIN LATERAL (SELECT ${columns} FROM ${schedules} WHERE ${rows}) AS s ON true`
  const one = 'WHERE queue = $1 AND id = $2'
  return {
    list: { text: look('queue = $1 AND ($2::text[] IS NULL OR id = ANY ($2::text[]))', 'NULL::float8') },
    add: {
      text: `INSERT INTO ${schedules} (queue, id, version, next, state, data, bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1`,
    },
    change: {
      text: `UPDATE ${schedules} SET version = $3, next = $4, state = $5, data = $6, bytes = $7 ${one} AND version = $8 RETURNING 1`,
    },
    version: { text: `SELECT version FROM ${schedules} ${one}` },
    remove: { text: `DELETE FROM ${schedules} ${one}` },
    due: {
      name: 'due',
      text: `${look(
        `queue = ANY ($1::text[]) AND next <= clock.now ORDER BY next LIMIT ${MOST_DUE}`,
        `(SELECT min(next) FROM ${schedules} WHERE queue = ANY ($1::text[]) AND next > clock.now)`,
      )} ORDER BY s.next`,
    },

    /*
     * Moves a schedule on and pushes its tasks. Of several who do so at once each waits for the one before, and then finds another
     * version.
     *
     * $1 items; $2, $3 queue and id of the schedule; $4 the version that must be there, $5 the new one; $6 its next tick; $7 its state; $8 and
     * $10 its state and next tick if the queue holds the task $9.
     */
    tick: {
      name: 'tick',
      text: `WITH held AS MATERIALIZED (SELECT 1 FROM ${tasks} WHERE id = $9::uuid AND queue = $2 AND state < 3),
moved AS (
  UPDATE ${schedules} SET next = CASE WHEN EXISTS (SELECT FROM held) THEN $10::float8 ELSE $6::float8 END,
    version = CASE WHEN EXISTS (SELECT FROM held) THEN $5::text || '${HELD}' ELSE $5::text END,
    state = CASE WHEN EXISTS (SELECT FROM held) THEN $8::text ELSE $7::text END
  WHERE queue = $2 AND id = $3 AND version = $4 RETURNING version
),
item AS MATERIALIZED (${ITEMS}),
pushed AS (${insertInto(names, '(SELECT DISTINCT ON (id, queue) * FROM item ORDER BY id, queue, nr) AS item WHERE NOT EXISTS (SELECT FROM held) AND EXISTS (SELECT FROM moved)')} ${AGAIN})
SELECT version FROM moved`,
    },

    announce: {
      text: `${announce.text}
RETURNING (SELECT min(next) - ${EPOCH}::float8 FROM ${schedules} WHERE queue = ANY ($4::text[]))`,
    },
  }
}

function keyOf({ queue, id }: Pick<StoredSchedule, 'queue' | 'id'>): [queue: string, id: string] {
  return [packText(queue, 'queue'), packText(id, 'id')]
}

/** Nothing of the row that tells only the time. */
function unpack([, , queue, id, version, next, state, data, bytes]: Row): StoredSchedule[] {
  if (queue === null) return []
  return [
    {
      queue: unpackText(queue),
      id: unpackText(id),
      version,
      next: next ?? undefined,
      data: unpackData(data, bytes),
      state: unpackText(state),
    },
  ]
}
