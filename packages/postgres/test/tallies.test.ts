import { type Server, psql, startPostgres } from '@alligator/testbed'
import { PostgresClient } from '../src/index.js'

const ONE = { success: 1, retry: 0, snoozed: 0, dead: 0, canceled: 0, lost: 0, runs: 1, seconds: 0.1 }

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

test('what is over is told of no longer, and removed when anything is added', async () => {
  await client.tallies.add('all', ONE)
  await psql(server.dsn, 'UPDATE alligator_tallies SET start = start - 60 * length WHERE length = 60')
  const { minutes, hours } = await client.tallies.read('all')
  expect([minutes.length, hours.length]).toEqual([0, 1])
  expect(await client.tallies.queues()).toEqual([])
  await psql(server.dsn, 'UPDATE alligator_tallies SET start = start - 24 * length WHERE length = 3600')
  expect((await client.tallies.read('all')).hours).toEqual([])
  await client.tallies.add('mail', ONE)
  expect(await psql(server.dsn, 'SELECT DISTINCT queue FROM alligator_tallies')).toBe('mail')
})

test('many who tell of the same queues at once wait for each other, and nothing is lost', async () => {
  const queues = ['one', 'two', 'three']
  const others = Array.from({ length: 4 }, () => new PostgresClient(server.dsn))
  const adds = others.flatMap((other, at) => {
    const own = at % 2 === 0 ? queues : queues.toReversed()
    return Array.from({ length: 10 }, () => own.map((queue) => other.tallies.add(queue, ONE))).flat()
  })
  await Promise.all(adds)
  for (const queue of queues) {
    const { hours } = await client.tallies.read(queue)
    expect(hours.reduce((sum, { success }) => sum + success, 0)).toBe(40)
  }
  await Promise.all(others.map((other) => other.close()))
})
