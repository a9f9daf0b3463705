import { Gator, Worker, silentLogger } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import { type Server, startRedis, until } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

const INFO = {
  ...{ id: 'one', name: 'w', queues: ['all'] },
  ...{ concurrency: 3, running: 1, tasksComplete: 2, startedAt: 1.5 },
}

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

it('is one key that expires by itself, and of a worker that has ended nothing is left', async () => {
  const client = new RedisClient(server.dsn)
  await client.directory.announce(INFO, 30)
  expect(await redis.keys('*')).toEqual(['alligator:worker:{worker}:one'])
  const left = await redis.pttl('alligator:worker:{worker}:one')
  expect(left).toBeGreaterThan(25_000)
  expect(left).toBeLessThanOrEqual(30_000)
  await client.directory.retire('one')
  expect(await redis.keys('*')).toEqual([])
  await client.close()
})

it('costs a worker one command in ten seconds, and is there again after a FLUSHALL', async () => {
  const clock = new VirtualClock()
  const client = new RedisClient(server.dsn)
  await using gator = new Gator(client, { clock })
  const worker = new Worker(gator, { logger: silentLogger() })
  const ended = worker.runForever()
  const isKnown = async () => (await client.directory.workers()).length === 1
  await until(isKnown)
  await redis.flushall()
  await redis.config('RESETSTAT')
  await clock.advance(10)
  await until(isKnown)
  const [, calls] = /^cmdstat_set:calls=(\d+)/m.exec(await redis.info('commandstats')) ?? []
  expect(calls).toBe('1')
  worker.stop()
  await ended
  expect(await redis.keys('alligator:worker:*')).toEqual([])
})

it('is found under any prefix, apart from others, whatever else stands there', async () => {
  const own = new Redis(server.port, { keyPrefix: 'app[1]*:' })
  const client = new RedisClient(own, { prefix: 'shop' })
  await client.directory.announce(INFO, 30)
  await redis.set('app[1]*:shop:worker:{worker}:two', '{"id":"two"}')
  await redis.hset('app[1]*:shop:worker:{worker}:three', 'a', 'b')
  expect(await client.directory.workers()).toEqual([INFO])
  const other = new RedisClient(server.dsn)
  expect(await other.directory.workers()).toEqual([])
  await client.close()
  await other.close()
  own.disconnect()
})
