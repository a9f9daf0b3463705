import { describeClient } from '@alligator/conformance'
import { type Server, startPostgres } from '@alligator/testbed'
import pg from 'pg'
import { PostgresClient } from '../src/index.js'
import { transact } from './transact.js'

let server: Server
let pool: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  pool = new pg.Pool({ connectionString: server.dsn })
})

afterAll(async () => {
  await pool.end()
  await server.close()
})

describeClient('postgres', {
  create() {
    return { client: () => new PostgresClient(server.dsn), transact: (work) => transact(pool, work) }
  },
  // Its clock counts microseconds, and that of the suite milliseconds.
  qualities: { delayPrecision: 0.002 },
})
