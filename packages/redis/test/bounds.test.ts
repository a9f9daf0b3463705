import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Server, startRedis, until } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'
import { packId } from '../src/stored.js'

const REASON = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }

let server: Server
let redis: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.port)
})

afterEach(() => redis.flushall())

afterAll(async () => {
  redis.disconnect()
  await server.close()
})

async function bury(client: RedisClient, id: string): Promise<void> {
  await client.push('all', id, 'data')
  const [delivery] = await client.reserve(['all'], { lease: 30 })
  if (delivery) await client.bury(delivery, REASON)
}

const deadOf = async (client: RedisClient) =>
  (await client.listing.list('all', 'dead')).tasks.map(({ taskId }) => taskId)

/** How many commands the server was sent, scripts counted once. */
async function commandsSent(): Promise<number> {
  const stats = await redis.info('commandstats')
  const own = /^cmdstat_(?:eval|evalsha|ping|subscribe|zadd\b).*?calls=(\d+)/gm
  return [...stats.matchAll(own)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

it('keeps as many dead letters as it is told, the youngest', async () => {
  const client = new RedisClient(`${server.dsn}?max_dead_letters=2`)
  for (const id of ['one', 'two', 'three']) await bury(client, id)
  expect(await deadOf(client)).toEqual(['two', 'three'])
  expect(await redis.hlen('alligator:{all}:tasks')).toBe(2)
  expect(await redis.hlen('alligator:{all}:reasons')).toBe(2)
  expect([...(await client.listing.removed('all', ['one', 'two', 'three']))]).toEqual(['one'])
  await client.close()
})

it('keeps dead letters as long as it is told', async () => {
  const client = new RedisClient(server.dsn, { deadLetterTtl: '10ms' })
  await bury(client, 'one')
  await pause(15)
  await bury(client, 'two')
  expect(await deadOf(client)).toEqual(['two'])
  expect([...(await client.listing.removed('all', ['one', 'two']))]).toEqual(['one'])
  expect(await redis.pttl('alligator:{all}:gone')).toBeGreaterThan(0)
  await client.close()
})

it('leaves nothing of finished tasks, nor of a worker that has gone', async () => {
  const client = new RedisClient(server.dsn)
  await client.pushMany('all', [
    { taskId: 'one', data: 'data' },
    { taskId: 'two', data: 'data', delayUntil: Date.now() / 1000 + 0.05 },
  ])
  for (let left = 2; left > 0; left -= 1) {
    expect(await client.ack(await client.reserve(['all'], { lease: 30, wait: 5 }))).toEqual([])
  }
  await client.reserve(['all'], { lease: 30, wait: 0.05 })
  await client.close()
  // What pushes leave is only for as long as they may be repeated.
  expect((await redis.keys('*')).filter((key) => !key.includes(':pushed:'))).toEqual([])
})

it('sends nothing for seconds while it waits', async () => {
  const client = new RedisClient(server.dsn)
  const stop = new AbortController()
  const answer = client.reserve(['all', 'other'], { lease: 30, wait: 30, signal: stop.signal })
  await until(async () => (await redis.zcard('alligator:{all}:idle')) > 0)
  await redis.config('RESETSTAT')
  await pause(3000)
  expect(await commandsSent()).toBe(0)
  stop.abort()
  expect(await answer).toEqual([])
  await client.close()
})

it('needs 250 bytes or less for a task of 135', async () => {
  const client = new RedisClient(server.dsn)
  const ids = Array.from({ length: 10_000 }, () => randomUUID())
  const tasks = ids.map((taskId) => ({ taskId, data: `{"task_id":"${taskId}"`.padEnd(135, 'x') }))
  await client.pushMany('all', tasks)
  const sizes = ['tasks', 'waiting'].map((key) =>
    redis.memory('USAGE', `alligator:{all}:${key}`, 'SAMPLES', 0),
  )
  const size = (await Promise.all(sizes)).reduce<number>((sum, one) => sum + (one ?? 0), 0)
  expect(size / tasks.length).toBeLessThanOrEqual(250)
  await client.close()
})

it('hands out what stands behind tasks whose payload is gone, also to those who do not wait', async () => {
  const client = new RedisClient(server.dsn)
  for (const id of ['one', 'two', 'three', 'four']) await client.push('all', id, 'data')
  const [lapsed] = await client.reserve(['all'], { lease: 0.001 })
  await pause(5)
  await redis.hdel('alligator:{all}:tasks', ...['one', 'two', 'three'].map(packId))
  expect(lapsed?.taskId).toBe('one')
  expect((await client.reserve(['all'], { lease: 30 })).map(({ taskId }) => taskId)).toEqual(['four'])
  await client.close()
})

it('keeps the order of thousands that are due in the same millisecond, each in time', async () => {
  const client = new RedisClient(server.dsn)
  // The pushing must have ended by then, on a busy machine too.
  const delayUntil = Math.ceil(Date.now() / 1000) + 4
  const items = Array.from({ length: 5000 }, (_, n) => ({
    taskId: `${(n * 7919) % 5000}`,
    data: 'data',
    delayUntil,
  }))
  await client.pushMany('all', items)
  expect(await client.counts('all')).toMatchObject({ delayed: 5000 })
  expect((await client.listing.list('all', 'delayed', { limit: 1 })).tasks[0]?.until).toBe(delayUntil)
  await until(async () => (await client.counts('all')).waiting === 5000)
  const taken: string[] = []
  while (taken.length < 5000)
    for (const { taskId } of await client.reserve(['all'], { lease: 60, limit: 1000 })) taken.push(taskId)
  expect(taken).toEqual(items.map(({ taskId }) => taskId))
  await client.close()
})

it('keeps the beginning of a reason that is too long', async () => {
  const client = new RedisClient(server.dsn)
  await client.push('all', 'one', 'data')
  const [delivery] = await client.reserve(['all'], { lease: 30 })
  const long = { ...REASON, message: `no: ${'x'.repeat(1_000_000)}`, stack: 'at '.repeat(1_000_000) }
  if (delivery) await client.bury(delivery, long)
  const [dead] = (await client.listing.list('all', 'dead')).tasks
  expect(dead?.reason?.message).toMatch(/^no: x+… \(1000004 characters\)$/)
  expect(JSON.stringify(dead?.reason).length).toBeLessThan(25_000)
  await client.close()
})
