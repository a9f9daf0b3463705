import { postgresVersion, psql, startPostgres } from '@alligator/testbed'
import pg from 'pg'
import type { Probe, RunningStore, Store } from './store.js'

const SIZES = `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`
const COMMANDS = `SELECT sum(xact_commit + xact_rollback)::float8 AS n FROM pg_stat_database`

/** A server of its own, as it comes: what it has confirmed is on the disk. A new database for every turn. */
async function start(): Promise<RunningStore> {
  const server = await startPostgres({ fsync: 'on', full_page_writes: 'on' })
  let databases = 0
  const admin = (sql: string) => psql(server.dsn, sql)
  return {
    version: `${postgresVersion()}, fsync on`,
    async fresh() {
      if (databases > 0) await admin(`DROP DATABASE IF EXISTS turn_${databases} WITH (FORCE)`)
      databases += 1
      await admin(`CREATE DATABASE turn_${databases}`)
      return server.dsn.replace(/postgres$/, `turn_${databases}`)
    },
    stop: () => server.close(),
  }
}

function probe(url: string): Probe {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  let looks = 0
  const number = async (sql: string) => {
    looks += 1
    const { rows } = await pool.query<{ n?: number; bytes?: number }>(sql)
    return rows[0]?.n ?? rows[0]?.bytes ?? 0
  }
  return {
    bytes: () => number(SIZES),
    // A process for each connection, and some of them have ended.
    serverCpu: async () => 0,
    commands: async () => (await number(COMMANDS)) - looks,
    async holdSnapshot() {
      const holder = await pool.connect()
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      await holder.query('SELECT FROM pg_class')
    },
    close: () => pool.end(),
  }
}

export const store: Store = { start, probe }
