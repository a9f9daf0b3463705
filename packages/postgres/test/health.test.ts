import { type Server, psql, startPostgres, until } from '@alligator/testbed'
import { VirtualClock } from '@alligator/core/testing'
import pg from 'pg'
import { PostgresClient } from '../src/index.js'

let server: Server
let client: PostgresClient

beforeAll(async () => {
  server = await startPostgres()
  client = new PostgresClient(server.dsn)
  await client.push('all', 'one', '1')
})
afterAll(async () => {
  await client.close()
  await server.close()
})

/** What is not well, and what is found of it. */
const bad = async (of: PostgresClient = client) =>
  (await of.health.examine()).filter(({ isWell }) => !isWell).map(({ check, found }) => `${check}: ${found}`)

/** How the servers of these tests are set. */
const FAST = 'durability: off: fsync, full_page_writes'

test('tables as they were made are well, and a server that does not wait for the disk is not', async () => {
  expect(await bad()).toEqual([FAST])
  const found = (await client.health.examine()).map(({ check, found: what }) => `${check}: ${what}`)
  expect(found.slice(0, 2)).toEqual(['tables: version 1, as they were made', 'indexes: 7, as they were made'])
})

test('a column, an index and a setting that have changed are named', async () => {
  await psql(server.dsn, 'ALTER TABLE alligator_workers ADD note text')
  expect((await bad())[0]).toBe('tables: not as they were made: alligator_workers')
  await psql(server.dsn, 'ALTER TABLE alligator_workers DROP note')
  await psql(server.dsn, 'ALTER TABLE alligator_tasks RESET (vacuum_truncate)')
  await psql(server.dsn, 'DROP INDEX alligator_dead; CREATE INDEX mine ON alligator_tasks (queue)')
  expect(await bad()).toEqual([
    'tables: alligator_tasks lacks vacuum_truncate=false',
    'indexes: missing, or not as they were made: alligator_dead',
    FAST,
  ])
  await psql(server.dsn, 'CREATE INDEX alligator_dead ON alligator_tasks (queue, seq) WHERE state = 3')
  expect((await bad())[1]).toBe('indexes: not made by this package: mine')
  await psql(server.dsn, 'DROP INDEX mine; ALTER TABLE alligator_tasks SET (vacuum_truncate = false)')
})

test('whoever holds an old snapshot is named, and told of once that is long', async () => {
  const holder = new pg.Client({ connectionString: server.dsn, application_name: 'report' })
  await holder.connect()
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await holder.query('SELECT 1')
  const snapshots = async () =>
    (await client.health.examine()).find(({ check }) => check === 'old snapshots')?.found
  expect(await snapshots()).toMatch(/^the oldest is held for \d+ s by process \d+ of user postgres report, /)
  await holder.end()
})

test('dead rows that nobody removes are told of', async () => {
  await psql(
    server.dsn,
    `ALTER TABLE alligator_tasks SET (autovacuum_enabled = false);
     INSERT INTO alligator_tasks (queue, id, data) SELECT 'dead', gen_random_uuid(), '' FROM generate_series(1, 12000);
     DELETE FROM alligator_tasks WHERE queue = 'dead'`,
  )
  // What a connection has written is counted once it is idle, or ends; up to version 14 somewhat later.
  await until(async () => (await bad()).length > 1)
  expect(await bad()).toEqual([
    expect.stringMatching(/^dead rows: 12\d\d\d beside [01] that are alive, never vacuumed$/),
    FAST,
  ])
  await psql(server.dsn, 'VACUUM alligator_tasks')
  await until(async () => (await bad()).length === 1)
  expect(await bad()).toEqual([FAST])
})

test('a clock that is wrong is told of', async () => {
  const clock = new VirtualClock()
  await clock.advance(Date.now() / 1000 - clock.now() - 600)
  const late = new PostgresClient(server.dsn, { clock })
  expect(await bad(late)).toContain('clocks: this machine is 10 min behind the server')
  await late.close()
})
