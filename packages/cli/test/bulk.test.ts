import { Gator, registerTasks } from '@alligator/core'
import { cancelTasks, countTasks, expediteTasks, retryTasks } from '@alligator/core/inspect'
import '../../postgres/src/index.js'
import '../../redis/src/index.js'
import '../../sqlite/src/index.js'
import { STORES, StoreApp, startStores, stopStores } from './store-app.js'
import { Terminal } from './terminal.js'

beforeAll(startStores)
afterAll(stopStores)

/** More than two pages. */
const MANY = 1200
const DEAD = { queues: ['all'], states: ['dead'] } as const

// Stand for the functions of the app.
function quick(_label: string): void {}
function fail(): void {}
registerTasks('tasks', { quick, fail })

/** Takes tasks, and lets each die: every other one of a timeout. */
async function bury({ backend, clock }: Gator, count: number): Promise<void> {
  const deliveries = await backend.reserve(['all'], { limit: count, lease: 60 })
  const kinds = [
    ['TIMEOUT', 'Task x took longer than 5 s'],
    ['ERROR', 'no such mailbox'],
  ] as const
  await Promise.all(
    deliveries.map((delivery, at) => {
      const [code, message] = kinds[at % 2] ?? ['', '']
      return backend.bury(delivery, { code, message, at: clock.now(), worker: 'w', attempt: 1 })
    }),
  )
}

async function buryNew(gator: Gator, count: number): Promise<void> {
  await gator.taskMany(
    quick,
    Array.from({ length: count }, (_, at): [string] => [String(at)]),
  )
  for (let left = count; left > 0; left -= 400) await bury(gator, Math.min(400, left))
}

describe.each(Object.entries(STORES))('many tasks at once on %s', (_store, dsnIn) => {
  test('those that match are retried, page by page, and no others; what is stopped goes on', async () => {
    await using app = new StoreApp(dsnIn)
    await using gator = new Gator(app.dsn)
    await buryNew(gator, MANY)
    const census = await countTasks(gator, { ...DEAD, filter: { error: 'timeout', task: 'quick' } })
    expect(census.groups).toEqual([{ queue: 'all', state: 'dead', matching: MANY / 2, seen: MANY }])
    const stop = new AbortController()
    const options = { signal: stop.signal, onProgress: () => stop.abort() }
    expect(await retryTasks(gator, census, options)).toBe(250)
    expect(await gator.backend.counts('all')).toMatchObject({ waiting: 250, dead: MANY - 250 })
    expect(await retryTasks(gator, census)).toBe(MANY / 2 - 250)
    expect(await gator.backend.counts('all')).toMatchObject({ waiting: MANY / 2, dead: MANY / 2 })
    expect((await countTasks(gator, { ...DEAD, filter: { error: 'TIMEOUT' } })).matching).toBe(0)
    expect((await countTasks(gator, { ...DEAD, filter: { error: 'SUCH mailbox' } })).matching).toBe(MANY / 2)
  })

  test('a retry ends, though what it puts back dies again and again', async () => {
    await using app = new StoreApp(dsnIn)
    await using gator = new Gator(app.dsn)
    await buryNew(gator, MANY)
    const census = await countTasks(gator, DEAD)
    let ended = false
    const retrying = retryTasks(gator, census).finally(() => (ended = true))
    const burying = (async () => {
      while (!ended) await bury(gator, 100)
    })()
    const [retried] = await Promise.all([retrying, burying])
    expect(retried).toBeLessThanOrEqual(MANY)
    expect(retried).toBeGreaterThan(MANY / 2)
  })

  test('a cancel leaves to its worker what has begun meanwhile, and takes what is meant', async () => {
    await using app = new StoreApp(dsnIn)
    await using gator = new Gator(app.dsn)
    await gator.taskMany(
      quick,
      Array.from({ length: MANY }, (_, at): [string] => [String(at)]),
    )
    await gator.options({ delayBy: 600 }).task(quick, 'later')
    await gator.task(fail)
    const filter = { task: 'tasks#quick' }
    const census = await countTasks(gator, { queues: ['all'], states: ['waiting', 'delayed'], filter })
    expect(census.matching).toBe(MANY + 1)
    const delayed = await countTasks(gator, { queues: ['all'], states: ['delayed'], filter })
    expect(await expediteTasks(gator, delayed)).toBe(1)
    expect(await expediteTasks(gator, delayed)).toBe(0)
    await gator.backend.reserve(['all'], { limit: 100, lease: 60 })
    expect(await cancelTasks(gator, census)).toBe(MANY + 1 - 100)
    expect(await gator.backend.counts('all')).toEqual({ waiting: 1, delayed: 0, running: 100, dead: 0 })
    const running = await countTasks(gator, { queues: ['all'], states: ['running'], filter })
    expect(await cancelTasks(gator, running)).toBe(100)
    const left = await countTasks(gator, { queues: ['all'], states: ['waiting'], filter: { until: 1 } })
    expect(left.matching).toBe(0)
  })
})

// The work of a command is the same on each store: one with a server and one without prove it.
test.each([
  ['sqlite', STORES.sqlite],
  ['redis', STORES.redis],
])('the commands count, ask, and do what they say on %s', async (_store, dsnIn) => {
  await using app = new StoreApp(dsnIn)
  await app.bury(3)
  await app.enqueue([['quick', 'a'], ['gated']], 'mail')
  const dry = await app.text(
    'retry',
    '--task',
    'tasks#fail',
    '--error',
    'never',
    '--since',
    '2h',
    '--dry-run',
  )
  expect(dry).toBe('all: 3 dead\n3 dead letters in all.\nNothing was changed.\n')
  const unasked = await app.run('retry', '--task', 'fail')
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Pass --yes')])
  expect(await app.text('retry', '--until', '2h', '--yes')).toBe('No dead letter matches.\n')
  await using asked = new Terminal(app, ['cancel', '--state', 'waiting,dead', '--task', 'fail'])
  await asked.shows(/^all: 3 dead$/)
  await asked.shows(/^Cancel 3 tasks\? \[y\/N\]/)
  asked.press('n\r')
  await asked.shows(/^Nothing was changed\.$/)
  expect(await asked.ends()).toBe(0)
  const canceled = await app.json('cancel', '--task', 'quick', '--yes')
  const tasks = [{ queue: 'mail', state: 'waiting', matching: 1 }]
  expect(canceled).toEqual({ matching: 1, canceled: 1, tasks })
  await using gator = new Gator(app.dsn)
  await buryNew(gator, 600)
  const interrupted = await app.run('retry', '--all', '--yes', '--conn', './interrupted.js')
  expect(interrupted).toEqual({
    code: 130,
    stdout: 'Put back to work: 500 of 603 dead letters.\n',
    stderr:
      'alligator: It was stopped after 500 of 603 dead letters: what is done is done, and the same command goes on.\n',
  })
  expect(await app.text('retry', '--all', '--yes')).toBe('Put back to work: 103 of 103 dead letters.\n')
})
