import { setTimeout as pause } from 'node:timers/promises'
import { type Server, startRedis, startSentinel, until } from '@alligator/testbed'
import { hasCode } from '@alligator/core'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

let servers: Server[]
let redises: Redis[]
let clients: RedisClient[]
let sentinel: Redis
let dsn: string

/** A master with a replica, and sentinels that know of both. */
beforeEach(async () => {
  ;[servers, redises, clients] = [[], [], []]
  const master = keep(await startRedis({ 'repl-diskless-sync-delay': '0' }))
  const replica = keep(await startRedis({ replicaof: `127.0.0.1 ${master.port}` }))
  await until(async () => /master_link_status:up/.test(await admin(replica).info('replication')))
  const guard = keep(await startSentinel(master))
  dsn = guard.dsn
  sentinel = admin(guard)
  await until(
    async () => ((await sentinel.call('sentinel', 'replicas', 'main').catch(() => [])) as []).length,
  )
})
afterEach(async () => {
  for (const client of clients) await client.close()
  for (const redis of redises) redis.disconnect()
  for (const server of servers) await server.close()
})

function keep(server: Server): Server {
  servers.push(server)
  return server
}

function admin({ port }: Server): Redis {
  const redis = new Redis(port)
  redises.push(redis)
  return redis
}

function open(source: string): RedisClient {
  const client = new RedisClient(source)
  clients.push(client)
  return client
}

/** Pushes one task after the other until it is told to stop; gives those that were promised. */
function produce(client: RedisClient): { stop: () => void; promised: Promise<string[]> } {
  let isOver = false
  const push = async () => {
    const promised: string[] = []
    for (let n = 0; !isOver; n += 1) {
      await pause(5)
      const done = await client.push('all', `task ${n}`, 'data').catch((error: unknown) => {
        if (!hasCode(error, 'STORE_UNAVAILABLE')) throw error
      })
      if (done !== undefined) promised.push(done)
    }
    return promised
  }
  return { stop: () => (isOver = true), promised: push() }
}

const addressOf = async () => String(await sentinel.call('sentinel', 'get-master-addr-by-name', 'main'))

async function failOver(): Promise<void> {
  const before = await addressOf()
  await until(() =>
    sentinel.call('sentinel', 'failover', 'main').then(
      () => true,
      () => false,
    ),
  )
  await until(async () => (await addressOf()) !== before, 20)
}

describe('a planned failover', () => {
  test('leaves nobody with the old master: what is promised is there, and nothing waits', async () => {
    const [client, worker] = [open(`${dsn}&ack_replicas=0`), open(dsn)]
    await client.push('other', 'first', 'data')
    const waiting = worker.reserve(['late'], { lease: 30, wait: 25 })
    const { stop, promised } = produce(client)
    await failOver()
    await client.push('late', 'after', 'data')
    expect((await waiting).map(({ taskId }) => taskId)).toEqual(['after'])
    // Until the old master becomes a replica, and throws away what nobody else has.
    const old = admin(servers[0] as Server)
    await until(async () => /role:slave/.test(await old.info('replication')), 25)
    stop()
    const ids = await promised
    const found = await client.listing.find('all', ids)
    // What was on its way in that very moment may be lost, on a busy machine some more: but not these ten seconds.
    expect(ids.length - found.size).toBeLessThan(ids.length / 4)
  }, 60_000)

  test('loses nothing that a replica has confirmed', async () => {
    const client = open(`${dsn}&ack_replicas=1&timeout=1s`)
    const { stop, promised } = produce(client)
    await failOver()
    const master = admin(servers[1] as Server)
    await until(async () => /connected_slaves:1/.test(await master.info('replication')), 25)
    await until(() =>
      client.push('all', 'last', 'data').then(
        () => true,
        () => false,
      ),
    )
    stop()
    const ids = await promised
    expect((await client.listing.find('all', ids)).size).toBe(ids.length)
  }, 60_000)
})

test('a push that no replica confirms is not promised, and is one task when it is asked for again', async () => {
  const [, replica] = servers
  const client = open(`${dsn}&ack_replicas=1&timeout=1s`)
  await client.push('all', 'one', 'data')
  await replica?.stop()
  await expect(client.push('all', 'two', 'data')).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('0 replicas of 1 have confirmed'),
  })
  await replica?.start()
  await until(() =>
    client.push('all', 'two', 'data').then(
      () => true,
      () => false,
    ),
  )
  expect(await client.len('all')).toBe(2)
})
