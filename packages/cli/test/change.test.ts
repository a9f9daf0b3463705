import type { TaskView } from '@alligator/core/inspect'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { STORES, StoreApp, startStores, stopStores } from './store-app.js'

beforeAll(startStores)
afterAll(stopStores)

interface Enqueued {
  readonly taskId: string
  readonly until?: number
}

describe.each(Object.entries(STORES))('on %s', (_store, dsnIn) => {
  test('enqueue, show, cancel: a task comes, is seen, and goes', async () => {
    await using app = new StoreApp(dsnIn)
    const flags = ['--delay', '5m', '--retries', '3', '--queue', 'mail', '--id', 'my task']
    expect(await app.text('enqueue', 'tasks#quick', '["a", {"b": 2}]', ...flags)).toMatch(
      /^my task is on queue mail, due \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\n$/,
    )
    const shown = await app.text('show', 'my task')
    expect(shown).toMatch(/^queue +mail$/m)
    expect(shown).toMatch(/^state +delayed$/m)
    expect(shown).toMatch(/^arguments +\["a",\{"b":2\}\]$/m)
    expect(shown).toMatch(/^next try +1, and 3 more if it fails$/m)
    expect(await app.json<TaskView>('show', 'my task')).toMatchObject({
      name: 'tasks#quick',
      enqueuedAt: expect.any(Number) as number,
      until: expect.any(Number) as number,
    })
    expect(await app.text('cancel', 'my task')).toBe('my task is canceled.\n')
    expect(await app.json('cancel', 'my task')).toEqual({ canceled: [], missing: ['my task'] })
    const again = await app.run('cancel', 'my task')
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('that could be canceled: my task'),
    ])
    expect((await app.run('show', 'my task')).code).toBe(1)
  })

  test('what was enqueued runs; what does not exist is refused, unless told not to look', async () => {
    await using app = new StoreApp(dsnIn)
    const { taskId } = await app.json<Enqueued>('enqueue', 'tasks#quick', '["a"]')
    expect(taskId).toMatch(/^[0-9a-f-]{36}$/)
    const refused = await app.run('enqueue', 'tasks#slow')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('exports no function "slow"')])
    expect((await app.run('enqueue', 'elsewhere#slow', '[1]', '--no-check')).code).toBe(0)
    await app.run('worker', '--burst')
    expect(app.ran()).toEqual(['a, try 1'])
    expect(await app.json('list')).toMatchObject({ tasks: [{ name: 'elsewhere#slow', args: [1] }] })
  })

  test('enqueue waits for a result, and show tells what a task has told', async () => {
    await using app = new StoreApp(dsnIn)
    const worker = app.on('worker', '--concurrency', '2')
    const options = ['--retries', '1', '--id', 'waited', '--wait', '15s']
    const result = { name: 'a', thread: false }
    expect(await app.json('enqueue', 'tasks#inSteps', '["a"]', ...options)).toMatchObject({
      ...{ queue: 'all', taskId: 'waited', result },
    })
    expect(await app.json('show', 'waited')).toMatchObject({ state: 'done', result })
    const failed = await app.run('enqueue', 'tasks#inSteps', '["b"]', '--id', 'dead', '--wait', '15s')
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('it fails after its step')])
    const shown = await app.text('show', 'dead')
    expect(shown).toMatch(/^progress +50 %, half of b$/m)
    expect(shown).toMatch(/^steps +make$/m)
    expect(shown).toMatch(/^log\n {2}\d{4}-\S+ {2}b begins$/m)
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
  })

  test('enqueue goes through the middleware of a gator, whose headers are shown', async () => {
    await using app = new StoreApp(dsnIn)
    const to = ['--conn', './around.js', '--queue', 'mail']
    await app.node([app.bin('alligator'), 'enqueue', 'tasks#quick', '["a"]', '--id', 'one', ...to]).ends()
    expect(await app.text('show', 'one')).toMatch(/^headers +\{"tenant":"one of mail"\}$/m)
    expect(await app.json('show', 'one')).toMatchObject({ headers: { tenant: 'one of mail' } })
    const dropped = app.node([app.bin('alligator'), 'enqueue', 'tasks#quick', '["unwanted"]', ...to])
    expect(await dropped.ends()).toBe(1)
    expect(dropped.stderr).toMatch(
      /^alligator: Task .* is not on the queue: middleware of the app has dropped/,
    )
    expect(await app.json('status')).toMatchObject({ queues: [{ queue: 'mail', waiting: 1 }] })
  })

  test('a task that runs is seen, and canceled', async () => {
    await using app = new StoreApp(dsnIn)
    await app.enqueue([['gated', 'a']])
    const worker = app.on('worker', '--burst')
    await worker.prints('a is at the gate')
    const [, line = ''] = (await app.text('list', '--state', 'running')).split('\n')
    expect(line).toMatch(/^[0-9a-f-]{36} +running +all +tasks#gated +"a" +lease \d+s$/)
    const [taskId = ''] = line.split(' ')
    const shown = await app.text('show', taskId)
    expect(shown).toMatch(/^try +1, and 0 more if it fails$/m)
    expect(shown).toMatch(/^lease ends +\d{4}-/m)
    expect(await app.json('cancel', taskId)).toEqual({
      canceled: [{ taskId, wasRunning: true }],
      missing: [],
    })
    await worker.prints('was canceled while it ran')
    expect(await worker.ends()).toBe(0)
    expect(await app.text('status')).toMatch(/^No queue holds anything\.\n/)
  })

  test('drop removes a queue, and asks before', async () => {
    await using app = new StoreApp(dsnIn)
    await app.bury(1)
    await app.enqueue([['quick', 'a']], 'mail')
    const unasked = await app.run('drop', 'all')
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Pass --yes')])
    expect(await app.text('drop', 'all', '--yes')).toBe(
      'Queue all is empty: 0 waiting, 0 delayed, 0 running and 1 dead tasks removed.\n',
    )
    expect(await app.json('drop', 'mail', '--yes')).toMatchObject({ dropped: true, waiting: 1 })
    expect(await app.text('status')).toMatch(/^No queue holds anything\.\n/)
  })

  test('check names what would not run here', async () => {
    await using app = new StoreApp(dsnIn)
    await app.enqueue([['quick', 'a'], ['fail']])
    expect(await app.text('check', 'tasks')).toMatch(/^All is well: \d+ checked/)
    await app.text('enqueue', 'gone#send', '[1]', '--no-check')
    await app.text('enqueue', 'gone#send', '[2]', '--no-check', '--queue', 'mail')
    await app.inside('pushRaw', 'all', 'odd', 'no task')
    const { code, stdout } = await app.run('check', './broken.js')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^broken: Cannot import module "broken"/m)
    expect(stdout).toMatch(/^gone#send: Cannot import module "gone".*\(2 tasks on queue all: .*, …\)$/m)
    expect(stdout).toMatch(/^unreadable: .*it is not JSON.*\(1 task on queue all: odd\)$/m)
    const { checked, problems } = await app.json<{ checked: number; problems: object[] }>('check')
    expect([checked, problems.length]).toEqual([5, 2])
  })

  test('check names what another function, or another app, would run in its place', async () => {
    await using app = new StoreApp(dsnIn)
    await app.enqueue([['quick', 'a']])
    const queued = { retries: 0, is_async: true, module: 'tasks', callable: 'quick', args: [] }
    const push = (taskId: string, more: object) =>
      app.inside('pushRaw', 'all', taskId, JSON.stringify({ task_id: taskId, ...queued, ...more }))
    await push('renamed', { name: 'rapid' })
    await push('foreign', { app: '@acme/admin' })
    await push('hooked', { options: { on_error: { module: 'tasks', callable: 'oneMore', name: 'twoMore' } } })
    await push('unnamed', {})
    const { code, stdout } = await app.run('check')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^tasks#quick: .*called "rapid".* exports "quick".*\(1 task on queue all: renamed\)$/m,
    )
    expect(stdout).toMatch(
      /^tasks#quick: .*of app "@acme\/admin", and this is app "cli-test-app".*: foreign\)$/m,
    )
    expect(stdout).toMatch(/^tasks#quick: .*called "twoMore".*: hooked\)$/m)
    expect(await app.json('check')).toMatchObject({ checked: 5, problems: [{}, {}, {}], modules: ['tasks'] })
    const renamed = app.node([app.bin('alligator'), 'check'], {
      env: { ALLIGATOR_CONN: app.dsn, ALLIGATOR_APP: '@acme/admin' },
    })
    expect(await renamed.ends()).toBe(1)
    expect(renamed.stdout).toMatch(/^tasks#quick: .*of app "cli-test-app", and this is app "@acme\/admin"/m)
    expect(renamed.stdout).not.toContain('foreign)')
  })

  test('check tells what a bundler named, and which modules `allow` need name', async () => {
    await using app = new StoreApp(dsnIn)
    writeFileSync(
      join(app.folder, 'chunk.js'),
      'function send() {}\nfunction sweep() {}\nexport { send as s, sweep as a }',
    )
    const { code, stdout } = await app.run('check', './chunk.js')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^chunk#s: .*a name that a bundler made up.*registerTasks\('emails', \{ send \}\)/m,
    )
    expect(stdout).not.toContain('allow')
    writeFileSync(join(app.folder, '[id].js'), 'export function send() {}')
    await app.enqueue([['quick', 'a']])
    expect(await app.text('check', './[id].js')).toMatch(
      /^All is well: 2 checked.*\nIf no other module has tasks, .*allow: \["\\\\\[id\\\\\]", "tasks"\] in the options/,
    )
    writeFileSync(
      join(app.folder, 'strict.js'),
      `import { Gator } from '@alligator/core'
      export const gator = new Gator('locmem://', { allow: ['tasks', "\\\\[id\\\\]"] })`,
    )
    expect(await app.text('check', '--conn', './strict.js', 'tasks', '[id]')).not.toContain('allow')
  })

  test('bench measures on a queue of its own', async () => {
    await using app = new StoreApp(dsnIn)
    await app.enqueue([['quick', 'a']])
    const measured = await app.json<{ ran: number; runPerSecond: number }>('bench', app.dsn, '--tasks', '700')
    expect(measured.ran).toBe(700)
    expect(measured.runPerSecond).toBeGreaterThan(0)
    expect(await app.text('bench', '--tasks', '1')).toContain('1 task, 10 at once\nenqueued')
    expect(await app.json('status')).toMatchObject({ queues: [{ queue: 'all', waiting: 1 }] })
    expect(app.ran()).toEqual([])
  })
})
