import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { type Contender, floorPayload } from '../../contender.js'

const TABLE = `CREATE TABLE IF NOT EXISTS jobs (id bigserial PRIMARY KEY, lease timestamptz, data text NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (id) WHERE lease IS NULL`
const NEXT = `WITH done AS (DELETE FROM jobs WHERE id = ANY ($1::bigint[]))
UPDATE jobs SET lease = now() + interval '30 s' WHERE id = ANY (ARRAY (
  SELECT id FROM jobs WHERE lease IS NULL ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
)) RETURNING id, data`

/** The least that PostgreSQL allows: one statement deletes what is finished and claims a batch. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url, max: 5 })
  await pool.query(TABLE)
  return {
    enqueue: (sentAt) =>
      pool.query({
        name: 'insert',
        text: 'INSERT INTO jobs (data) VALUES ($1)',
        values: [floorPayload(sentAt)],
      }),
    enqueueMany: (sentAts) =>
      pool.query({
        name: 'many',
        text: 'INSERT INTO jobs (data) SELECT unnest($1::text[])',
        values: [sentAts.map(floorPayload)],
      }),
    async work(concurrency, onTask) {
      let stopped = false
      const loop = async () => {
        for (let rows: [string, string][] = []; !stopped || rows.length > 0;) {
          const values = [rows.map(([id]) => id), stopped ? 0 : concurrency]
          ;({ rows } = await pool.query({ name: 'next', text: NEXT, values, rowMode: 'array' }))
          for (const [, data] of rows) onTask(Number.parseFloat(data))
          if (rows.length === 0) await setTimeout(5)
        }
      }
      const ended = loop()
      return async () => {
        stopped = true
        await ended
      }
    },
    close: () => pool.end(),
  }
}
