import { randomUUID } from 'node:crypto'
import { Gator } from '@alligator/core'
import { type Server, startRedis } from '@alligator/testbed'
import '../../redis/src/index.js'
import '../../sqlite/src/index.js'
import { App, type AppProcess } from './app.js'

/** Seconds. */
const LEASE = 2
const LEASES = ['--lease', `${LEASE}s`]
/** Milliseconds for a test that waits for leases. */
const LIMIT = 60_000

let redis: Server

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

const APPS: Readonly<Record<string, () => App>> = {
  SQLite: () => new App(),
  Redis: () => new App({ installed: ['core', 'redis'], dsn: `${redis.dsn}?prefix=${randomUUID()}` }),
}

async function stop(...workers: readonly AppProcess[]): Promise<void> {
  for (const worker of workers) worker.child.kill('SIGTERM')
  expect(await Promise.all(workers.map((worker) => worker.ends()))).toEqual(workers.map(() => 0))
}

/**
 * A task that waits at its gate and one that computes for four leases, in one worker; and another worker, which has nothing to
 * do. The one has been blocked before: a machine with much to do may take longer than a lease to load a driver in a thread.
 */
async function compute(app: App, start: () => AppProcess): Promise<{ busy: AppProcess; idle: AppProcess }> {
  await app.enqueue([['compute', 'first', 1000 * LEASE]])
  const busy = start()
  await busy.prints('could do nothing else')
  await app.enqueue([
    ['gated', 'n'],
    ['compute', 'a', 4000 * LEASE],
  ])
  await busy.prints('n is at the gate')
  await busy.prints('a computes')
  const idle = app.worker(...LEASES)
  await idle.prints('consumes "all"')
  return { busy, idle }
}

describe.each(Object.keys(APPS))('a function that computes for four leases (%s)', (store) => {
  const open = () => APPS[store]?.() ?? new App()

  test(
    'runs once, and no other worker is given what is beside it',
    async () => {
      await using app = open()
      const { busy, idle } = await compute(app, () => app.worker(...LEASES, '--concurrency', '2'))
      await busy.prints('could do nothing else', 2)
      busy.child.stdin?.write('go on')
      await busy.prints('done in', 3)
      await stop(busy, idle)
      expect(app.ran()).toEqual(['first, try 1', 'a, try 1', 'n, try 1'])
      expect(busy.stderr).not.toContain('may have lapsed')
      expect(idle.stdout + idle.stderr).not.toContain('done in')
    },
    LIMIT,
  )

  test(
    'is handed out again when its timeout is over',
    async () => {
      await using app = open()
      await app.enqueue([['spin', 'a']], 'all', { timeout: 1 })
      const busy = app.worker(...LEASES)
      await busy.prints('a spins')
      const other = app.worker(...LEASES)
      await other.prints('a spins')
      expect(app.ran().length).toBeGreaterThan(1)
    },
    LIMIT,
  )

  test(
    'is handed out again after --max-blocked',
    async () => {
      await using app = open()
      await app.enqueue([['spin', 'a']])
      const busy = app.worker(...LEASES, '--max-blocked', '1s')
      await busy.prints('a spins')
      const other = app.worker(...LEASES)
      await other.prints('a spins')
      expect(app.ran().length).toBeGreaterThan(1)
    },
    LIMIT,
  )

  test(
    'is known to be canceled, as is what runs beside it',
    async () => {
      await using app = open()
      const { busy, idle } = await compute(app, () => app.worker(...LEASES, '--concurrency', '2'))
      await using gator = new Gator(app.dsn)
      const running = await gator.backend.listing?.list('all', 'running')
      for (const { taskId } of running?.tasks ?? []) await gator.cancel(taskId)
      await busy.prints('was canceled while it ran', 2)
      await stop(busy, idle)
      expect(busy.stderr).not.toContain('has lost its lease')
    },
    LIMIT,
  )
})

test(
  'the thread of the CommonJS build renews as well, at the first block of a fresh worker, and keeps no process alive',
  async () => {
    await using app = new App()
    await app.enqueue([
      ['gated', 'n'],
      ['compute', 'a', 15_000],
    ])
    const busy = app.node(['blocked.cjs', '10'])
    await busy.prints('a computes')
    const idle = app.worker('--lease', '10s')
    await busy.prints('still holds its tasks')
    busy.child.stdin?.write('go on')
    expect([await busy.ends(), busy.stderr]).toEqual([0, ''])
    await stop(idle)
    expect(app.ran()).toEqual(['a, try 1', 'n, try 1'])
  },
  LIMIT,
)
