import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Gator, need } from '@alligator/core'
import { startRedis } from '@alligator/testbed'
import '../../sqlite/src/index.js'
import { App } from './app.js'

describe('--isolate', () => {
  const expectOneRun = async (app: App) => {
    await app.enqueue([['compute', 'a', 3500]])
    const first = app.worker('--isolate', '--lease', '1s', '--verbose')
    await first.prints('starts, attempt 1')
    const second = app.worker('--lease', '1s')
    await first.prints('done in')
    for (const worker of [first, second]) worker.child.kill('SIGTERM')
    expect([await first.ends(), first.stderr, await second.ends(), second.stderr]).toEqual([0, '', 0, ''])
    expect(app.ran()).toEqual(['a, try 1'])
  }

  test('a task that computes for several leases is not handed out again (SQLite)', async () => {
    await using app = new App()
    await expectOneRun(app)
  })

  test('a task that computes for several leases is not handed out again (Redis)', async () => {
    await using server = await startRedis()
    await using app = new App({ installed: ['core', 'redis'], dsn: server.dsn })
    await expectOneRun(app)
  })

  test('a timeout ends a function that never would, while others go on', async () => {
    await using app = new App()
    await app.enqueue([['spin', 'a']], 'all', { timeout: 0.1, backoff: 0, onError: 'oneMore' })
    await app.enqueue([['quick', 'b']])
    const worker = app.worker('--isolate', '--burst', '--concurrency', '2')
    expect(await worker.ends()).toBe(0)
    const timeout = expect.stringMatching(/^TaskTimeoutError TASK_TIMEOUT: spin ran longer/) as string
    const ran = app.ran()
    expect(ran.indexOf('b, try 1')).toBeLessThan(2)
    const spun = ran.filter((line) => line !== 'b, try 1')
    expect(spun).toEqual(['a, try 1', timeout, 'a, try 2', timeout])
  })

  test('steps, what a task tells and its result cross the border', async () => {
    await using app = new App()
    await app.enqueue([['inSteps', 'a']], 'all', { backoff: 0, retries: 1, keepResult: 60, taskId: 'steps' })
    await app.enqueue([['inSteps', 'b']], 'all', { taskId: 'dead' })
    await app.enqueue([['uncloneable']], 'all', { keepResult: 60, taskId: 'refused' })
    const worker = app.worker('--isolate', '--burst')
    expect([await worker.ends(), worker.stdout + worker.stderr]).toEqual([
      0,
      expect.stringContaining('b begins'),
    ])
    expect(app.ran().sort()).toEqual(['made a, try 1', 'made b, try 1'])
    await using gator = new Gator(app.dsn)
    expect(await gator.finished('steps')).toEqual({ name: 'a', thread: true })
    expect(await gator.lookUp('dead')).toMatchObject({
      ...{ state: 'dead', progress: 0.5, text: 'half of b', steps: ['make'] },
      log: [{ line: 'b begins' }],
    })
    await expect(gator.finished('refused')).rejects.toMatchObject({ code: 'RESULT_NOT_STORABLE' })
  })

  test('an error arrives with its code, message and stack; its hook may grant a try', async () => {
    await using app = new App()
    await app.enqueue([['refuse']], 'all', { onError: 'oneMore', backoff: 0 })
    expect(await app.worker('--isolate', '--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['Refused REFUSED: not today, try 1', 'Refused REFUSED: not today, try 2'])
    await using gator = new Gator(app.dsn)
    const { tasks } = await need(gator.backend, 'listing', 'this test').list('all', 'dead')
    expect(tasks.map(({ reason }) => reason)).toMatchObject([
      {
        code: 'REFUSED',
        message: 'not today',
        attempt: 2,
        stack: expect.stringMatching(/Refused: .*tasks\.js:\d+/s) as string,
      },
    ])
  })

  test('what ends a thread fails the try of its task, and nothing else', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a'], ['leave'], ['stray'], ['uncloneable'], ['quick', 'b']])
    const worker = app.worker('--isolate', '--burst', '--concurrency', '1')
    expect(await worker.ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'b, try 1'])
    expect(worker.stderr).toMatch(
      /leave .* is a dead letter: The task ended its thread, with process\.exit\(3\)/,
    )
    expect(worker.stderr).toMatch(/stray .* is a dead letter: nobody waits for this/)
    expect(worker.stderr).toMatch(/The result of a task stays in its thread/)
    expect(worker.stdout).toMatch(/uncloneable .* done in/)
  })

  test('a forced shutdown ends what heeds its signal and what does not, and hands both back', async () => {
    await using app = new App()
    await app.enqueue([
      ['spin', 'a'],
      ['heedful', 'b'],
    ])
    const worker = app.worker('--isolate', '--shutdown-timeout', '100ms', '--concurrency', '2')
    await worker.prints('b waits')
    worker.child.kill('SIGTERM')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(app.ran().sort()).toEqual(['a, try 1', 'b, TASK_ABORTED, try 1'])
    await using gator = new Gator(app.dsn)
    expect(await gator.backend.counts('all')).toMatchObject({ waiting: 2, running: 0 })
  })

  test('a task that is canceled gives its slot back, whatever it does', async () => {
    await using app = new App()
    await app.enqueue([['spin', 'a']], 'all')
    await app.enqueue([['quick', 'b']])
    const worker = app.worker(
      '--isolate',
      '--max-tasks',
      '1',
      '--concurrency',
      '1',
      '--lease',
      '2s',
      '--verbose',
    )
    await worker.prints('starts, attempt 1')
    await using gator = new Gator(app.dsn)
    const { tasks } = await need(gator.backend, 'listing', 'this test').list('all', 'running')
    expect((await gator.cancel(String(tasks[0]?.taskId)))?.wasRunning).toBe(true)
    await worker.prints('quick')
    expect(await worker.ends()).toBe(0)
    expect(app.ran()).toContain('b, try 1')
  })

  test("the app's middleware is around the function, in its thread, and is no part of its timeout", async () => {
    await using app = new App()
    // A thread is ended a second after its time is over.
    const headers = { tenant: 'one', busy: '1200' }
    await app.enqueue([['quick', 'a']], 'all', { headers, timeout: 0.05 })
    const worker = app.alligator('worker', './around.js', '--isolate', '--burst')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(app.ran()).toEqual(['around quick for one', 'a, try 1'])
  })

  test('a thread whose middleware goes on after its task was canceled is ended', async () => {
    await using app = new App()
    await app.enqueue([['heedful', 'a']], 'all', { headers: { hangs: 'yes' }, timeout: 60 })
    const flags = ['--isolate', '--max-tasks', '1', '--concurrency', '1', '--lease', '500ms']
    const worker = app.alligator('worker', './around.js', ...flags)
    await worker.prints('a waits')
    await using gator = new Gator(app.dsn)
    const { tasks } = await need(gator.backend, 'listing', 'this test').list('all', 'running')
    await gator.cancel(String(tasks[0]?.taskId))
    await worker.prints('was canceled while it ran')
    // The first thread's moment is over before this one has ended.
    await app.enqueue([['compute', 'b', 1500]])
    await worker.prints('the process ends by itself')
    expect(await worker.ends()).toBe(0)
    expect(app.ran().filter((line) => !line.startsWith('around'))).toEqual([
      'a, TASK_CANCELED, try 1',
      'b, try 1',
    ])
  })

  test('a task can put others on the queue', async () => {
    await using app = new App()
    await app.enqueue([['enqueueMore', 'a']])
    expect(await app.worker('--isolate', '--max-tasks', '2').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test('the task class of a module, and the functions that an import registers', async () => {
    await using app = new App()
    await app.script('enqueue-skinny.js')
    await app.script('enqueue-registered.js')
    const skinny = app.alligator('worker', './gator.js', '--isolate', '--burst')
    expect([await skinny.ends(), skinny.stderr]).toEqual([0, ''])
    expect(await app.worker('--isolate', '--max-tasks', '1', '--import', './registered.js').ends()).toBe(0)
    expect(app.ran()).toEqual(['skinny, try 1', 'registered, try 1'])
  })

  test('what is not signed, or is altered, never reaches a thread', async () => {
    await using app = new App()
    const secret = 'a secret of this test '.repeat(2)
    await using gator = new Gator(app.dsn, { secret })
    const task = (name: string) =>
      JSON.stringify({
        task_id: name,
        retries: 3,
        is_async: true,
        module: 'tasks',
        callable: 'quick',
        args: [name],
      })
    const payloads = {
      unsigned: task('unsigned'),
      altered: String(gator.seal(task('altered'))).replace('"quick"', '"spin"'),
      moved: gator.seal(task('moved'), 'another'),
      genuine: gator.seal(task('genuine')),
    }
    for (const [id, data] of Object.entries(payloads)) await gator.backend.push('all', id, data)
    const flags = ['--isolate', '--burst', '--import', './thread-log.js']
    const args = [app.bin('alligator'), 'worker', app.dsn, ...flags]
    expect(await app.node(args, { env: { ALLIGATOR_SECRET: secret } }).ends()).toBe(0)
    expect(app.ran()).toEqual(['run genuine', 'genuine, try 1'])
    const { tasks } = await need(gator.backend, 'listing', 'this test').list('all', 'dead')
    expect(tasks.map(({ taskId, reason }) => `${taskId} ${reason?.code}`)).toEqual([
      'unsigned UNSIGNED_PAYLOAD',
      'altered BAD_SIGNATURE',
      'moved BAD_SIGNATURE',
    ])
  })

  test('an app in CommonJS', async () => {
    await using app = new App()
    await app.script('common.cjs')
    const worker = app.alligator('worker', './common.cjs', '--isolate', '--burst')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test('an app in TypeScript, through tsx', async () => {
    await using app = new App()
    const manifest = require.resolve('tsx/package.json', { paths: [join(__dirname, '../../core')] })
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports: { '.': string } }
    const tsx = pathToFileURL(join(manifest, '..', exports['.'])).href
    await app.script('--import', tsx, 'enqueue-typed.ts')
    const env = { NODE_OPTIONS: `--import ${tsx}` }
    const worker = app.node([app.bin('alligator'), 'worker', './typed.ts', '--isolate', '--burst'], { env })
    const code = await worker.ends()
    // Where tsx does not work in threads, nothing is taken.
    expect([
      [0, '', ['a typed, try 1']],
      [
        2,
        expect.stringMatching(/^alligator: What loads TypeScript here does not work in threads/) as string,
        [],
      ],
    ]).toContainEqual([code, worker.stderr, app.ran()])
  })

  test('an app that cannot be loaded in a thread: told before anything is taken', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a']])
    const worker = app.worker('--isolate', '--import', './main-only.js')
    expect([await worker.ends(), worker.stdout]).toEqual([1, ''])
    expect(worker.stderr).toMatch(/^alligator: \.\/main-only\.js could not be loaded: not in a thread.*\n$/)
  })
})
