import { randomUUID } from 'node:crypto'
import type { KeptTallies, Tallies as TalliesFacet, Tally } from '@alligator/core'
import { TALLY_NAMES, TALLY_SPANS, type TallyRow, keptTallies, tallyNumbers } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { Names } from './names.js'
import type { Statement } from './statements.js'
import { packText, unpackText } from './stored.js'

/** Unlike `clock_timestamp()`, what an index can be asked for. */
const NOW = 'extract(epoch FROM now())'
/** Spans that are over, of which one statement removes so many at most. */
const MOST_FORGOTTEN = 1000

/** How tasks have ended of late: a row for each minute and each hour of a queue in which any did. */
export class Tallies implements TalliesFacet {
  readonly #connection: Connection
  readonly #statements: Statements

  constructor(connection: Connection) {
    this.#connection = connection
    this.#statements = tallyStatements(connection.names)
  }

  async add(queue: string, tally: Tally): Promise<void> {
    // By its mark a repeated one knows itself.
    const values = [packText(queue, 'queue'), randomUUID(), ...tallyNumbers(tally)]
    await this.#connection.run(this.#statements.add, () => values)
  }

  async queues(): Promise<string[]> {
    const rows = await this.#connection.look<[string]>(this.#statements.queues, () => [])
    return rows.map(([queue]) => unpackText(queue)).sort()
  }

  async read(queue: string): Promise<KeptTallies> {
    const values = [packText(queue, 'queue')]
    const rows = await this.#connection.look<[now: number, ...row: (number | null)[]]>(
      this.#statements.read,
      () => values,
    )
    const kept = rows.map(([, ...row]) => row).filter((row): row is number[] => row[0] !== null)
    return keptTallies(rows[0]?.[0] ?? (await this.#connection.now()), kept as unknown as TallyRow[])
  }
}

interface Statements {
  readonly add: Statement
  readonly queues: Statement
  readonly read: Statement
}

function tallyStatements({ tallies, pushes }: Names): Statements {
  const { minutes, hours } = TALLY_SPANS
  const first = (now: string, { length, most }: typeof minutes) =>
    `(floor(${now} / ${length}) - ${most - 1}) * ${length}`
  const over = (span: typeof minutes) => `length = ${span.length} AND start < ${first(NOW, span)}`
  const names = TALLY_NAMES.join(', ')
  const numbers = TALLY_NAMES.map((_, at) => `$${at + 3}::float8`).join(', ')
  const sums = TALLY_NAMES.map((name) => `${name} = t.${name} + excluded.${name}`).join(', ')
  return {
    // Rows that somebody else is about to remove are left to him: two who waited for each other would both fail.
    add: {
      name: 'tally',
      text: `WITH marked AS (INSERT INTO ${pushes} (mark) VALUES ($2::uuid) ON CONFLICT DO NOTHING RETURNING mark),
forgotten AS (
  DELETE FROM ${tallies} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${tallies} WHERE ${over(minutes)} OR ${over(hours)} LIMIT ${MOST_FORGOTTEN} FOR UPDATE SKIP LOCKED
  ))
)
INSERT INTO ${tallies} AS t (queue, length, start, ${names})
SELECT $1, length, floor(${NOW} / length) * length, ${numbers}
FROM (VALUES (${minutes.length}), (${hours.length})) AS span (length) WHERE EXISTS (SELECT FROM marked)
ON CONFLICT (queue, length, start) DO UPDATE SET ${sums}`,
    },
    queues: {
      text: `SELECT DISTINCT queue FROM ${tallies} WHERE length = ${minutes.length} AND start >= ${first(NOW, minutes)}`,
    },
    read: {
      text: `SELECT ${NOW}::float8, length, start::float8, ${names} FROM (SELECT) AS one LEFT JOIN ${tallies} ON queue = $1`,
    },
  }
}
