import { type Server, startRedis, until } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

let server: Server
let redis: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.port)
})
afterEach(async () => {
  await redis.config('SET', 'maxmemory', '0')
  await redis.flushall()
})
afterAll(async () => {
  redis.disconnect()
  await server.close()
})

const batch = (size: number, data: string = 'data') =>
  Array.from({ length: size }, (_, n) => ({ taskId: `task ${n}`, data }))

interface Command {
  readonly words: number
  readonly bytes: number
}

/** The commands that the server is given meanwhile, and how large each is, as far as its log of slow commands tells. */
async function commandsDuring(step: () => Promise<unknown>): Promise<Command[]> {
  await redis.config('SET', 'slowlog-max-len', '10000')
  await redis.config('SET', 'slowlog-log-slower-than', '0')
  await redis.call('slowlog', 'reset')
  await step()
  await redis.config('SET', 'slowlog-log-slower-than', '-1')
  const log = (await redis.call('slowlog', 'get', '-1')) as [number, number, number, string[]][]
  return log.map(([, , , words]) => ({
    words: words.length - 1 + more(words.at(-1), 'arguments', 1),
    bytes: words.reduce((sum, word) => sum + word.length + more(word, 'bytes', 0), 0),
  }))
}

/** What it leaves out, it counts. */
function more(word: string | undefined, what: string, otherwise: number): number {
  return Number(new RegExp(`\\.\\.\\. \\(?(\\d+) more ${what}\\)$`).exec(word ?? '')?.[1] ?? otherwise)
}

describe('a batch that is large', () => {
  test('is written in many calls, none of them large, so that a bystander is served in between', async () => {
    const client = new RedisClient(server.dsn)
    const commands = await commandsDuring(() => client.pushMany('all', batch(100_000)))
    expect(Math.max(...commands.map(({ words }) => words))).toBeLessThan(3100)
    expect(commands.length).toBeGreaterThan(100)
    const wide = await commandsDuring(() => client.pushMany('wide', batch(60, 'x'.repeat(1_000_000))))
    expect(Math.max(...wide.map(({ bytes }) => bytes))).toBeLessThan(5_000_000)
    expect(wide.length).toBeGreaterThan(12)
    expect(await client.len('all')).toBe(100_000)
    const { tasks } = await client.listing.list('all', 'waiting', { limit: 1000 })
    expect(tasks.map(({ taskId }) => taskId)).toEqual(batch(1000).map(({ taskId }) => taskId))
    await client.close()
  }, 60_000)

  test('may take longer than the time limit, which is that of each answer', async () => {
    const LIMIT = 300
    const client = new RedisClient(server.dsn, { timeout: `${LIMIT}ms` })
    let took = 0
    for (let size = 20_000; took < 2.5 * LIMIT; size *= 2) {
      const start = performance.now()
      await client.pushMany(`queue ${size}`, batch(size))
      took = performance.now() - start
      expect(await client.len(`queue ${size}`)).toBe(size)
      await client.dropAll(`queue ${size}`)
    }
    await client.close()
  }, 60_000)

  test('is refused before anything is written, when one of its ids is taken', async () => {
    const client = new RedisClient(server.dsn)
    await client.push('all', 'task 4999', 'something else')
    await expect(client.pushMany('all', batch(5000))).rejects.toMatchObject({
      code: 'DUPLICATE_TASK',
      message: expect.stringContaining('task 4999'),
    })
    expect(await client.len('all')).toBe(1)
    await client.close()
  })

  test('is taken back when there is no room for the rest of it', async () => {
    const client = new RedisClient(server.dsn)
    await client.pushMany('all', batch(3))
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
    await redis.config('SET', 'maxmemory', String(used + 20_000_000))
    const items = batch(200_000, 'x'.repeat(300))
    for (let n = 0; n < 3; n += 1) items[n] = { taskId: `task ${n}`, data: 'data' }
    await expect(client.pushMany('all', items)).rejects.toMatchObject({ code: 'STORE_FULL' })
    // What was there before stays.
    expect(await client.len('all')).toBe(3)
    expect(await redis.hlen('alligator:{all}:tasks')).toBe(3)
    await client.close()
  }, 60_000)

  test('can be asked for again, and has each task once', async () => {
    const client = new RedisClient(server.dsn)
    await client.pushMany('all', batch(2500))
    await client.pushMany('all', batch(5000))
    expect(await client.len('all')).toBe(5000)
    expect(
      (
        await client.listing.find(
          'all',
          batch(5000).map(({ taskId }) => taskId),
        )
      ).size,
    ).toBe(5000)
    await client.close()
  })

  test('that is interrupted tells how far it came, and is completed when the same is asked for again', async () => {
    const client = new RedisClient(`${server.dsn}?timeout=200ms`)
    const pushed = client.pushMany('all', batch(100_000)).catch((error: unknown) => error)
    await until(() => redis.hlen('alligator:{all}:tasks'))
    await redis.call('client', 'pause', '60000', 'WRITE')
    const error = (await pushed) as Error
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const [, written] = /the first (\d+) of 100000 tasks/.exec(error.message) ?? []
    await redis.call('client', 'unpause')
    const there = await until(() => client.len('all')).then(() => client.len('all'))
    expect(there).toBeGreaterThanOrEqual(Number(written))
    expect(there).toBeLessThan(100_000)
    await client.pushMany('all', batch(100_000))
    expect(await client.len('all')).toBe(100_000)
    await client.close()
  }, 60_000)
})

test('a server that answers nothing is given up after the time limit, whatever it has answered before', async () => {
  const client = new RedisClient(`${server.dsn}?timeout=200ms`)
  await client.push('all', 'one', 'data')
  await redis.call('client', 'pause', '2000')
  await expect(client.push('all', 'two', 'data')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await redis.call('client', 'unpause')
  await until(() => client.push('all', 'two', 'data'))
  expect(await client.len('all')).toBe(2)
  await client.close()
})
