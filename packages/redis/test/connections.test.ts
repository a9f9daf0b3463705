import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Server, startRedis, startSentinel, until } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'
import { type RenewalData, openRenewer } from '../src/renewer.js'

const REASON = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }

let server: Server

beforeAll(async () => {
  server = await startRedis({ unixsocket: 'redis.sock' })
})

afterAll(() => server.close())

/** Pushes, waits, takes and settles: every way in which a connection is used. */
async function expectToWork(client: RedisClient): Promise<void> {
  const answer = client.reserve(['use'], { lease: 30, wait: 10 })
  await client.push('use', 'one', 'data')
  const taken = await answer
  expect(taken.map(({ data }) => data)).toEqual(['data'])
  expect(await client.listing.queues()).toEqual(['use'])
  expect(await client.ack(taken)).toEqual([])
  expect(await client.listing.queues()).toEqual([])
}

it('uses a unix socket, and the database named', async () => {
  const client = new RedisClient(`redis://${join(server.folder, 'redis.sock')}?db=3`)
  await expectToWork(client)
  await client.push('use', 'two', 'data')
  const redis = new Redis(server.port, { db: 3 })
  expect(await redis.hlen('alligator:{use}:tasks')).toBe(1)
  await redis.flushdb()
  redis.disconnect()
  await client.close()
})

it("cannot be renewed by a thread where the connection is the app's own", async () => {
  const redis = new Redis(server.port, { lazyConnect: true })
  expect(new RedisClient(redis).renewal).toBeUndefined()
  expect(new RedisClient(server.dsn).renewal?.module).toMatch(/renewer\.js$/)
  redis.disconnect()
})

it("shares a Redis of the app's own, with its key prefix, and leaves it open", async () => {
  const redis = new Redis(server.port, { keyPrefix: 'app[1]*:', lazyConnect: true })
  const client = new RedisClient(redis, { prefix: 'shop' })
  await expectToWork(client)
  await client.push('use', 'two', 'data')
  const plain = new Redis(server.port)
  expect((await plain.keys('*')).toSorted()).toEqual([
    expect.stringMatching(/^app\[1\]\*:shop:{use}:pushed:/),
    'app[1]*:shop:{use}:tasks',
    'app[1]*:shop:{use}:waiting',
  ])
  await client.close()
  expect(redis.status).toBe('ready')
  await plain.flushall()
  plain.disconnect()
  redis.disconnect()
})

it.each(['*', '?', '[^x]', '\\', 'all\r\nFLUSHALL\r\n', "'; redis.call('FLUSHALL') --", '\0', '🐊:%'])(
  'keeps to its own keys with a DSN whose prefix is %j',
  async (prefix) => {
    const bystander = new RedisClient(server.dsn)
    await bystander.push('theirs', 'one', 'data')
    const client = new RedisClient(`${server.dsn}?prefix=${encodeURIComponent(prefix)}`)
    await expectToWork(client)
    expect(await bystander.listing.queues()).toEqual(['theirs'])
    expect(await bystander.pop('theirs')).toBe('data')
    for (const open of [client, bystander]) await open.close()
  },
)

it('needs no more rights than the ACL rule in docs/redis-reference.md gives', async () => {
  const docs = readFileSync(join(__dirname, '../../../docs/redis-reference.md'), 'utf8')
  const [, rule = ''] = /A rule for an ACL: `([^`]+)`/.exec(docs) ?? []
  const admin = new Redis(server.port)
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>word', ...rule.split(/\s+/))
  const client = new RedisClient(`redis://app:word@127.0.0.1:${server.port}/0`)
  await expectToWork(client)
  await client.push('use', 'two', 'data')
  const [first] = await client.reserve(['use'], { lease: 30 })
  expect(first && (await client.release(first))).toBe(true)
  const second = await client.byId.reserve('use', 'two', 30)
  expect(second && (await client.extend([second], 60))).toEqual([])
  const renewer = openRenewer(client.renewal?.data as RenewalData)
  await renewer.renew(['use'], 90)
  expect((await client.listing.list('use', 'running')).tasks[0]?.until).toBeGreaterThan(
    Date.now() / 1000 + 60,
  )
  await renewer.close()
  expect(second && (await client.bury(second, REASON))).toBe(true)
  expect(await client.deadLetters.kick('use')).toBe(1)
  expect((await client.listing.list('use', 'waiting')).tasks).toHaveLength(1)
  expect(await client.listing.find('use', ['two'])).toEqual(new Map([['two', 'waiting']]))
  expect(await client.byId.remove('use', 'two')).toBe('data')
  await client.dropAll('use')
  const worker = {
    id: 'w',
    name: 'w',
    queues: [],
    concurrency: 1,
    running: 0,
    tasksComplete: 0,
    startedAt: 1,
  }
  await client.directory.announce(worker, 30)
  expect(await client.directory.workers()).toEqual([worker])
  await client.directory.retire('w')
  await client.close()
  admin.disconnect()
})

it('has two connections, whatever the number of waits and queues', async () => {
  const client = new RedisClient(server.dsn)
  const stop = new AbortController()
  const plain = new Redis(server.port)
  await plain.ping()
  const count = async () =>
    String(await plain.client('LIST'))
      .trim()
      .split('\n').length
  const before = await count()
  const waits = ['one', 'two', 'three'].map((queue) =>
    client.reserve([queue, 'all'], { lease: 30, wait: 10, signal: stop.signal }),
  )
  await until(async () => (await plain.zcard('alligator:{all}:idle')) === 3)
  expect((await count()) - before).toBe(2)
  stop.abort()
  expect(await Promise.all(waits)).toEqual([[], [], []])
  await client.close()
  plain.disconnect()
})

describe('a sentinel', () => {
  let sentinel: Server

  beforeAll(async () => {
    sentinel = await startSentinel(server)
    const redis = new Redis(sentinel.port)
    // Until it has found out that the master is there, it knows none.
    await until(() => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main').catch(() => null))
    redis.disconnect()
  })

  afterAll(() => sentinel.close())

  it('tells where the master is', async () => {
    const client = new RedisClient(sentinel.dsn)
    await expectToWork(client)
    expect(await client.len('use')).toBe(0)
    await client.close()
  })
})
