import type { Delivery } from '@alligator/core'
import { until } from '@alligator/testbed'
import type { Redis } from 'ioredis'
import type { RedisClient } from '../src/index.js'
import { admin, clientOf, closeAll, proxyTo, serve } from './shaky.js'

afterEach(closeAll)

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
    // A master lets seconds pass before it sends all that it has, in case another replica comes.
    const [first, second] = [await serve({ 'repl-diskless-sync-delay': '0' }), await serve()]
    const { proxy, client } = await proxyTo(first)
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
    const { proxy, client } = await proxyTo(server)
    await client.push('all', 'one', 'data')
    proxy.silence()
    await client.push('all', 'two', 'data')
    expect(await client.len('all')).toBe(2)
  })
})
