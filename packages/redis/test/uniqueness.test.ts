import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { type RedisClient, RedisClient as Client } from '../src/index.js'
import { admin, clientOf, closeAll, serve } from './shaky.js'

const KEY = '0123456789abcdef'.repeat(2)
const UNIQUE = { key: KEY, until: 'started', onConflict: 'keep' } as const
const DATA = JSON.stringify({ args: ['x'.repeat(100)] })

let redis: Redis
let client: RedisClient

beforeAll(async () => {
  const server = await serve()
  redis = admin(server.port)
  client = clientOf(server.dsn)
})
afterAll(closeAll)

/** Pushes, takes and settles a task. */
async function work(push: () => Promise<unknown>): Promise<void> {
  await push()
  const taken = await client.reserve(['all'], { lease: 30 })
  expect(await client.ack(taken)).toEqual([])
}

const plain = async () => client.pushMany('all', [{ taskId: randomUUID(), data: DATA }])
const keyed = async () =>
  client.uniqueness.push('all', [{ taskId: randomUUID(), data: DATA, unique: UNIQUE }])

/** What the server does, and how many bytes it is sent, while something happens. */
async function count(step: () => Promise<void>): Promise<{ commands: string[]; bytes: number }> {
  await step()
  const monitor = await redis.monitor()
  const commands: string[] = []
  let bytes = 0
  monitor.on('monitor', (_time: string, words: string[], source: string) => {
    const [name = ''] = words
    if (name === 'info') return
    commands.push(source === 'lua' ? ` ${name.toLowerCase()}` : name.toLowerCase())
    if (source !== 'lua') bytes += words.reduce((sum, word) => sum + word.length, 0)
  })
  await step()
  // What the monitor has been told by then comes before the answer to what is asked after it.
  await redis.ping()
  while (commands.at(-1) !== 'ping') await setTimeout(1)
  monitor.disconnect()
  return { commands: commands.slice(0, -1), bytes }
}

test('tasks without a key cost what they did before there were any', async () => {
  await work(keyed)
  const { commands, bytes } = await count(() => work(plain))
  expect(commands).toEqual([
    ...['evalsha', ' hsetnx', ' rpush', ' set', ' exists'],
    ...['evalsha', ' time', ' exists', ' zrangebyscore', ' lpop', ' hmget', ' zadd', ' hset'],
    ...['evalsha', ' time', ' hmget', ' hdel', ' hdel', ' zrem'],
  ])
  // Ids, tokens and times are of varying length.
  expect(bytes).toBeGreaterThan(600)
  expect(bytes).toBeLessThan(900)
})

test('tasks with a key cost a little more, and leave nothing', async () => {
  const { commands } = await count(() => work(keyed))
  expect(commands).toEqual([
    ...['evalsha', ' time', ' hexists', ' exists', ' hsetnx', ' rpush', ' hset', ' exists', ' set'],
    ...['evalsha', ' time', ' exists', ' zrangebyscore', ' lpop', ' hmget', ' zadd', ' hset'],
    ...['evalsha', ' time', ' hmget', ' hmget', ' hget', ' hdel', ' hdel', ' hdel', ' zrem'],
  ])
  expect((await redis.keys('*')).toSorted()).toEqual([
    expect.stringMatching(/:placed:/),
    expect.stringMatching(/:pushed:/),
  ])
})

test('what takes a key for a time leaves nothing once that is over', async () => {
  const unique = { ...UNIQUE, for: 0.2 }
  await work(async () => client.uniqueness.push('all', [{ taskId: 'timed', data: DATA, unique }]))
  expect(await redis.pttl('alligator:{all}:takers')).toBeLessThanOrEqual(1200)
  expect(await redis.pttl('alligator:{all}:taken')).toBeGreaterThan(0)
  await work(async () => client.uniqueness.push('other', [{ taskId: 'x', data: DATA, unique: UNIQUE }]))
  await client.dropAll('all')
  await client.dropAll('other')
  expect(await redis.keys('*:{all}:t*')).toEqual([])
})

test('a dead letter that is one too many has its key no longer', async () => {
  const few = new Client(client.dsn, { maxDeadLetters: 1 })
  for (const taskId of ['one', 'two']) {
    await few.uniqueness.push('few', [{ taskId, data: DATA, unique: UNIQUE }])
    const [delivery] = await few.reserve(['few'], { lease: 30 })
    if (delivery) await few.bury(delivery, { code: 'ERROR', message: '', at: 1, worker: 'w', attempt: 1 })
  }
  await few.byId.remove('few', 'two')
  expect(await redis.exists('alligator:{few}:unique')).toBe(0)
  await few.close()
})
