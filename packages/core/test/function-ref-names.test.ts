import {
  type AnyFunction,
  type FunctionRef,
  FunctionRefs,
  Gator,
  SUCCESS,
  registerTasks,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { listed } from './listed.js'
import { observed } from './observed.js'
import { TemporaryApp, code } from './temporary-app.js'

const apps: TemporaryApp[] = []
afterEach(() => apps.splice(0).forEach((app) => app.remove()))

/** An app, as one build of it: a process knows only one, so the next build is another folder. */
function build(source: string, manifest?: object): TemporaryApp {
  const app = new TemporaryApp(manifest)
  apps.push(app)
  app.write('src/mail.js', source)
  return app
}

/** What the first build enqueues as `callable`. */
function enqueued(source: string, callable: string, manifest?: object): FunctionRef {
  const app = build('', manifest)
  return app.find(app.load('src/mail.js', source)[callable])
}

const follow = async (ref: FunctionRef, source: string, manifest?: object): Promise<unknown> =>
  ((await build(source, manifest).refs().load(ref)) as () => unknown)()

describe('the function’s own name', () => {
  const FORMER = `exports.send = function sendWelcome() { return 'welcome' }`
  const SENT = { module: 'src/mail', callable: 'send', name: 'sendWelcome', app: 'the-app' }

  test('goes with the reference, and what is called so runs', async () => {
    const ref = enqueued(FORMER, 'send')
    expect(ref).toEqual(SENT)
    expect(await follow(ref, FORMER)).toBe('welcome')
  })

  test('what is called otherwise does not run in its place, loaded before or not', async () => {
    const other = build(`exports.send = function suspendAccount() { return 'suspended' }`)
    const worker = other.refs()
    await expect(worker.load(SENT)).rejects.toMatchObject({
      code: 'OTHER_FUNCTION',
      message: expect.stringMatching(
        /called "sendWelcome".*exports "suspendAccount" as "send".*registerTasks\("src\/mail"/s,
      ),
      wanted: 'sendWelcome',
    })
    const { name: _, ...old } = SENT
    expect(await worker.load(old)).toBeInstanceOf(Function)
    await expect(worker.load(SENT)).rejects.toEqual(code('OTHER_FUNCTION'))
  })

  test('a reference without one, of a former version or another language, runs as ever', async () => {
    expect(await follow({ module: 'src/mail', callable: 'send' }, FORMER)).toBe('welcome')
  })

  test.each([
    ['CommonJS names no property', `exports.send = () => 'done'`],
    ['a compiler names what has no name', `exports.send = function _default() { return 'done' }`],
    ['a minifier renames in the worker alone', `function a() { return 'done' }; exports.send = a`],
    ['a bundler numbers namesakes', `exports.send = function sendWelcome$1() { return 'done' }`],
    ['another bundler numbers them too', `exports.send = function sendWelcome2() { return 'done' }`],
  ])('tells nothing where %s, and the export’s name does', async (_, source) => {
    expect(await follow(SENT, source)).toBe('done')
  })

  test.each([
    ['none', `exports.send = () => 1`],
    ['what a compiler calls a default export', `exports.send = exports.default = function mail_default() {}`],
    [
      'a static property',
      `exports.send = Object.assign(() => 1, {}); Object.defineProperty(exports.send, 'name', { value: 5 })`,
    ],
    [
      'one that never ends',
      `exports.send = Object.defineProperty(() => 1, 'name', { value: 'x'.repeat(5000) })`,
    ],
    [
      'what a minifier calls it',
      `function a(o) { return o }\nconst s = (e) => e\nexports.send = a\nexports.other = s`,
    ],
  ])('is left out where it is %s', (_, source) => {
    expect(enqueued(source, 'send')).toEqual({ module: 'src/mail', callable: 'send', app: 'the-app' })
  })

  test('a bundler’s number is no part of it', () => {
    expect(enqueued(`exports.send = function send$1() {}`, 'send')).toMatchObject({ name: 'send' })
  })

  test('what registerTasks names is taken at its word', async () => {
    const renamed = () => 'renamed'
    registerTasks('src/mail-of-old', { send: renamed })
    expect(build('').find(renamed)).toEqual({ module: 'src/mail-of-old', callable: 'send' })
    expect(await follow({ ...SENT, module: 'src/mail-of-old' }, '')).toBe('renamed')
  })

  test('what an entry exports of a chunk goes back by the entry that it was loaded from', async () => {
    const app = build(`exports.send = require('./chunk-CYFBYJSR.js').sendWelcome`)
    app.write('src/chunk-CYFBYJSR.js', `exports.sendWelcome = function sendWelcome() {}`)
    const worker = app.refs()
    const fn = await worker.load(SENT)
    expect(() => app.find(fn)).toThrow(/chunk-CYFBYJSR\.js is named after its content/)
    expect(worker.find(fn)).toEqual(SENT)
  })

  test('one of two exports of the same name is not guessed at', async () => {
    const ref = enqueued(`exports.cleanup = function cleanup() { return 'of mails' }`, 'cleanup')
    const next = `exports.cleanup = function cleanup() { return 'of accounts' }; exports.cleanup$1 = function cleanup$1() {}`
    await expect(follow(ref, next)).rejects.toThrow(/exports both "cleanup" and "cleanup\$1"/)
    await expect(follow({ module: 'src/mail', callable: 'cleanup' }, next)).resolves.toBe('of accounts')
  })
})

describe('the app', () => {
  const CLEANUP = `exports.cleanup = function cleanup() { return 'cleaned' }`
  const API = { name: '@acme/api' }
  const ADMIN = { name: '@acme/admin' }

  afterEach(() => delete process.env['ALLIGATOR_APP'])

  test('goes with the reference, and no other runs it', async () => {
    const ref = enqueued(CLEANUP, 'cleanup', API)
    expect(ref).toMatchObject({ module: 'src/mail', app: '@acme/api' })
    expect(await follow(ref, CLEANUP, API)).toBe('cleaned')
    await expect(follow(ref, CLEANUP, ADMIN)).rejects.toMatchObject({
      code: 'OTHER_APP',
      message: expect.stringMatching(
        /of app "@acme\/api", and this is app "@acme\/admin".*queueName.*ALLIGATOR_APP/,
      ),
      app: '@acme/admin',
      wanted: '@acme/api',
    })
  })

  test('is that of the package around the root', () => {
    const app = build('', API)
    app.write('dist/package.json', JSON.stringify({ type: 'commonjs' }))
    const { job } = app.load('dist/tasks.js', 'exports.job = () => 1')
    const refs = new FunctionRefs({ root: `${app.root}/dist` })
    expect(refs.find(job as AnyFunction)).toEqual({ module: 'tasks', callable: 'job', app: '@acme/api' })
  })

  test('is not told apart where one of the two has no name', async () => {
    const nameless = enqueued(CLEANUP, 'cleanup', {})
    expect(nameless).toEqual({ module: 'src/mail', callable: 'cleanup', name: 'cleanup' })
    expect(await follow(nameless, CLEANUP, ADMIN)).toBe('cleaned')
    expect(await follow(enqueued(CLEANUP, 'cleanup', API), CLEANUP, {})).toBe('cleaned')
  })

  test('is one where the option or ALLIGATOR_APP says so', async () => {
    const ref = new FunctionRefs({ root: build(CLEANUP, API).root, app: 'acme' })
    const app = build('', API)
    const { cleanup } = app.load('src/mail.js', CLEANUP)
    const producer = new FunctionRefs({ root: app.root, app: 'acme' })
    expect(producer.find(cleanup as AnyFunction)).toMatchObject({ app: 'acme' })
    expect(ref.root).not.toBe(app.root)
    process.env['ALLIGATOR_APP'] = 'acme'
    expect(await follow(producer.find(cleanup as AnyFunction), CLEANUP, ADMIN)).toBe('cleaned')
  })

  test('does not matter for what registerTasks names', async () => {
    registerTasks('src/mail-of-all', { cleanup: () => 'registered' })
    const ref = { module: 'src/mail-of-all', callable: 'cleanup', app: '@acme/api' }
    expect(await follow(ref, '', ADMIN)).toBe('registered')
  })
})

describe('on a queue', () => {
  const CALLS = `globalThis.mailed = globalThis.mailed ?? []; const call = (name) => globalThis.mailed.push(name);`
  const FORMER = `${CALLS} exports.send = function sendWelcome() { call('welcome') }; exports.tell = function tellAdmin() { call('told') }`
  const mailed = (): string[] => ((globalThis as { mailed?: string[] }).mailed ??= [])

  beforeEach(() => mailed().splice(0))

  const SWAPPED = `${CALLS} exports.send = function suspendAccount() { call('suspended') }; exports.tell = function tellAdmin() { call('told') }`
  const HOOK_SWAPPED = `${CALLS} exports.send = function sendWelcome() { call('welcome') }; exports.tell = function tellEverybody() { call('told all') }`
  const API = { name: '@acme/api' }

  test.each([
    ['the name of another function', SWAPPED, API, 'OTHER_FUNCTION'],
    ['a hook with the name of another', HOOK_SWAPPED, API, 'OTHER_FUNCTION'],
    ['the modules of another app', FORMER, { name: '@acme/admin' }, 'OTHER_APP'],
  ])(
    'a task that meets %s goes back uncharged, and dies when its time is over',
    async (title, source, manifest, expected) => {
      const clock = new VirtualClock()
      const dsn = `locmem://${title.replaceAll(' ', '-')}`
      const app = build('', API)
      const { send, tell } = app.load('src/mail.js', FORMER) as Record<string, () => unknown>
      await using producer = new Gator(dsn, { clock, root: app.root })
      await producer.options({ retries: 1, onSuccess: tell }).task(send as () => unknown)
      await using gator = new Gator(dsn, { clock, root: build(source, manifest).root, unknownTaskTtl: '10m' })
      const { worker, events } = observed(gator, { burst: true })
      await worker.runForever()
      expect(events.filter(({ type }) => type.startsWith('task:'))).toMatchObject([
        { type: 'task:unknown', error: { code: expected }, pause: 1 },
      ])
      await clock.advance('11m')
      await expect(gator.pop()).rejects.toEqual(code(expected))
      expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
      expect(mailed()).toEqual([])
      const [dead] = await listed(gator, 'dead')
      expect(dead?.reason).toMatchObject({ code: expected })
      expect(JSON.parse(String(dead?.data))).toMatchObject({
        retries: 1,
        name: 'sendWelcome',
        app: '@acme/api',
      })
    },
  )

  test('the worker that knows it still runs it, however often another has put it back', async () => {
    const clock = new VirtualClock()
    const app = build('', API)
    const { send, tell } = app.load('src/mail.js', FORMER) as Record<string, () => unknown>
    await using own = new Gator('locmem://both', { clock, root: app.root })
    await own.options({ onSuccess: tell }).task(send as () => unknown)
    await using other = new Gator('locmem://both', {
      clock,
      root: build(SWAPPED, { name: '@acme/admin' }).root,
    })
    await expect(other.pop()).rejects.toEqual(code('OTHER_APP'))
    await clock.advance('1s')
    await own.pop()
    expect(mailed()).toEqual(['welcome', 'told'])
    expect(await own.len()).toBe(0)
  })

  test('a hook says its app where that is another than the task’s, and not where it is the same', async () => {
    const app = build('', API)
    const { send, tell } = app.load('src/mail.js', FORMER) as Record<string, () => unknown>
    await using gator = new Gator('locmem://hooks', { root: app.root })
    await gator.options({ onSuccess: tell }).task(send as () => unknown)
    const [queued] = await listed(gator, 'waiting')
    const payload = JSON.parse(String(queued?.data)) as { options: { on_success: object } }
    expect(payload.options.on_success).toEqual({ module: 'src/mail', callable: 'tell', name: 'tellAdmin' })
    payload.options.on_success = { ...payload.options.on_success, app: '@acme/admin' }
    await gator.backend.push('all', 'foreign', JSON.stringify({ ...payload, task_id: 'foreign' }))
    await gator.pop()
    await expect(gator.pop()).rejects.toEqual(code('OTHER_APP'))
    expect(mailed()).toEqual(['welcome', 'told'])
  })

  test('a look at a task of another app or function keeps what it says, and runs nothing else', async () => {
    const app = build('', API)
    const { send, tell } = app.load('src/mail.js', FORMER) as Record<string, () => unknown>
    await using producer = new Gator('locmem://looks', { root: app.root })
    await producer.options({ onSuccess: tell }).task(send as () => unknown)
    const [queued] = await listed(producer, 'waiting')
    const data = queued?.data ?? ''
    for (const [source, manifest, expected] of [
      [FORMER, { name: '@acme/admin' }, 'OTHER_APP'],
      [SWAPPED, API, 'OTHER_FUNCTION'],
    ] as const) {
      await using gator = new Gator('locmem://looks', { root: build(source, manifest).root })
      // What stands there is loaded already.
      await gator.context.refs.load({ module: 'src/mail', callable: 'send' })
      const task = await gator.peek(data)
      expect(JSON.parse(String(await task.serialize()))).toEqual(JSON.parse(String(data)))
      await expect(task.func?.()).rejects.toEqual(code(expected))
    }
    expect((await producer.peek(data)).func).toBe(send)
    expect(mailed()).toEqual([])
  })

  test('what was enqueued by the name of a chunk, before those were refused, is tried again by it', async () => {
    const clock = new VirtualClock()
    const app = build('', API)
    app.write(
      'src/chunk-CYFBYJSR.js',
      `${CALLS} exports.s = function send() { if (call('tried') < 2) throw new Error('not yet') }`,
    )
    await using gator = new Gator('locmem://chunk', { clock, root: app.root })
    const old = {
      task_id: 'old',
      retries: 1,
      is_async: true,
      module: 'src/chunk-CYFBYJSR',
      callable: 's',
      args: [],
    }
    await gator.backend.push('all', 'old', JSON.stringify(old))
    expect(await gator.pop()).toMatchObject({ attempt: 2, retries: 0 })
    await clock.advance('1s')
    const task = await gator.pop()
    expect(task?.status).toBe(SUCCESS)
    expect(mailed()).toEqual(['tried', 'tried'])
    await expect(gator.task(task?.func as () => void)).rejects.toEqual(code('UNREFERENCEABLE_FUNCTION'))
  })
})
