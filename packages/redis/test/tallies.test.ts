import { type Server, startRedis } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

const ONE = { success: 1, retry: 0, snoozed: 0, dead: 0, canceled: 0, lost: 0, runs: 1, seconds: 0.1 }
const INDEX = 'alligator:tallies:{tallies}'
const FIGURES = `${INDEX}:of:all`

let server: Server
let redis: Redis
let client: RedisClient

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.port)
  client = new RedisClient(server.dsn)
})

afterEach(() => redis.flushall())

afterAll(async () => {
  redis.disconnect()
  await client.close()
  await server.close()
})

it('is two keys beside each other, of two short values for each queue, which expire by themselves', async () => {
  for (let times = 0; times < 100; times += 1) await client.tallies.add('all', ONE)
  const keys = (await redis.keys('*')).filter((key) => !key.includes(':answer:'))
  expect(keys.sort()).toEqual([INDEX, FIGURES])
  for (const [key, seconds] of [
    [INDEX, 3600],
    [FIGURES, 90_000],
  ] as const) {
    const left = await redis.pttl(key)
    expect(left).toBeLessThanOrEqual(1000 * seconds)
    expect(left).toBeGreaterThan(900 * seconds)
  }
  const values = Object.values(await redis.hgetall(FIGURES))
  // A minute, or an hour, may have ended meanwhile.
  expect(values.length).toBeLessThanOrEqual(4)
  for (const value of values) expect(value.length).toBeLessThan(64)
})

it('writes over what stands in the ring from the round before, and tells nothing of it', async () => {
  await client.tallies.add('all', ONE)
  const fields = await redis.hgetall(FIGURES)
  for (const [field, value] of Object.entries(fields)) {
    const [length = '', place = ''] = field.split(':')
    const most = length === '60' ? 60 : 24
    const [span, ...numbers] = value.split(' ')
    expect(Number(span) % most).toBe(Number(place))
    await redis.hset(
      FIGURES,
      field,
      [Number(span) - most, ...numbers.map((number) => 100 * Number(number))].join(' '),
    )
  }
  expect(await client.tallies.read('all')).toMatchObject({ minutes: [], hours: [] })
  await client.tallies.add('all', ONE)
  const { minutes, hours } = await client.tallies.read('all')
  expect([minutes, hours].map((spans) => spans.at(-1)?.success)).toEqual([1, 1])
})

it('names a queue for an hour', async () => {
  await client.tallies.add('all', ONE)
  await redis.zincrby(INDEX, -3_600_000, 'all')
  await client.tallies.add('mail', ONE)
  expect(await client.tallies.queues()).toEqual(['mail'])
  expect(await redis.zcard(INDEX)).toBe(1)
})
