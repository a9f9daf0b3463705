import { Gator, type WorkerInfo } from '@alligator/core'
import type { TaskView } from '@alligator/core/inspect'
import { QueueWatch } from '../src/queue-status.js'
import { STORES, StoreApp, startStores, stopStores } from './store-app.js'

beforeAll(startStores)
afterAll(stopStores)

interface Listing {
  readonly tasks: readonly TaskView[]
  readonly next: string | null
}

/** What status tells of workers, once it knows of any. */
async function knownWorkers(app: StoreApp): Promise<readonly WorkerInfo[]> {
  for (let looks = 0; looks < 50; looks += 1) {
    const { workers } = await app.json<{ workers: readonly WorkerInfo[] }>('status')
    if (workers.length > 0) return workers
  }
  throw new Error('No worker has announced itself.')
}

describe.each(Object.entries(STORES))('on %s', (_store, dsnIn) => {
  describe('status', () => {
    test('counts each queue by state', async () => {
      await using app = new StoreApp(dsnIn)
      const absent =
        _store === 'sqlite'
          ? `There is no file ${app.folder}/tasks.sqlite3 yet: the first task makes it.\n`
          : ''
      expect(await app.text('status')).toBe(`No queue holds anything.\n${absent}`)
      await app.bury(2)
      await app.enqueue([['quick', 'a']], 'mail')
      await app.enqueue([['quick', 'b']], 'mail', { delayBy: 3600 })
      const [titles, all, mail, unserved, ...ended] = (await app.text('status')).split('\n')
      expect(titles).toMatch(/^QUEUE +WAITING +DELAYED +RUNNING +DEAD +OLDEST +NOTE$/)
      expect(all).toMatch(/^all +0 +0 +0 +2 +-$/)
      expect(mail).toMatch(/^mail +1 +1 +0 +0 +\d+(\.\d)?s +no worker$/)
      expect(unserved).toBe('No worker takes tasks from queue mail, which holds 2 tasks.')
      // The worker that told it is gone.
      expect(ended).toEqual([
        '',
        expect.stringMatching(/^QUEUE +LAST HOUR +PER S +FAILED +MEAN +LAST DAY +FAILED +MEAN$/),
        expect.stringMatching(/^all +2 +0\.00 +100\.0% +\S+s +2 +100\.0% +\S+s$/),
        '',
      ])
      expect(await app.json('status', '--queue', 'all')).toMatchObject({
        throughput: [{ queue: 'all', hour: { dead: 2, failureShare: 1 }, day: { dead: 2 } }],
      })
    })

    test('as JSON, for the queues that are named', async () => {
      await using app = new StoreApp(dsnIn)
      await app.enqueue([['quick', 'a']], 'mail')
      const { store, queues } = await app.json<{ store: string; queues: object[] }>(
        'status',
        '--queue',
        'mail,x',
      )
      expect(app.dsn.startsWith(store.slice(0, 8))).toBe(true)
      expect(queues).toEqual([
        { queue: 'mail', waiting: 1, delayed: 0, running: 0, dead: 0, oldest: expect.any(Number) as number },
        { queue: 'x', waiting: 0, delayed: 0, running: 0, dead: 0, oldest: null },
      ])
    })

    test('shows the workers that are at work, also one that was killed a moment ago', async () => {
      await using app = new StoreApp(dsnIn)
      const worker = app.on('worker', '--queue', 'mail')
      await worker.prints('consumes')
      const [announced] = await knownWorkers(app)
      worker.child.kill('SIGKILL')
      await worker.ends()
      await app.announce({
        name: 'evil\u001b[2J',
        running: 1,
        tasks: [{ queue: 'all', taskId: 'gone', since: 1 }],
      })
      const lines = (await app.text('status')).split('\n')
      expect(lines).toEqual([
        'No queue holds anything.',
        '',
        expect.stringMatching(/^WORKER +BUSY +RUNS +QUEUES +DONE +UP$/),
        expect.stringMatching(/^\S+#\d+ +0 of 10 +mail +0 +\d+(\.\d)?s$/),
        // What it told runs no more.
        expect.stringMatching(/^evil\\u001b\[2J +0 of 3 +all +0 +1h$/),
        '',
      ])
      expect(announced).toMatchObject({ queues: ['mail'], concurrency: 10, tasksComplete: 0 })
      expect(await app.json('status', '--queue', 'mail')).toMatchObject({ workers: [{ queues: ['mail'] }] })
    })

    test('--watch ends when nobody reads any more', async () => {
      await using app = new StoreApp(STORES.sqlite)
      const watch = app.on('status', '--watch', '100ms')
      await watch.prints('No queue holds anything')
      watch.child.stdout?.destroy()
      expect(await watch.ends()).toBe(0)
    })

    test('--watch tells from the second look on how fast a queue grows', async () => {
      await using app = new StoreApp(dsnIn)
      await app.enqueue([['quick', 'a']])
      const watch = app.on('status', '--watch', '100ms', '--json')
      await watch.prints('"queues"', 3)
      const [first, second] = watch.stdout.split('\n')
      expect(JSON.parse(first ?? '')).toMatchObject({ queues: [{ waiting: 1 }] })
      expect(first).not.toContain('growth')
      expect(JSON.parse(second ?? '')).toMatchObject({ queues: [{ waiting: 1, growth: 0 }] })
    })
  })

  describe('list', () => {
    test('goes through queues and states, a page at a time', async () => {
      await using app = new StoreApp(dsnIn)
      await app.bury(3)
      await app.enqueue(
        [
          ['quick', 'a'],
          ['quick', { b: '日本' }],
        ],
        'mail',
      )
      await app.enqueue([['quick', 'c']], 'mail', { delayBy: 3600 })
      const seen: string[] = []
      for (let next: string | null = ''; next !== null;) {
        const more = next === '' ? [] : ['--page', next]
        const page: Listing = await app.json<Listing>('list', '--limit', '2', ...more)
        expect(page.tasks.length).toBeGreaterThan(0)
        seen.push(
          ...page.tasks.map(
            ({ queue, state, name, args }) => `${queue} ${state} ${name} ${JSON.stringify(args)}`,
          ),
        )
        next = page.next
      }
      expect(seen).toEqual([
        ...['all', 'all', 'all'].map((queue) => `${queue} dead tasks#fail []`),
        'mail waiting tasks#quick ["a"]',
        'mail waiting tasks#quick [{"b":"日本"}]',
        'mail delayed tasks#quick ["c"]',
      ])
    })

    test('as text, of one queue and state', async () => {
      await using app = new StoreApp(dsnIn)
      await app.bury(1)
      await app.enqueue([['quick', 'a']], 'mail', { delayBy: 3600 })
      const [titles, task, ...rest] = (await app.text('list', '--queue', 'mail', '--state', 'delayed')).split(
        '\n',
      )
      expect(titles).toMatch(/^ID +STATE +QUEUE +TASK +ARGUMENTS +WHEN$/)
      expect(task).toMatch(/^[0-9a-f-]{36} +delayed +mail +tasks#quick +"a" +due in (59m|1h)$/)
      expect(rest).toEqual([''])
      expect(await app.text('list', '--state', 'running')).toBe('No tasks.\n')
    })

    test('by function, error, age, level and a pattern of queues', async () => {
      await using app = new StoreApp(dsnIn)
      await app.bury(2, 'mail-in')
      await app.enqueue([['quick', 'a']], 'mail-out', { priority: 'high' })
      await app.enqueue(
        [
          ['quick', 'b'],
          ['gated', 'c'],
        ],
        'other',
      )
      const idsOf = async (...args: string[]) => {
        const { tasks } = await app.json<Listing>('list', ...args)
        return tasks.map(({ queue, args: given }) => `${queue} ${JSON.stringify(given)}`)
      }
      expect(await idsOf('--task', 'quick')).toEqual(['mail-out ["a"]', 'other ["b"]'])
      expect(await idsOf('--error', 'NEVER works', '--limit', '1')).toEqual(['mail-in []'])
      expect(await idsOf('--priority', 'high', '--queue', '*')).toEqual(['mail-out ["a"]'])
      expect(await idsOf('--queue', 'mail*,other', '--until', '1h')).toEqual([])
      expect(await idsOf('--queue', '*-out,o*r', '--since', '1h')).toHaveLength(3)
      const { code, stderr } = await app.run('list', '--queue', 'x*')
      expect([code, stderr]).toEqual([2, expect.stringContaining('No queue is called like "x*".')])
    })

    test('what is no task is shown as such, and nothing in it reaches the terminal', async () => {
      await using app = new StoreApp(dsnIn)
      const evil = 'a\u001b[2J\u009b31m\u202e\nb'
      await app.enqueue([['quick', evil]])
      await app.inside('pushRaw', 'all', evil, evil)
      for (const flags of [[], ['--json']]) {
        const { code, stdout } = await app.run('list', ...flags)
        expect(code).toBe(0)
        for (const unsafe of ['\u001b', '\u009b', '\u202e']) expect(stdout).not.toContain(unsafe)
        expect(stdout).toContain('a\\u001b[2J\\u009b31m\\u202e')
        expect(stdout).toContain('it is not JSON')
      }
    })
  })

  describe('dead and retry', () => {
    test('a dead letter is shown with its error, and put back to work', async () => {
      await using app = new StoreApp(dsnIn)
      await app.bury(2)
      const [titles, first = ''] = (await app.text('dead')).split('\n')
      expect(titles).toMatch(/^ID +QUEUE +TASK +TRY +DIED +ERROR$/)
      expect(first).toMatch(/^[0-9a-f-]{36} +all +tasks#fail +1 +\d+(\.\d)?[sm] ago +it never works$/)
      const [id = ''] = first.split(' ')
      const { tasks } = await app.json<Listing>('dead')
      expect(tasks.map(({ taskId }) => taskId)).toContain(id)
      expect(tasks[0]?.reason).toMatchObject({ code: 'ERROR', message: 'it never works', attempt: 1 })
      // The end of an id, as tables on a terminal show it, stands for all of it.
      expect(await app.text('retry', id.slice(-8))).toBe(`${id} is back on its queue.\n`)
      expect(await app.json('retry', id, 'no such')).toEqual({ retried: [], missing: [id, 'no such'] })
      expect(await app.run('retry', id)).toEqual({
        code: 1,
        stdout: '',
        stderr: `alligator: There is no dead letter ${id} in queue all. alligator list shows what there is.\n`,
      })
      expect(await app.json('status')).toMatchObject({ queues: [{ waiting: 1, dead: 1 }] })
    })

    test('--all --yes, of the queues that are named', async () => {
      await using app = new StoreApp(dsnIn)
      await app.bury(2)
      await app.bury(3, 'mail')
      expect(await app.text('retry', '--all', '--yes', '--queue', 'mail')).toBe(
        'Put back to work: 3 of 3 dead letters.\n',
      )
      const tasks = [{ queue: 'all', state: 'dead', matching: 2 }]
      expect(await app.json('retry', '--all', '--yes')).toEqual({ matching: 2, retried: 2, tasks })
      expect(await app.json('status')).toMatchObject({
        queues: [
          { queue: 'all', waiting: 2, dead: 0 },
          { queue: 'mail', waiting: 3, dead: 0 },
        ],
      })
    })
  })
})

test('part of an id stands for one task, and is refused where it could stand for several', async () => {
  await using app = new StoreApp(STORES.sqlite)
  for (const taskId of ['order-2026-1', 'order-2026-2', 'mail-2026-1'])
    await app.enqueue([['quick', 'a']], 'all', { taskId })
  expect(await app.json('show', 'mail')).toMatchObject({ taskId: 'mail-2026-1' })
  expect(await app.run('cancel', 'mail-2026-1', '2026-1')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'alligator: "2026-1" stands for more than one task: order-2026-1, mail-2026-1. Pass more of the id.\n',
  })
  expect(await app.json('cancel', 'r-2026-1', 'il')).toEqual({
    canceled: [{ taskId: 'order-2026-1', wasRunning: false }],
    missing: ['il'],
  })
})

test('status knows the age of a task whose id does not tell it', async () => {
  await using gator = new Gator('locmem://')
  const enqueuedAt = gator.clock.now() - 60
  await gator.backend.pushMany('all', [{ taskId: 'order-1', data: 'data', enqueuedAt }])
  const [status] = await new QueueWatch(gator).look(undefined)
  expect(status?.oldest).toBeGreaterThanOrEqual(60)
})

test('list and show tell what a parked task waits for, and show tells how far a batch is', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.enqueue([['quick', 'a']], 'all', { taskId: 'first' })
  await app.enqueue([['quick', 'b']], 'all', { taskId: 'second', dependsOn: 'first' })
  await app.inside('openBatch', 'a-batch')
  const lines = await app.text('list', '--state', 'delayed')
  expect(lines).toContain('waits for first')
  expect(lines).toContain('waits for a-batch')
  expect(await app.json('show', 'second')).toMatchObject({ state: 'delayed', waitsFor: ['first'] })
  const shown = await app.text('show', 'a-batch')
  expect(shown).toMatch(/state +open/)
  expect(shown).toMatch(/members +1: 0 succeeded, 0 failed, 1 pending/)
})
