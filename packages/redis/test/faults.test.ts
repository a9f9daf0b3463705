import { setTimeout as pause } from 'node:timers/promises'
import type { DeathReason, Delivery } from '@alligator/core'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'
import { Proxy } from './proxy.js'
import { type RedisServer, startRedis } from './redis-server.js'

const REASON: DeathReason = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }
/** Looks, and milliseconds between them, until something must have come true. */
const LOOKS = 500
const LOOK_EVERY = 10

const open: { close(): unknown }[] = []

/** Closes it after the test, last opened first. */
function use<T>(thing: T, close: (thing: T) => unknown): T {
  open.unshift({ close: () => close(thing) })
  return thing
}

async function serve(settings: Record<string, string> = {}): Promise<RedisServer> {
  return use(await startRedis(settings), (server) => server.stop())
}

function clientOf(dsn: string): RedisClient {
  return use(new RedisClient(dsn), (client) => client.close())
}

async function proxyTo(port: number): Promise<{ proxy: Proxy; client: RedisClient }> {
  const proxy = use(new Proxy(port), (one) => one.stop())
  await proxy.start()
  return { proxy, client: clientOf(`redis://127.0.0.1:${proxy.port}/0?timeout=500ms`) }
}

function admin(port: number): Redis {
  return use(new Redis(port), (redis) => redis.disconnect())
}

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (await check()) return
    await pause(LOOK_EVERY)
  }
  throw new Error('It did not come true.')
}

/** Begins a wait that has reached the server. */
async function startWaiting(
  client: RedisClient,
  redis: Redis,
  queue = 'all',
): Promise<Promise<Delivery[]>[]> {
  const answer = client.reserve([queue], { lease: 30, wait: 30 })
  await until(async () => (await redis.zcard(`alligator:{${queue}}:idle`)) === 1)
  return [answer]
}

afterEach(async () => {
  for (const { close } of open.splice(0)) await close()
})

describe('a worker goes on', () => {
  it('when the server was stopped and started again, and has lost nothing', async () => {
    const server = await serve({ appendonly: 'yes', appendfsync: 'always' })
    const client = clientOf(server.dsn)
    await client.push('all', 'one', 'data')
    const [held] = await client.reserve(['all'], { lease: 30 })
    await client.push('all', 'two', 'data')
    await server.stop('SIGKILL')
    const pushed = client.push('all', 'three', 'data')
    await server.start()
    await pushed
    expect(held && (await client.ack([held]))).toEqual([])
    expect((await client.reserve(['all'], { lease: 30, limit: 5 })).map(({ taskId }) => taskId)).toEqual([
      'two',
      'three',
    ])
  })

  it('when the server was away while it waited', async () => {
    const server = await serve({ appendonly: 'yes' })
    const client = clientOf(server.dsn)
    const [answer] = await startWaiting(client, admin(server.port))
    await server.stop('SIGKILL')
    await server.start()
    await clientOf(server.dsn).push('all', 'one', 'data')
    expect((await answer)?.map(({ taskId }) => taskId)).toEqual(['one'])
  })

  it('when its connections are killed', async () => {
    const server = await serve()
    const [client, redis] = [clientOf(server.dsn), admin(server.port)]
    const [answer] = await startWaiting(client, redis)
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await clientOf(server.dsn).push('all', 'one', 'data')
    expect((await answer)?.map(({ taskId }) => taskId)).toEqual(['one'])
  })

  it('when the server forgot its scripts', async () => {
    const server = await serve()
    const [client, redis] = [clientOf(server.dsn), admin(server.port)]
    for (const id of ['one', 'two']) {
      await client.push('all', id, 'data')
      const taken = await client.reserve(['all'], { lease: 30 })
      await redis.script('FLUSH')
      expect(await client.ack(taken)).toEqual([])
      await redis.script('FLUSH')
    }
    expect(await client.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  it('when its master has become a replica', async () => {
    const [first, second] = [await serve(), await serve()]
    const { proxy, client } = await proxyTo(first.port)
    const [old, next] = [admin(first.port), admin(second.port)]
    await next.replicaof('127.0.0.1', first.port)
    await client.push('all', 'one', 'data')
    await until(async () => (await next.llen('alligator:{all}:waiting')) === 1)
    await next.replicaof('NO', 'ONE')
    await old.replicaof('127.0.0.1', second.port)
    proxy.target = second.port
    await client.push('all', 'two', 'data')
    expect((await client.reserve(['all'], { lease: 30, limit: 5 })).map(({ taskId }) => taskId)).toEqual([
      'one',
      'two',
    ])
    expect(await next.hlen('alligator:{all}:tasks')).toBe(2)
  })

  it('when a connection goes silent', async () => {
    const server = await serve()
    const { proxy, client } = await proxyTo(server.port)
    await client.push('all', 'one', 'data')
    proxy.silence()
    await client.push('all', 'two', 'data')
    expect(await client.len('all')).toBe(2)
  })
})

/** Loses the answer to what is asked, once the server has done it. */
async function loseAnswer<T>(
  { proxy }: { proxy: Proxy },
  ask: () => Promise<T>,
  isDone: () => Promise<boolean>,
): Promise<T> {
  proxy.swallowAnswers()
  const answer = ask()
  await until(isDone)
  proxy.cut()
  return answer
}

describe('a command whose answer is lost', () => {
  async function hold() {
    const server = await serve()
    const way = await proxyTo(server.port)
    const redis = admin(server.port)
    await way.client.push('all', 'one', 'data')
    const [held] = await way.client.reserve(['all'], { lease: 30 })
    if (!held) throw new Error('a pushed task is handed out')
    return { ...way, redis, held }
  }

  it('is repeated: a push writes the task once', async () => {
    const { client, redis, ...way } = await hold()
    const done = async () => (await redis.llen('alligator:{all}:waiting')) === 1
    await loseAnswer(way, () => client.push('all', 'two', 'data'), done)
    expect(await client.counts('all')).toEqual({ waiting: 1, delayed: 0, running: 1, dead: 0 })
  })

  it('is repeated: a push does not write again what was taken and settled meanwhile', async () => {
    const { client, redis, held, proxy } = await hold()
    const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
    proxy.swallowAnswers()
    const pushed = Promise.allSettled([
      client.push('all', 'one', 'other data'),
      client.push('all', 'two', 'data'),
      client.push('all', 'three', 'data', 10 + Date.now() / 1000),
    ])
    const taken = await other.reserve(['all'], { lease: 30, wait: 5 })
    expect(await other.ack([held, ...taken])).toEqual([])
    await other.remove('all', 'three')
    proxy.cut()
    expect((await pushed).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(await other.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    // The next push forgets it, and none holds more than those in doubt.
    for (const id of ['four', 'five']) await client.push('all', id, 'data')
    const [kept = ''] = await redis.keys('*:pushed:*')
    expect(await redis.get(kept)).toMatch(/^\d+:;$/)
    expect(await redis.pttl(kept)).toBeLessThanOrEqual(2000)
  })

  it('is repeated: a reserve gets what it was given before', async () => {
    const { client, redis, ...way } = await hold()
    await client.push('all', 'two', 'data')
    await client.push('all', 'three', 'data')
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 2
    const taken = await loseAnswer(way, () => client.reserve(['all'], { lease: 30 }), done)
    expect(taken.map(({ taskId, deliveries }) => [taskId, deliveries])).toEqual([['two', 1]])
    expect(await client.ack(taken)).toEqual([])
    expect(await client.counts('all')).toEqual({ waiting: 1, delayed: 0, running: 1, dead: 0 })
  })

  it('is repeated: what an ack has settled is not reported as lost', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 0
    expect(await loseAnswer(way, () => client.ack([held]), done)).toEqual([])
    expect(await client.ack([held])).toEqual([held])
  })

  it('is repeated: a release and a bury tell that they were carried out', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 0
    expect(await loseAnswer(way, () => client.release(held, { data: 'changed' }), done)).toBe(true)
    const [again] = await client.reserve(['all'], { lease: 30 })
    expect(again).toMatchObject({ data: 'changed', deliveries: 1 })
    const isBuried = await loseAnswer(way, async () => again && client.bury(again, REASON), done)
    expect(isBuried).toBe(true)
    expect(await client.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  })

  it('is repeated: a removal gives the payload', async () => {
    const { client, redis, ...way } = await hold()
    await client.push('all', 'two', 'data')
    const done = async () => (await redis.llen('alligator:{all}:waiting')) === 0
    expect(await loseAnswer(way, async () => client.remove('all', 'two'), done)).toBe('data')
    expect(await client.find('all', ['one', 'two'])).toEqual(new Map([['one', 'running']]))
  })

  it('is repeated: a cancel tells what it has taken, and that it ran', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 0
    const canceled = await loseAnswer(way, async () => client.cancel('all', 'one'), done)
    expect(canceled).toEqual({ data: 'data', wasRunning: true })
    expect(await client.cancel('all', 'one')).toBeUndefined()
    expect(await client.ack([held])).toEqual([held])
    const [kept = ''] = await redis.keys('*:removed:*')
    expect(await redis.pttl(kept)).toBeLessThanOrEqual(2000)
  })
})
