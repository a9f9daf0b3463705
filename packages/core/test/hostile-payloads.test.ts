import { join } from 'node:path'
import fc from 'fast-check'
import {
  Gator,
  type Logger,
  Task,
  Worker,
  hasCode,
  isError,
  jsonLogger,
  need,
  registerTasks,
  silentLogger,
  textLogger,
} from '../src/index.js'
import { readDeathReason } from '../src/backend.js'
import { listed } from './listed.js'
import { TemporaryApp } from './temporary-app.js'

const calls: unknown[] = []
function touch(...args: unknown[]): void {
  calls.push(args.length)
}

const HONEST = { task_id: 'x', retries: 0, is_async: true, module: 'hostile', callable: 'touch', args: [1] }
const TEXT = JSON.stringify(HONEST)

beforeAll(() => registerTasks('hostile', { touch }))
beforeEach(() => calls.splice(0))

async function workOff(gator: Gator): Promise<void> {
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
}

async function deathsOf(gator: Gator): Promise<string[]> {
  const tasks = await listed(gator, 'dead')
  return tasks.map(({ reason }) => `${reason?.code}: ${reason?.message}`)
}

/** Any JSON, or a task of which some parts are that. */
const task = fc
  .record(
    {
      task_id: fc.string(),
      retries: fc.anything(),
      module: fc.constantFrom('hostile', 'node:fs', '../x', '__proto__', 'constructor'),
      callable: fc.constantFrom('touch', '__proto__', 'constructor', 'toString', 'default'),
      args: fc.anything(),
      kwargs: fc.anything(),
      attempt: fc.anything(),
      headers: fc.oneof(
        fc.anything(),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a')), fc.string()),
      ),
      options: fc.record(
        {
          on_start: fc.anything(),
          delay_until: fc.anything(),
          depends_on: fc.anything(),
          backoff: fc.anything(),
          timeout: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map((change) =>
    JSON.stringify({ ...HONEST, ...change }, (_, value: unknown) =>
      typeof value === 'bigint' ? null : value,
    ),
  )
const edited = fc
  .tuple(fc.nat({ max: TEXT.length }), fc.nat({ max: 20 }), fc.string({ unit: 'binary' }))
  .map(([at, length, text]) => TEXT.slice(0, at) + text + TEXT.slice(at + length))
const payload = fc.oneof(fc.json(), task, edited, fc.string({ unit: 'binary' }), fc.uint8Array())

test('whatever is read is a task or an error that says what is wrong, and changes nothing else', async () => {
  await using gator = new Gator('locmem://', { root: __dirname })
  const before = Object.getOwnPropertyNames(Object.prototype)
  const property = fc.asyncProperty(payload, async (data) => {
    const read = await (async () => gator.read(data))().catch((error: unknown) => error)
    return read instanceof Task || (isError(read) && 'code' in read)
  })
  await fc.assert(property, { numRuns: 2000 })
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  expect(calls).toEqual([])
})

test('a worker settles all of it and goes on', async () => {
  await using gator = new Gator('locmem://', { root: __dirname })
  const payloads = fc.sample(payload, 500)
  await gator.backend.pushMany(
    'all',
    payloads.map((data, at) => ({ taskId: `hostile-${at}`, data })),
  )
  await gator.task(touch, 1, 2, 3)
  await workOff(gator)
  expect(calls).toContain(3)
  const { running } = await gator.backend.counts('all')
  expect(running).toBe(0)
})

test.each([
  ['no object', '"tenant=a"', 'headers cannot be "tenant=a"'],
  ['null', 'null', 'headers cannot be null'],
  ['a list', '["a"]', 'headers cannot be a'],
  ['no text', '{"tenant":{"a":"b"}}', 'headers["tenant"] cannot be [object Object]'],
  ['a way to the prototype', '{"__proto__":"a"}', 'headers["__proto__"] cannot be "a"'],
  ['an object on the way to the prototype', '{"__proto__":{"tenant":"a"}}', 'headers["__proto__"] cannot be'],
  ['names that are none', '{"Tenant\\n\\u001b[2J":"a"}', 'headers["Tenant\\n\\u001b[2J"] cannot be "a"'],
  ['too many', JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, at) => [at, '']))), '65'],
  ['a text that is too long', JSON.stringify({ a: 'x'.repeat(4097) }), 'headers["a"] cannot be "xxx'],
  ['too much text', JSON.stringify({ a: 'x'.repeat(4096), b: 'x'.repeat(4096) }), 'their bytes'],
])('headers that are %s are a dead letter, which says so', async (_, headers, why) => {
  await using gator = new Gator('locmem://')
  await gator.backend.push('all', 'x', TEXT.replace('"args"', `"headers":${headers},"args"`))
  await workOff(gator)
  expect(await deathsOf(gator)).toEqual([expect.stringContaining(`The payload is not a task: headers`)])
  expect((await deathsOf(gator))[0]).toContain(why)
  expect([calls, ({} as { tenant?: string }).tenant]).toEqual([[], undefined])
})

describe('what is too much is a dead letter before it is parsed', () => {
  const parse = jest.spyOn(JSON, 'parse')
  beforeEach(() => parse.mockClear())
  afterAll(() => parse.mockRestore())
  const wasParsed = (text: string) => parse.mock.calls.some(([given]) => given === text)

  test.each([
    ['lists', '['.repeat(100_000), 'more than 512 levels'],
    ['closed lists', '['.repeat(100_000) + ']'.repeat(100_000), 'more than 512 levels'],
    ['objects', '{"a":'.repeat(100_000), 'more than 512 levels'],
    ['lists behind text', `["\\"[[","\\\\",${'['.repeat(600)}`, 'more than 512 levels'],
    ['bytes', 'x'.repeat(2 ** 20), 'at most 1000000 are taken'],
  ])('too many %s', async (_, text, why) => {
    await using gator = new Gator('locmem://', { maxPayload: 1_000_000 })
    await gator.backend.push('all', 'x', text)
    await workOff(gator)
    expect(await deathsOf(gator)).toEqual([expect.stringContaining(why)])
    expect(wasParsed(text)).toBe(false)
  })

  test('brackets in text, and many beside each other, are no depth', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(
      touch,
      '['.repeat(2000),
      `\\"${'{'.repeat(2000)}`,
      Array.from({ length: 2000 }, () => [{}]),
    )
    await workOff(gator)
    expect(calls).toEqual([3])
  })

  test('the deepest arguments that may be sent arrive, and can be sent again', async () => {
    await using gator = new Gator('locmem://')
    let deepest: unknown[] = []
    for (let level = 0; level < 500; level += 1) deepest = [deepest]
    await gator.task(touch, deepest)
    await workOff(gator)
    expect(calls).toEqual([1])
    await expect(gator.task(touch, [deepest])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('a producer is told as well', async () => {
    await using gator = new Gator('locmem://', { maxPayload: 1000 })
    await expect(gator.task(touch, 'x'.repeat(1000))).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      limit: 1000,
    })
    expect(() => new Gator('locmem://', { maxPayload: 0 })).toThrow('maxPayload')
  })
})

describe('what a payload and its id say stays on its line of the log', () => {
  const id = 'id\nERROR \u001b[2J\u009b2J\u202e\u2028'

  async function logWith(logger: Logger): Promise<string> {
    await using gator = new Gator('locmem://')
    await gator.backend.push('all', id, JSON.stringify({ ...HONEST, callable: `f${id}` }))
    let written = ''
    const write = jest.spyOn(process.stderr, 'write')
    write.mockImplementation((text) => Boolean((written += String(text))))
    await new Worker(gator, { maxTasks: 1, logger }).checkAndRunTask()
    write.mockRestore()
    return written
  }

  test('as text', async () => {
    const escaped = String.raw`id\u000aERROR \u001b[2J\u009b2J\u202e\u2028`
    expect(await logWith(textLogger())).toMatch(/^[^\p{C}]+\n$/u)
    expect(await logWith(textLogger())).toContain(` WARN  task ${escaped} cannot run here: `)
  })

  test('as JSON', async () => {
    const line = await logWith(jsonLogger())
    expect(line).toMatch(/^[^\p{C}]+\n$/u)
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', taskId: id })
  })
})

test.each([
  ['more arguments than a call can have', { args: Array.from({ length: 1_000_000 }, () => 0) }, 'call stack'],
  [
    'a list of pauses that ends in nonsense',
    { retries: 5, options: { backoff: [0, 'soon'] }, attempt: 2 },
    'backoff',
  ],
])('a task with %s is a dead letter, and not run again', async (_, change, why) => {
  await using gator = new Gator('locmem://')
  const fail = () => {
    calls.push('fail')
    throw new Error('it fails')
  }
  registerTasks(`hostile ${why}`, { fail })
  const data = JSON.stringify({ ...HONEST, module: `hostile ${why}`, callable: 'fail', ...change })
  await gator.backend.push('all', 'x', data)
  await workOff(gator)
  expect(await deathsOf(gator)).toEqual([expect.stringContaining(why)])
  expect(calls.length).toBeLessThan(2)
})

describe('what a worker may run', () => {
  let app: TemporaryApp
  beforeEach(() => (app = new TemporaryApp()))
  afterEach(() => app.remove())

  const run = `globalThis.hostileRan = (globalThis.hostileRan ?? 0) + 1`
  const ran = () => (globalThis as { hostileRan?: number }).hostileRan ?? 0
  const named = (module: string, callable: string) => ({ ...HONEST, module, callable })

  test.each([
    ['a module that `allow` leaves out', named('scripts/migrate', 'job')],
    [
      'a hook from there',
      { ...named('src/tasks', 'job'), options: { on_start: { module: 'scripts/migrate', callable: 'job' } } },
    ],
    [
      'a hook that is built in',
      { ...named('src/tasks', 'job'), options: { on_error: { module: 'node:fs', callable: 'rmSync' } } },
    ],
    ['what a module of the app re-exports', named('src/tasks', 'exec')],
    ['a file outside, through a link', named('src/link/outside', 'job')],
    ['a link to a file outside', named('src/linked', 'job')],
    ['a path out of the root', named('src/../../outside', 'job')],
    ['a URL', named(`file://${__dirname}/tasks.ts`, 'add')],
  ])('never %s, and a dead letter says why', async (_, hostile) => {
    const outside = new TemporaryApp()
    const file = outside.write('outside.js', `${run}; exports.job = () => { ${run} }`)
    app.write('scripts/migrate.js', `${run}; exports.job = () => { ${run} }`)
    app.write(
      'src/tasks.js',
      `exports.job = () => { ${run} }; exports.exec = require('node:child_process').execSync`,
    )
    app.link(outside.root, join('src', 'link'))
    app.link(file, join('src', 'linked.js'))
    await using gator = new Gator('locmem://', { root: app.root, allow: ['src/**'] })
    await gator.backend.push('all', 'x', JSON.stringify(hostile))
    await gator.task(touch, 1)
    await workOff(gator)
    outside.remove()
    expect(await deathsOf(gator)).toEqual([expect.stringMatching(/^FORBIDDEN_REFERENCE: /)])
    const [dead] = await listed(gator, 'dead')
    expect(dead).toMatchObject({ data: JSON.stringify(hostile), reason: { attempt: 0 } })
    expect([ran(), calls]).toEqual([0, [1]])
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'default.constructor'])(
    'never the inherited %s, which no deploy can bring',
    async (callable) => {
      app.write('src/tasks.js', `exports.job = () => { ${run} }`)
      await using gator = new Gator('locmem://', { root: app.root, unknownTaskTtl: 0 })
      await gator.backend.push('all', 'x', JSON.stringify(named('src/tasks', callable)))
      const failure = await gator.pop().catch((error: unknown) => error)
      expect(hasCode(failure, 'UNKNOWN_CALLABLE')).toBe(true)
      expect(await deathsOf(gator)).toHaveLength(1)
    },
  )
})

test.each([
  [
    'more ids than a list may have',
    Array.from({ length: 300_000 }, (_, at) => `i${at}`),
    'more than 1000 ids',
  ],
  ['the task itself', ['x'], 'names the task itself'],
  ['an endless id', ['x'.repeat(256)], 'is not a list of task ids'],
  ['no id', [''], 'is not a list of task ids'],
])('a payload that depends on %s is a dead letter, and its store is asked nothing', async (_, ids, why) => {
  await using gator = new Gator('locmem://')
  const find = jest.spyOn(need(gator.backend, 'listing', 'this test'), 'find')
  await gator.backend.push('all', 'x', JSON.stringify({ ...HONEST, options: { depends_on: ids } }))
  await workOff(gator)
  expect(await deathsOf(gator)).toEqual([expect.stringMatching(`^INVALID_PAYLOAD: .*${why}`)])
  expect(find).not.toHaveBeenCalled()
  expect(calls).toEqual([])
})

test('a payload whose list of pauses is endless is a dead letter', async () => {
  await using gator = new Gator('locmem://')
  const backoff = Array.from({ length: 300_000 }, () => 0)
  await gator.backend.push('all', 'x', JSON.stringify({ ...HONEST, options: { backoff } }))
  await workOff(gator)
  expect(await deathsOf(gator)).toEqual([expect.stringContaining('backoff (its length)')])
})

test('what a store holds of a dead letter hides no other, whatever it is', () => {
  const unread = 'what is kept of the error cannot be read'
  for (const json of [
    '',
    'null',
    '[]',
    '"x"',
    '{"message":{"a":1},"code":7,"stack":[],"at":"now","attempt":null}',
  ])
    expect(readDeathReason(json)).toMatchObject({
      code: 'ERROR',
      message: unread,
      at: 0,
      worker: '',
      attempt: 0,
    })
  const honest = { code: 'X', message: 'y', stack: 'z', at: 1, worker: 'w', attempt: 2 }
  expect(readDeathReason(JSON.stringify(honest))).toEqual(honest)
})
