import { randomUUID } from 'node:crypto'
import type { Priority } from '@alligator/core'
import type { Redis } from 'ioredis'
import { admin, clientOf, closeAll, serve } from './shaky.js'

afterAll(closeAll)

/** The commands that a server carries out meanwhile, those in scripts too, and the bytes that it is sent. */
async function costOf(redis: Redis, act: () => Promise<unknown>): Promise<[Record<string, number>, number]> {
  const bytes = async () => Number(/total_net_input_bytes:(\d+)/.exec(await redis.info('stats'))?.[1])
  await redis.config('RESETSTAT')
  const own = await bytes()
  const lone = (await bytes()) - own
  const before = await bytes()
  await act()
  const sent = (await bytes()) - before - lone
  const stats = await redis.info('commandstats')
  const calls = [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)].map(([, name, count]) => [
    name,
    Number(count),
  ])
  return [
    Object.fromEntries(calls.filter(([name]) => !['info', 'config|resetstat'].includes(String(name)))),
    sent,
  ]
}

it('a push and a turn of a queue that has no levels and no pause cost what they did before there were any', async () => {
  const server = await serve()
  const redis = admin(server.port)
  const client = clientOf(server.dsn)
  const push = (taskId: string, priority?: Priority) =>
    client.pushMany('all', [{ taskId, data: 'data', priority }])
  const turn = async () => client.ack(await client.reserve(['all'], { lease: 30, limit: 5 }))
  // What a connection asks once, and the scripts, are not what a call costs.
  for (const priority of ['normal', 'high'] as const) {
    await push(randomUUID(), priority)
    await turn()
  }
  const [pushed, pushBytes] = await costOf(redis, () => push(randomUUID()))
  expect(pushed).toEqual({ evalsha: 1, hsetnx: 1, rpush: 1, set: 1, exists: 1 })
  const [taken, turnBytes] = await costOf(redis, turn)
  expect(taken).toEqual({
    ...{ evalsha: 2, time: 2, exists: 1, zrangebyscore: 1, lpop: 1, zadd: 1 },
    ...{ hmget: 2, hset: 1, hdel: 2, zrem: 1 },
  })
  const [, highBytes] = await costOf(redis, () => push(randomUUID(), 'high'))
  await turn()
  expect(highBytes).toBeGreaterThan(pushBytes)
  await push(randomUUID())
  const [, again] = await costOf(redis, turn)
  expect(Math.abs(again - turnBytes)).toBeLessThan(4)
})

it('levels and pauses leave no keys behind', async () => {
  const server = await serve()
  const redis = admin(server.port)
  const client = clientOf(server.dsn)
  const later = Date.now() / 1000 + 0.05
  await client.pushMany('all', [
    { taskId: 'one', data: 'data', priority: 'high' },
    { taskId: 'two', data: 'data', priority: 'low', delayUntil: later },
    { taskId: 'three', data: 'data', priority: 'lowest' },
    { taskId: 'four', data: 'data', priority: 'low', delayUntil: later + 600 },
  ])
  await client.pausing.pause('all', { for: 60, reason: 'because' })
  await client.pausing.resume('all')
  for (let left = 3; left > 0; left -= 1)
    expect(await client.ack(await client.reserve(['all'], { lease: 30, wait: 5 }))).toEqual([])
  await client.cancellation.cancel('all', 'four')
  const kept = (await redis.keys('*')).filter((key) => !/:(?:pushed|gone|ended|removed):?/.test(key))
  expect(kept).toEqual([])
})
