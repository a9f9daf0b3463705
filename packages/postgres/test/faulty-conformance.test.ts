import { describeClient } from '@alligator/conformance'
import { Proxy, type Server, startPgBouncer, startPostgres } from '@alligator/testbed'
import pg from 'pg'
import { PostgresClient } from '../src/client.js'
import { transact } from './transact.js'

/** Milliseconds between two stalls, and how long each lasts. */
const STALL_EVERY = 97
const STALL = 40

let server: Server
let bouncer: Server
let pool: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  bouncer = await startPgBouncer(server)
  pool = new pg.Pool({ connectionString: server.dsn })
})

afterAll(async () => {
  await pool.end()
  await bouncer.close()
  await server.close()
})

// Not one that cuts: an answer that is lost leaves a doubt here. Of a second try it cannot be told whether what is gone was settled
// by the first one; and a push that is repeated comes after those that were made later. `faults.test.ts` and chaos cut in the midst of things, and look for what is lost.
describeClient('postgres behind PgBouncer and a proxy that stalls', {
  async create() {
    const proxy = await Proxy.to(bouncer.port)
    const stalling = setInterval(() => {
      proxy.stall()
      setTimeout(() => proxy.resume(), STALL)
    }, STALL_EVERY)
    return {
      client: () => new PostgresClient(bouncer.dsnVia(proxy)),
      transact: (work) => transact(pool, work),
      async close() {
        clearInterval(stalling)
        await proxy.close()
      },
    }
  },
  // No notification comes through PgBouncer. And a command that is repeated is late, and with it the delay or the lease that it begins.
  qualities: { delayPrecision: 0.3, hearsOfCancels: false },
})
