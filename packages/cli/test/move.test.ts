import type { TaskView } from '@alligator/core/inspect'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { STORES, StoreApp, startStores, stopStores } from './store-app.js'

beforeAll(startStores)
afterAll(stopStores)

interface Listing {
  readonly tasks: readonly TaskView[]
}

interface Status {
  readonly queues: readonly { waiting: number; delayed: number; running: number; dead: number }[]
}

/** What a store holds, in a form that two stores have in common. */
async function holds(app: StoreApp, dsn: string): Promise<string[]> {
  const { tasks } = await app.json<Listing>('list', '--conn', dsn, '--limit', '1000')
  return tasks.map(({ queue, state, taskId, args, headers, until = 0, reason }) =>
    [queue, state, taskId, JSON.stringify({ args, headers }), until.toFixed(2), reason?.message].join(' '),
  )
}

const WAYS = [
  ['sqlite', 'redis'],
  ['redis', 'sqlite'],
] as const

describe.each(WAYS)('from %s to %s', (from, to) => {
  test('every task arrives as it was: in order, with its time, its headers, its error', async () => {
    await using app = new StoreApp(STORES[from])
    const target = STORES[to](app.folder)
    await app.bury(2)
    await app.enqueue([['quick', 'a'], ['quick', 'b'], ['fail']])
    await app.enqueue([['quick', 'later']], 'mail', { delayBy: 3600, headers: { tenant: 'one' } })
    const before = await holds(app, app.dsn)
    expect(before.at(-1)).toContain('"headers":{"tenant":"one"}')
    expect(await app.text('move', app.dsn, target)).toMatch(
      /^MOVED FROM QUEUE .*\nall +3 +0 +2 +0\nmail +0 +1 +0 +0\n$/,
    )
    expect(await holds(app, target)).toEqual(before)
    expect(await app.text('status')).toMatch(/^No queue holds anything\.\n/)
    expect(await app.text('move', app.dsn, target)).toBe('There is nothing to move.\n')
    expect(await app.json('move', target, app.dsn, '--queue', 'mail')).toMatchObject({
      queues: [{ queue: 'mail', moved: { waiting: 0, delayed: 1, dead: 0 } }],
      refused: [],
      doubled: [],
    })
  })

  test('killed in the middle it can be run again: nothing is lost, nothing is doubled', async () => {
    await using app = new StoreApp(STORES[from])
    const target = STORES[to](app.folder)
    await app.inside('enqueueThirds', 3000)
    const killed = app.on('move', app.dsn, target, '--lease', '1s')
    await somethingArrives(app, target)
    killed.child.kill('SIGKILL')
    await killed.ends()
    await moveUntilDone(app, target)
    expect(await app.json<Status>('status', '--conn', target)).toMatchObject({
      queues: [{ queue: 'all', waiting: 1000, delayed: 1000, running: 0, dead: 1000 }],
    })
  })
})

const STEPS = [
  ['source', 'reserve'],
  ['target', 'pushMany'],
  ['source', 'ack'],
  ['source', 'byId.remove'],
  ['target', 'byId.reserve'],
  ['target', 'bury'],
] as const

describe.each(['before', 'after'])('killed %s', (when) => {
  test.each(STEPS)('a step of the %s, %s, it can be run again', async (side, step) => {
    await using app = new StoreApp(STORES.sqlite)
    const target = STORES.redis(app.folder)
    await app.inside('enqueueThirds', 1800)
    const dying = side === 'source' ? app.dsn : target
    const stores = side === 'source' ? ['./dies-at.js', target] : [app.dsn, './dies-at.js']
    const env = { STORE: dying, DIES_AT: `${when} ${step}` }
    const killed = app.node([app.bin('alligator'), 'move', ...stores, '--lease', '1s'], { env })
    expect(await killed.ends()).toBe('SIGKILL')
    await moveUntilDone(app, target)
    expect(await app.json<Status>('status', '--conn', target)).toMatchObject({
      queues: [{ queue: 'all', waiting: 600, delayed: 600, running: 0, dead: 600 }],
    })
  })
})

/** What a move that was killed had leased comes back when its lease ends, which may be while the next move is under way. */
async function moveUntilDone(app: StoreApp, target: string): Promise<void> {
  let last = await app.run('move', app.dsn, target, '--lease', '1s')
  for (let tries = 0; last.code !== 0 && tries < 20; tries += 1) {
    expect(last.stderr).toMatch(/until its lease ends|that have come meanwhile/)
    await app.inside('leasesEnd', 'all')
    last = await app.run('move', app.dsn, target, '--lease', '1s')
  }
  expect(await app.json('status')).toMatchObject({ queues: [] })
}

/** The store is asked, not the command, which says nothing in a pipe. */
async function somethingArrives(app: StoreApp, target: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { queues } = await app.json<Status>('status', '--conn', target)
    if (queues.length > 0) return
  }
  throw new Error('Nothing was moved.')
}

test('tasks that run stay with their worker', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.enqueue([['gated', 'a']])
  const worker = app.on('worker', '--burst')
  await worker.prints('a is at the gate')
  const { code, stderr } = await app.run('move', app.dsn, STORES.redis(app.folder))
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^alligator: Not all tasks have left sqlite:.*: 1 run, or/),
  ])
  worker.child.stdin?.write('go\n')
  expect(await worker.ends()).toBe(0)
  expect(app.ran()).toEqual(['a, try 1'])
})

test('a signal lets the batch come to its end, and the same command goes on', async () => {
  await using app = new StoreApp(STORES.sqlite)
  const target = STORES.redis(app.folder)
  await app.inside('enqueueThirds', 6000)
  const stopped = app.on('move', app.dsn, target)
  await somethingArrives(app, target)
  stopped.child.kill('SIGTERM')
  const code = await stopped.ends()
  const { queues: there } = await app.json<Status>('status', '--conn', target)
  const { queues: here } = await app.json<Status>('status')
  const due = [...there, ...here].map(({ waiting, delayed }) => waiting + delayed)
  // Dead letters are forgotten only once all of them have arrived, so they may be in both stores now.
  expect(due.reduce((sum, count) => sum + count, 0)).toBe(4000)
  expect(here.every(({ running }) => running === 0)).toBe(true)
  // Unless it was done by then.
  expect(here.length === 0 || (code === 1 && stopped.stderr.includes('goes on with it'))).toBe(true)
  await app.text('move', app.dsn, target)
  expect(await app.json('status')).toMatchObject({ queues: [] })
  expect(await app.json<Status>('status', '--conn', target)).toMatchObject({
    queues: [{ waiting: 2000, delayed: 2000, running: 0, dead: 2000 }],
  })
})

test.each([
  ['the same DSN', (dsn: string) => dsn],
  [
    'the same file by another name',
    (dsn: string) => dsn.replace('tasks.sqlite3', '../$&').replace(/\/([^/]+)\/\.\.\//, '/$1/../$1/'),
  ],
])('a store cannot be moved into itself: %s', async (_name, sameAs) => {
  await using app = new StoreApp(STORES.sqlite)
  await app.enqueue([['quick', 'a']])
  const { code, stderr } = await app.run('move', app.dsn, sameAs(app.dsn))
  expect([code, stderr]).toEqual([
    2,
    'alligator: Both are the same store. Name the store to empty, and then another one.\n',
  ])
  expect(await app.json('status')).toMatchObject({ queues: [{ queue: 'all', waiting: 1 }] })
})

describe('dead letters beyond what the target keeps', () => {
  test('stay in the source, however often the move is run, and those of the target stay there', async () => {
    await using app = new StoreApp(STORES.sqlite)
    const target = `${STORES.redis(app.folder)}&max_dead_letters=10`
    await using other = new StoreApp(() => target)
    await other.bury(3)
    const own = await holds(other, target)
    await app.bury(30)
    for (let run = 0; run < 2; run += 1) {
      const { code, stderr } = await app.run('move', app.dsn, target)
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/: 23 are dead letters for which the target has no room, since it keeps 10 /),
      ])
    }
    const there = await holds(app, target)
    expect(there).toHaveLength(10)
    expect(there).toEqual(expect.arrayContaining(own))
    expect(await app.json('status')).toMatchObject({ queues: [{ dead: 23 }] })
  }, 90_000)
})

describe('tasks that wait for others', () => {
  test('stay as long as these stay, so that no worker of the target takes these for done', async () => {
    await using app = new StoreApp(STORES.sqlite)
    const target = STORES.redis(app.folder)
    await app.enqueue([['gated', 'a']], 'all', { taskId: 'running' })
    const worker = app.on('worker', '--max-tasks', '1')
    await worker.prints('a is at the gate')
    await app.enqueue([['quick', 'waits']], 'all', { dependsOn: 'running' })
    await app.enqueue([['quick', 'waits, too']], 'all', { dependsOn: 'running', delayBy: 3600 })
    await app.enqueue([['quick', 'free']])
    const { code, stderr } = await app.run('move', app.dsn, target)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /: 1 run, or .*; 2 wait for others that have not left, and must not run before them\.\n$/,
      ),
    ])
    expect(await holds(app, target)).toEqual([expect.stringContaining('"free"')])
    worker.child.stdin?.write('go\n')
    expect(await worker.ends()).toBe(0)
    expect(await app.text('move', app.dsn, target)).toMatch(/^all +1 +1 +0 +0$/m)
  }, 90_000)

  test('arrive after what they wait for: what is delayed, what is dead, what waits behind them', async () => {
    await using app = new StoreApp(STORES.sqlite)
    const target = STORES.redis(app.folder)
    await app.bury(1)
    const { tasks } = await app.json<Listing>('list')
    const [dead = { taskId: '' }] = tasks
    await app.enqueue([['quick', 'later']], 'all', { taskId: 'later', delayBy: 3600 })
    for (const [id, on] of [
      ['a', 'later'],
      ['b', dead.taskId],
      ['c', 'd'],
      ['d', 'e'],
      ['e', 'f'],
      ['f', undefined],
    ] as const)
      await app.inside('pushRaw', 'all', id, waitingFor(id, on))
    const args = ['--burst', '--concurrency', '1']
    const arrivals = await app.on('move', app.dsn, target).ends()
    expect(arrivals).toBe(0)
    // Those that wait for what is dead or delayed have come last.
    const order = (await app.json<Listing>('list', '--conn', target, '--state', 'waiting')).tasks
    expect(order.map(({ taskId }) => taskId)).toEqual(['f', 'e', 'd', 'c', 'a', 'b'])
    await app.run('worker', target, ...args)
    expect(app.ran()).toEqual(['f', 'e', 'd', 'c'].map((name) => `${name}, try 1`))
  }, 90_000)

  test('go as dead letters where the source alone knows that what they wait for was canceled', async () => {
    await using app = new StoreApp(STORES.sqlite)
    const target = STORES.redis(app.folder)
    for (const id of ['canceled', 'moves'])
      await app.enqueue([['quick', id]], 'all', { taskId: id, delayBy: 3600 })
    await app.enqueue([['quick', 'a']], 'all', { dependsOn: 'canceled' })
    await app.enqueue([['quick', 'b']], 'all', { dependsOn: 'canceled', delayBy: 3600 })
    await app.enqueue([['quick', 'c']], 'all', { dependsOn: 'moves', delayBy: 3600 })
    await app.run('cancel', 'canceled')
    expect(await app.text('move', app.dsn, target)).toMatch(/^all +0 +2 +2 +0$/m)
    const { tasks } = await app.json<Listing>('list', '--conn', target, '--state', 'dead')
    expect(tasks.map(({ args, reason }) => [args, reason?.code])).toEqual([
      [['a'], 'DEPENDENCY_FAILED'],
      [['b'], 'DEPENDENCY_FAILED'],
    ])
  }, 90_000)

  test('are refused where the target cannot tell when these are done, or where nobody can read them', async () => {
    await using app = new StoreApp(STORES.sqlite)
    await app.inside('pushRaw', 'all', 'an-id', 'no task')
    const target = STORES.redis(app.folder)
    const { code, stdout } = await app.run('move', app.dsn, target)
    expect([code, stdout]).toEqual([1, expect.stringContaining('since it cannot be read here')])
    expect(await app.json('status', '--conn', target)).toMatchObject({ queues: [] })
  }, 90_000)
})

/** A call of `quick` on the queue, as another producer may have put it there before what it waits for. */
function waitingFor(id: string, on: string | undefined): string {
  const call = { task_id: id, retries: 0, is_async: true, module: 'tasks', callable: 'quick', args: [id] }
  return JSON.stringify({ ...call, options: { depends_on: on === undefined ? undefined : [on] } })
}

describe('a store in the memory of the process', () => {
  const COMMANDS = [
    ['move', 'STORE', 'locmem://'],
    ['move', 'locmem://', 'STORE'],
    ['move', 'STORE', 'sqlite://:memory:'],
    ['worker', 'locmem://', '--burst'],
    ['enqueue', 'tasks#quick', '["a"]', '--conn', 'locmem://'],
    ['drop', 'all', '--yes', '--conn', 'locmem://'],
    ...['list', 'dead', 'status', 'top'].map((name) => [name, '--json', '--conn', 'locmem://']),
    ['retry', '--all', '--yes', '--conn', 'locmem://'],
    ['show', 'x', '--conn', 'locmem://'],
    ['cancel', 'x', '--conn', 'locmem://'],
  ]

  test('is refused by every command that would lose tasks there, or look for them', async () => {
    await using app = new StoreApp(STORES.sqlite)
    await app.enqueue([['quick', 'a']])
    for (const words of COMMANDS) {
      const { code, stderr } = await app.run(...words.map((word) => word.replace('STORE', app.dsn)))
      expect([words[0], code, stderr]).toEqual([
        words[0],
        2,
        expect.stringMatching(/^alligator: (locmem|sqlite):.* is in the memory of this process/),
      ])
    }
    expect(await app.json('status')).toMatchObject({ queues: [{ queue: 'all', waiting: 1 }] })
  }, 90_000)

  test('a look makes no file', async () => {
    await using app = new StoreApp(STORES.sqlite)
    expect(await app.text('status')).toMatch(
      /^No queue holds anything\.\nThere is no file .*tasks\.sqlite3 yet: /,
    )
    expect(existsSync(join(app.folder, 'tasks.sqlite3'))).toBe(false)
  }, 90_000)
})
