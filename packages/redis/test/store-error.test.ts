import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Server, freePort, startRedis, startTlsRedis, until } from '@alligator/testbed'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'
import { storeError } from '../src/store-error.js'
import { note, ran } from './tasks.js'

const SHA = 'b1c3'.repeat(10)
/** As Redis 7 and 6.2 tell what a command within a script has met. */
const WRAPPINGS: readonly ((answer: string) => string)[] = [
  (answer) => answer,
  (answer) => `${answer} script: ${SHA}, on @user_script:12.`,
  (answer) => `ERR Error running script (call to f_${SHA}): @user_script:12: @user_script: 12: -${answer} `,
  (answer) => `ERR Error running script (call to f_${SHA}): @user_script:12: ${answer}`,
]

/** Each answer, and what it is: at once, and for a client that has worked before. */
const ANSWERS: readonly [answer: string, first: string, later: string][] = [
  ['LOADING Redis is loading the dataset in memory', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  ["READONLY You can't write against a read only replica.", 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  [
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'STORE_UNAVAILABLE',
    'STORE_UNAVAILABLE',
  ],
  [
    'MISCONF Redis is configured to save RDB snapshots, but is unable to.',
    'STORE_UNAVAILABLE',
    'STORE_UNAVAILABLE',
  ],
  ['NOREPLICAS Not enough good replicas to write.', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  ['CLUSTERDOWN The cluster is down', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  ['BUSY Redis is busy.', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'STORE_FULL', 'STORE_FULL'],
  ["NOPERM this user has no permissions to run the 'eval' command", 'STORE_UNUSABLE', 'STORE_UNAVAILABLE'],
  ['NOAUTH Authentication required.', 'STORE_UNUSABLE', 'STORE_UNAVAILABLE'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'STORE_UNUSABLE', 'STORE_UNAVAILABLE'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'STORE_UNUSABLE', 'STORE_UNUSABLE'],
  ['MOVED 1234 127.0.0.1:7001', 'STORE_UNUSABLE', 'STORE_UNUSABLE'],
]

test.each(ANSWERS)('%s is %s at first, and %s later', (answer, first, later) => {
  for (const wrap of WRAPPINGS) {
    const told = [false, true].map((hasWorked) => storeError(new Error(wrap(answer)), 'redis://a', hasWorked))
    expect(told).toMatchObject([{ code: first }, { code: later }])
    expect(String(told[0])).not.toContain('script')
  }
})

test('the first of several addresses speaks for all', () => {
  const refused = (address: string) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' })
  const error = new AggregateError([refused('::1:6379'), refused('127.0.0.1:6379')])
  expect(storeError(error, 'redis://localhost')).toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('connect ECONNREFUSED ::1:6379'),
  })
})

describe('by real causes', () => {
  let server: Server
  let redis: Redis
  let client: RedisClient

  beforeEach(async () => {
    server = await startRedis()
    redis = new Redis(server.port)
    client = new RedisClient(`${server.dsn}?timeout=300ms`)
    await client.push('all', 'one', 'data')
  })
  afterEach(async () => {
    await client.close()
    redis.disconnect()
    await server.close()
  })

  const PASSING: readonly [
    cause: string,
    arrange: () => Promise<unknown>,
    mend: () => Promise<unknown>,
    says: RegExp,
  ][] = [
    [
      'a master that has become a replica',
      async () => redis.replicaof('127.0.0.1', await freePort()),
      () => redis.replicaof('NO', 'ONE'),
      /it is a replica \(READONLY/,
    ],
    [
      'a replica that has lost its master and serves nothing',
      async () => {
        await redis.config('SET', 'replica-serve-stale-data', 'no')
        await redis.replicaof('127.0.0.1', await freePort())
      },
      () => redis.replicaof('NO', 'ONE'),
      /it is a replica \((MASTERDOWN|READONLY)/,
    ],
    [
      'a disk that cannot be written',
      async () => {
        rmSync(server.folder, { recursive: true })
        await redis.config('SET', 'save', '3600 1')
        await redis.bgsave()
        await until(async () => /rdb_last_bgsave_status:err/.test(await redis.info('persistence')))
      },
      () => redis.config('SET', 'stop-writes-on-bgsave-error', 'no'),
      /it cannot write to its disk \(MISCONF/,
    ],
    [
      'too few replicas',
      () => redis.config('SET', 'min-replicas-to-write', '1'),
      () => redis.config('SET', 'min-replicas-to-write', '0'),
      /too few replicas are up \(NOREPLICAS/,
    ],
    [
      'a permission that was taken away',
      () => redis.acl('SETUSER', 'default', '-evalsha', '-eval'),
      () => redis.acl('SETUSER', 'default', '+@all'),
      /may not do what this needs \(NOPERM/,
    ],
  ]

  test.each(PASSING)(
    '%s: told as passing, and over once it is mended',
    async (_cause, arrange, mend, says) => {
      await arrange()
      await expect(client.push('all', 'two', 'data')).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(says),
      })
      const pushed = client.push('all', 'three', 'data')
      await mend()
      expect(await pushed).toBe('three')
    },
  )

  test('half a second without a permission does not end a worker', async () => {
    const gator = new Gator(server.dsn)
    await client.dropAll('all')
    const worker = new Worker(gator, { logger: silentLogger() })
    const running = worker.runForever()
    await gator.task(note, 1)
    await until(() => ran.includes(1))
    await redis.acl('SETUSER', 'default', '-evalsha', '-eval', '-@pubsub')
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await new Promise((resolve) => setTimeout(resolve, 500))
    await redis.acl('SETUSER', 'default', '+@all')
    await gator.task(note, 2)
    await until(() => ran.includes(2) && worker.tasksComplete === 2)
    worker.stop()
    await running
    await gator.close()
  })
})

describe('an address that leads to something else is told at once', () => {
  const refused = async (dsn: string) => {
    const client = new RedisClient(dsn)
    const error: unknown = await client.push('all', 'one', 'data').catch((refusal: unknown) => refusal)
    await client.close()
    return error
  }

  test.each([
    ['redis', 'what listens there is no Redis'],
    ['rediss', 'what listens there does not speak TLS'],
  ])('a web server, as %s', async (scheme, says) => {
    const web = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    await until(() => web.listening)
    expect(await refused(`${scheme}://127.0.0.1:${(web.address() as AddressInfo).port}`)).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(says),
    })
    web.closeAllConnections()
    web.close()
  })

  // A Redis that is spoken to in the wrong way says nothing, or hangs up, as one that is away may do.
  test.each([
    ['TLS to a port without', startRedis, 'rediss'],
    ['no TLS to a port with', startTlsRedis, 'redis'],
  ] as const)('%s is passing, as far as can be told', async (_name, start, scheme) => {
    const server = await start()
    expect(await refused(`${scheme}://127.0.0.1:${server.port}?timeout=300ms`)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await server.close()
  })

  test('a node of a cluster', async () => {
    const node = await startRedis({ 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) })
    expect(await refused(`${node.dsn}?timeout=300ms`)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('its cluster is down (CLUSTERDOWN'),
    })
    await node.close()
  })
})
