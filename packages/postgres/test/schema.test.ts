import pg from 'pg'
import { PostgresClient } from '../src/index.js'
import { admin, clientOf, closeAll, serve } from './shaky.js'

afterEach(closeAll)

it('is created once by many who come at the same time', async () => {
  const server = await serve()
  const clients = Array.from({ length: 8 }, () => clientOf(`${server.dsn}?schema=queues&prefix=shop`))
  await Promise.all(clients.map((client, at) => client.push('all', `task ${at}`, 'data')))
  const counted = await clients[0]?.counts('all')
  expect(counted?.waiting).toBe(8)
  const tables = await (
    await admin(server)
  ).query("SELECT tablename FROM pg_tables WHERE schemaname = 'queues' ORDER BY 1")
  expect(tables.rows.map(({ tablename }) => tablename)).toEqual([
    'shop_meta',
    'shop_pauses',
    'shop_pushes',
    'shop_results',
    'shop_schedules',
    'shop_state',
    'shop_taken',
    'shop_tallies',
    'shop_tasks',
    'shop_workers',
  ])
})

it('who may not create it is given the SQL, and goes on once somebody has run it', async () => {
  const server = await serve()
  const db = await admin(server)
  await db.query(
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE USER app; CREATE SCHEMA q; GRANT USAGE ON SCHEMA q TO app',
  )
  const client = clientOf(`postgres://app@127.0.0.1:${server.port}/postgres?schema=q`)
  const refused = (await client.push('all', 'one', 'data').catch((error: unknown) => error)) as Error
  expect(refused.message).toContain('its user may not create the tables')
  const sql = refused.message.slice(refused.message.indexOf('CREATE SCHEMA'))
  await db.query(sql)
  await db.query(
    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA q TO app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA q TO app',
  )
  await client.push('all', 'one', 'data')
  expect(await client.len('all')).toBe(1)
})

it('plans of the statements that workers repeat read no more than they need, also when made for an empty table', async () => {
  const server = await serve()
  const client = clientOf(server.dsn)
  await client.push('all', 'one', 'data')
  const db = await admin(server)
  await db.query('VACUUM ANALYZE public.alligator_tasks')
  const { rows } = await db.query("SELECT pg_relation_size('public.alligator_tasks')::int AS bytes")
  expect(rows[0].bytes).toBeGreaterThan(500_000)
  const plan = await db.query(
    "EXPLAIN SELECT ctid FROM public.alligator_tasks WHERE queue = 'all' AND state = 0 AND seq >= 0 ORDER BY seq LIMIT 10 FOR UPDATE SKIP LOCKED",
  )
  expect(JSON.stringify(plan.rows)).toContain('alligator_waiting')
  expect(JSON.stringify(plan.rows)).not.toContain('Seq Scan')
})

it("shares a pool of the app's, and does not end it", async () => {
  const server = await serve()
  const pool = new pg.Pool({ connectionString: server.dsn, max: 1 })
  const client = new PostgresClient(pool)
  const answer = client.reserve(['all'], { lease: 30, wait: 10 })
  await client.push('all', 'one', 'data')
  expect((await answer).map(({ taskId }) => taskId)).toEqual(['one'])
  await client.close()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await pool.end()
})

it('a host that takes no writes, or is not there, is passed over for the next', async () => {
  const server = await serve()
  const client = clientOf(`postgres://postgres@127.0.0.1:1,127.0.0.1:${server.port}/postgres`)
  await client.push('all', 'one', 'data')
  expect(await client.len('all')).toBe(1)
})
