import { type Server, startPostgres, until } from '@alligator/testbed'
import { turn } from '@alligator/core/backend'
import pg from 'pg'
import { PostgresClient } from '../src/index.js'

let server: Server

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

test('acks of members wait together for a transaction of the app, and leave the connections to others', async () => {
  const client = new PostgresClient(server.dsn, { maxConnections: 3 })
  const ids = Array.from({ length: 12 }, (_, at) => `member ${at}`)
  const done = { taskId: 'done', data: 'done' }
  await client.batches.open('held', { batchId: 'b', callbacks: { done } })
  await client.pushMany(
    'held',
    ids.map((taskId) => ({ taskId, data: taskId, batch: 'b' })),
  )
  await client.batches.close('held', 'b', 'full')
  const taken = await client.reserve(['held'], { lease: 30, limit: 12 })
  const app = new pg.Client(server.dsn)
  await app.connect()
  await app.query('BEGIN')
  const [first, ...others] = taken
  expect(first && (await client.transactions.ack(app, first))).toBe(true)
  const acks: Promise<unknown>[] = []
  for (const [at, delivery] of others.entries()) {
    const kept = [{ delivery, result: '1', keepFor: 60 }]
    acks.push(Promise.resolve(at % 2 === 0 ? client.ack([delivery]) : client.results.ack(kept)))
    // Each is asked for by itself.
    for (let turns = 0; turns < 3; turns += 1) await turn()
  }
  const other = new pg.Client(server.dsn)
  await other.connect()
  const waiting = "SELECT count(*)::integer AS size FROM pg_stat_activity WHERE wait_event = 'advisory'"
  await until(async () => (await other.query<{ size: number }>(waiting)).rows[0]?.size === 2)
  await other.end()
  // Who holds tasks can renew them all the while.
  expect(await client.extend(others, 60)).toEqual([])
  await app.query('COMMIT')
  expect((await Promise.all(acks)).flat()).toEqual([])
  expect((await client.reserve(['held'], { lease: 30 })).map(({ taskId }) => taskId)).toEqual(['done'])
  expect(await client.batches.find('held', 'b')).toMatchObject({ succeeded: 12, pending: 0 })
  await app.end()
  await client.close()
})
