import { inspect } from 'node:util'
import { type Server, freePort, startRedis } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

let server: Server
let redis: Redis
let client: RedisClient

beforeEach(async () => {
  server = await startRedis()
  redis = new Redis(server.port)
  client = new RedisClient(server.dsn)
})

afterEach(async () => {
  await client.close()
  redis.disconnect()
  await server.close()
})

it('says that the memory is full, and still hands out and settles', async () => {
  await client.push('all', 'one', 'data')
  await client.push('all', 'later', 'data', Date.now() / 1000 + 0.05)
  await redis.config('SET', 'maxmemory', '1')
  await expect(client.push('all', 'two', 'data')).rejects.toMatchObject({ code: 'STORE_FULL' })
  const taken = await client.reserve(['all'], { lease: 30, limit: 1 })
  expect(await client.extend(taken, 60)).toEqual([])
  expect(await client.ack(taken)).toEqual([])
  const [late] = await client.reserve(['all'], { lease: 30, wait: 5 })
  expect(late?.taskId).toBe('later')
  expect(late && (await client.release(late, { data: 'changed' }))).toBe(true)
  const [again] = await client.reserve(['all'], { lease: 30 })
  const reason = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }
  expect(again && (await client.bury(again, reason))).toBe(true)
  expect(await client.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
})

it('says that a password is wrong or missing, and never shows one', async () => {
  await redis.config('SET', 'requirepass', 'right-word')
  for (const user of [':wrong-word@', 'nobody:wrong-word@', '']) {
    const stranger = new RedisClient(`redis://${user}127.0.0.1:${server.port}/0`)
    const error: unknown = await stranger.push('all', 'one', 'data').catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'STORE_UNUSABLE' })
    expect((error as Error).message).not.toContain('wrong-word')
    await stranger.close()
  }
  const friend = new RedisClient(`redis://:right-word@127.0.0.1:${server.port}/0`)
  expect(await friend.push('all', 'one', 'data')).toBe('one')
  await friend.close()
})

it('prints neither a password nor what it sent, wherever an error or the client is printed', async () => {
  await redis.config('SET', 'requirepass', 'right-word')
  const stranger = new RedisClient(`redis://nobody:wrong-word@127.0.0.1:${server.port}/0`)
  const error: unknown = await stranger.push('all', 'one', 'data').catch((failure: unknown) => failure)
  for (const value of [error, stranger, { client: stranger }]) {
    const shown = [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value)].join()
    expect(shown).not.toContain('wrong-word')
  }
  await stranger.close()
})

it('says that a key of another kind is in the way, and writes nothing', async () => {
  await redis.set('alligator:{all}:waiting', 'something else')
  await expect(client.push('all', 'one', 'data')).rejects.toMatchObject({ code: 'STORE_UNUSABLE' })
  expect(await client.listing.find('all', ['one'])).toEqual(new Map())
  await redis.del('alligator:{all}:waiting')
  expect(await client.push('all', 'one', 'data')).toBe('one')
})

it('says that nobody listens, within its time', async () => {
  const stranger = new RedisClient(`redis://127.0.0.1:${await freePort()}/0?timeout=100ms`)
  await expect(stranger.push('all', 'one', 'data')).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('ECONNREFUSED') as string,
  })
  await stranger.close()
})

it('warns of a server that drops keys of its own choice', async () => {
  await redis.config('SET', 'maxmemory', '1gb')
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const warned = jest.spyOn(process, 'emitWarning').mockReturnValue(undefined)
  await client.push('all', 'one', 'data')
  // Answers come in the order of asking: that of the check before this one.
  await client.len('all')
  expect(String(warned.mock.calls[0]?.[0])).toContain('maxmemory-policy allkeys-lru')
  warned.mockRestore()
})
