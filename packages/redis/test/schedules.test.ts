import { once } from 'node:events'
import type { StoredSchedule } from '@alligator/core'
import { type Server, startRedis } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

let server: Server

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.close())

function scheduleOf(id: string): StoredSchedule {
  return { queue: 'all', id, version: 'first', next: 1_767_225_600.123, data: 'what', state: 'how far' }
}

it('tells whoever waits for tasks of a schedule that another client has put', async () => {
  const [waiting, other] = [new RedisClient(server.dsn), new RedisClient(server.dsn)]
  const heard = new Promise((resolve) => waiting.schedules.onPut(resolve))
  const over = new AbortController()
  const redis = new Redis(server.port)
  const watching = await redis.monitor()
  const subscribed = new Promise<void>((resolve) =>
    watching.on('monitor', (_time: string, [command]: string[]) => {
      if (command === 'subscribe') resolve()
    }),
  )
  const reserved = waiting.reserve(['all'], { lease: 10, wait: 60, signal: over.signal })
  await subscribed
  await other.schedules.put(scheduleOf('digest'), undefined)
  expect(await heard).toBe('all')
  over.abort()
  await reserved
  await Promise.all([waiting.close(), other.close()])
  watching.disconnect()
  await redis.flushall()
  redis.disconnect()
})

it('leaves nothing of a schedule that is removed', async () => {
  const client = new RedisClient(server.dsn)
  const redis = new Redis(server.port)
  await once(redis, 'ready')
  await client.schedules.put(scheduleOf('digest'), undefined)
  expect(new Set(await redis.keys('*'))).toEqual(
    new Set(['alligator:{all}:schedules', 'alligator:{all}:states', 'alligator:{all}:ticks']),
  )
  expect(await redis.zscore('alligator:{all}:ticks', 'digest')).toBe('1767225600123')
  await client.schedules.remove('all', 'digest')
  expect(await redis.keys('*')).toEqual([])
  await client.close()
  redis.disconnect()
})
