import { BeanstalkClient } from '@alligator/beanstalk'
import type { Client } from '@alligator/core'
import { PostgresClient } from '@alligator/postgres'
import { RedisClient } from '@alligator/redis'
import { SqliteClient } from '@alligator/sqlite'
import { SqsClient } from '@alligator/sqs'
import {
  Proxy,
  type Server,
  TemporaryFolder,
  startBeanstalk,
  startPostgres,
  startRedis,
  startSqsEmulator,
  until,
} from '@alligator/testbed'
import Sqlite from 'better-sqlite3'

const folder = new TemporaryFolder('stalled')
const saved = { ...process.env }
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' })
afterAll(() => {
  process.env = saved
  folder.remove()
})

/** What the listeners of a client hear. */
interface Told {
  readonly code: string | undefined
  readonly seconds: number
}

/** Pushes before, during and after a standstill of the store; gives what was told, and when the push in between ended. */
async function meet(client: Client, stall: () => unknown, resume: () => unknown): Promise<Told[]> {
  const told: Told[] = []
  await client.push('all', 'before', 'data')
  client.onTrouble((error, seconds) =>
    told.push({ code: (error as { code?: string } | undefined)?.code, seconds }),
  )
  await stall()
  const pushed = client.push('all', 'during', 'data')
  await until(() => told.length > 0)
  await resume()
  await pushed
  await until(() => told.length > 1)
  await client.close()
  return told
}

const SILENT = [
  { code: 'STORE_UNAVAILABLE', seconds: expect.any(Number) as number },
  { code: undefined, seconds: 0 },
]

test.each<[string, () => Promise<Server>, (port: number, server: Server) => Client]>([
  ['Redis', startRedis, (port) => new RedisClient(`redis://127.0.0.1:${port}/0?timeout=1h`)],
  [
    'PostgreSQL',
    startPostgres,
    (port, { dsn, port: own }) => new PostgresClient(dsn.replace(`:${own}`, `:${port}`), { timeout: '1h' }),
  ],
  ['beanstalkd', startBeanstalk, (port) => new BeanstalkClient(`beanstalk://127.0.0.1:${port}/?timeout=1h`)],
  [
    'SQS',
    startSqsEmulator,
    (port) => new SqsClient('sqs://us-east-1/', { endpoint: `http://127.0.0.1:${port}`, createQueues: true }),
  ],
])(
  '%s that answers nothing is told long before the time limit, and that it is back',
  async (_name, start, open) => {
    const server = await start()
    await using proxy = await Proxy.to(server.port)
    const told = await meet(
      open(proxy.port, server),
      () => proxy.stall(),
      () => proxy.resume(),
    )
    expect(told).toEqual(SILENT)
    expect(told[0]?.seconds).toBeGreaterThanOrEqual(1.5)
    await server.close()
  },
)

test('SQLite that somebody keeps locked is told long before the time limit, and that the lock has ended', async () => {
  const file = folder.file('tasks.db')
  const client = new SqliteClient(`sqlite://${file}`)
  const locker = { db: undefined as Sqlite.Database | undefined }
  const told = await meet(
    client,
    () => (locker.db = new Sqlite(file)).exec('BEGIN IMMEDIATE'),
    () => locker.db?.exec('COMMIT'),
  )
  locker.db?.close()
  expect(told).toEqual(SILENT)
  expect(told[0]?.seconds).toBeGreaterThanOrEqual(1.5)
})
