import { type Server, psql, startPostgres, until } from '@alligator/testbed'
import { PostgresClient } from '../src/index.js'

const MARKS = 'SELECT count(*) FROM alligator_pushes'
let server: Server
let client: PostgresClient

beforeAll(async () => {
  server = await startPostgres()
  client = new PostgresClient(server.dsn)
})
afterAll(async () => {
  await client.close()
  await server.close()
})

test('a push leaves a mark, which is forgotten together with many others', async () => {
  for (let pushes = 1; pushes < 1000; pushes += 1) await client.push('all', `task ${pushes}`, '')
  expect(await psql(server.dsn, MARKS)).toBe('999')
  await client.push('all', 'task 1000', '')
  await until(async () => (await psql(server.dsn, MARKS)) === '0')
  await client.push('all', 'task 1001', '')
  expect(await psql(server.dsn, MARKS)).toBe('1')
})

test('a mark that nobody forgets is forgotten by a worker', async () => {
  await psql(
    server.dsn,
    `INSERT INTO alligator_pushes VALUES (gen_random_uuid(), now() - interval '21 minutes'), (gen_random_uuid(), now())`,
  )
  const before = Number(await psql(server.dsn, MARKS))
  const about = { name: 'w', queues: [], startedAt: 0, concurrency: 1, running: 0, tasksComplete: 0 }
  await client.directory.announce({ id: 'w', ...about }, 10)
  expect(Number(await psql(server.dsn, MARKS))).toBe(before - 1)
})
