import { randomUUID } from 'node:crypto'
import { type Server, psql, startPostgres } from '@alligator/testbed'
import pg from 'pg'
import { PostgresClient } from '../src/index.js'

const KEY = '0123456789abcdef'.repeat(2)
const UNIQUE = { key: KEY, until: 'started', onConflict: 'keep' } as const

let server: Server

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

test('tasks without a key are pushed, handed out and settled by the statements of before', async () => {
  const pool = new pg.Pool({ connectionString: server.dsn, max: 1 })
  const client = new PostgresClient(pool)
  await client.uniqueness.push('all', [{ taskId: 'first', data: 'data', unique: UNIQUE }])
  await client.dropAll('all')
  const asked: string[] = []
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown
  Object.assign(pool, {
    query: (config: { text: string; values: unknown[] }) => {
      asked.push(config.text)
      return query(config)
    },
  })
  await client.pushMany('all', [{ taskId: randomUUID(), data: 'data' }])
  const taken = await client.reserve(['all'], { lease: 30 })
  expect(await client.ack(taken)).toEqual([])
  expect(asked.length).toBeGreaterThanOrEqual(3)
  for (const text of asked) expect(text).not.toMatch(/unique_key|latest|alligator_place|alligator_taken/)
  await client.close()
  await pool.end()
})

test('an app that takes a key, and takes its time, holds up nobody but those who push the same key', async () => {
  const client = new PostgresClient(server.dsn)
  const push = async (taskId: string, key: string, more = {}) =>
    client.uniqueness.push('held', [{ taskId, data: 'data', unique: { ...UNIQUE, key, ...more } }])
  const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string]
  await push('runs', one)
  await push('waits', two)
  const [running] = await client.reserve(['held'], { lease: 30 })
  const app = new pg.Client(server.dsn)
  await app.connect()
  await app.query('BEGIN')
  const items = [
    { taskId: 'next', data: 'data', unique: { ...UNIQUE, key: one } },
    { taskId: 'new', data: 'other', unique: { ...UNIQUE, key: two, onConflict: 'replace' } },
  ] as const
  expect(await client.uniqueness.push('held', items, app)).toMatchObject([
    { taskId: 'next', isDuplicate: false, runs: 'runs' },
    { taskId: 'waits', isDuplicate: true },
  ])
  // The task whose key was taken is settled, and others come and go.
  expect(running && (await client.ack([running]))).toEqual([])
  await push('other', three)
  expect((await client.reserve(['held'], { lease: 30, limit: 9 })).map(({ taskId }) => taskId)).toEqual([
    'other',
  ])
  const waiting = push('late', one)
  await app.query('COMMIT')
  expect(await waiting).toEqual([{ taskId: 'next', isDuplicate: true }])
  expect((await client.reserve(['held'], { lease: 30, limit: 9 })).map(({ data }) => data)).toEqual([
    'other',
    'data',
  ])
  await app.end()
  await client.close()
})

test('two who push the same keys in any order do not wait for each other for ever', async () => {
  const clients = [1, 2, 3].map(() => new PostgresClient(server.dsn))
  const keys = Array.from({ length: 40 }, (_, n) => n.toString(16).padStart(32, '0'))
  const pushes = clients.map(async (client, at) => {
    for (let round = 0; round < 10; round += 1) {
      const order = keys.toSorted(() => Math.random() - 0.5)
      const items = order.map((key, n) => {
        const onConflict = n % 2 === 0 ? 'keep' : 'replace'
        return {
          taskId: `${at} ${round} ${n}`,
          data: 'data',
          unique: { ...UNIQUE, key, onConflict } as const,
        }
      })
      await client.uniqueness.push('many', items)
      await client.ack(await client.reserve(['many'], { lease: 30, limit: 10 }))
    }
  })
  await Promise.all(pushes)
  const keyed = 'SELECT max(n) FROM (SELECT count(*) AS n FROM alligator_tasks GROUP BY unique_key) AS each'
  expect(['', '1']).toContain(await psql(server.dsn, keyed))
  for (const client of clients) await client.close()
})
