import { parse } from 'node:querystring'
import fc from 'fast-check'
import { Gator, type Logger, Worker, isError, messageOf, registerTasks, silentLogger } from '../src/index.js'
import { deathReason } from '../src/execution/death-reason.js'
import { listed } from './listed.js'

/** What the functions and hooks below throw next. */
let next: () => unknown = () => undefined
const ran: string[] = []

function throwIt(): never {
  ran.push('throwIt')
  throw next()
}
async function rejectWithIt(): Promise<never> {
  throw next()
}
function succeed(): void {
  ran.push('succeed')
}

const HOOKS = { onStart: throwIt, onSuccess: throwIt, onError: throwIt }
const bad = (): never => {
  throw new Error('a getter throws')
}

const PARTS = ['message', 'stack', 'name', 'code', 'cause', 'errors', 'seconds', 'toString']
const UNREADABLE = Object.fromEntries(PARTS.map((key) => [key, { get: bad }]))

function cyclic(): Error {
  const answer: Record<string, unknown> = { status: 500 }
  answer['request'] = { answer }
  return Object.assign(new Error(), { message: answer })
}

function causes(depth: number): Error {
  return depth === 0
    ? new Error('the first cause')
    : new Error(`level ${depth}`, { cause: causes(depth - 1) })
}

function causeOfItself(): Error {
  const error = new Error('in a circle')
  return Object.assign(error, { cause: error })
}

/** Makes what is thrown anew for each throw: something has to be thrown that keeps no trace of an earlier one. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  'an object without a prototype': () => parse('error=no+such+user'),
  'a toString that throws': () => ({ toString: bad }),
  'a toString that gives no text': () => ({ toString: () => ({}) }),
  'a symbol': () => Symbol('x'),
  nothing: () => undefined,
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  'a proxy that throws': () =>
    new Proxy(new Error('x'), { get: bad, ownKeys: bad, getPrototypeOf: bad, has: bad }),
  'an error of which nothing can be read': () => Object.create(Error.prototype, UNREADABLE) as Error,
  'an error whose parts are no text': () =>
    Object.assign(new Error(), { message: 1n, stack: {}, name: Symbol('x'), code: { a: 1 }, cause: bad }),
  'an error whose message contains itself': cyclic,
  'an error that is its own cause': causeOfItself,
  'an AggregateError of itself': () => {
    const error = new AggregateError([1, new Error('x')], 'several')
    error.errors.push(error)
    return error
  },
  'a tag that throws': () => ({ get [Symbol.toStringTag]() { return bad() } }), // prettier-ignore
  'a verdict of which nothing can be read': () =>
    Object.defineProperty(Object.assign(new Error('x'), { code: 'RETRY_IN' }), 'seconds', { get: bad }),
  'a frozen error': () => Object.freeze(new Error('x')),
  'an error of a million characters': () => new Error('<td>row</td>'.repeat(100_000)),
  'an object of many keys': () =>
    Object.fromEntries(Array.from({ length: 50_000 }, (_, key) => [`k${key}`, key])),
  'half of a surrogate pair': () => new Error('\uD800'),
  'a function': () => bad,
}

beforeAll(() => {
  registerTasks('thrown', { throwIt, rejectWithIt, succeed })
  jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
})
afterAll(() => jest.restoreAllMocks())
beforeEach(() => ran.splice(0))

/** Runs tasks that throw, in each place where something can be thrown, and then one that does not. */
async function survives(thrown: () => unknown): Promise<boolean> {
  next = thrown
  const lines: string[] = []
  const line = (text: string, facts?: object) => void lines.push(`${text} ${JSON.stringify(facts)}`)
  const logger: Logger = { ...silentLogger(), info: line, warn: line, error: line }
  await using gator = new Gator('locmem://')
  for (const retries of [0, 1]) {
    const some = gator.options({ retries, backoff: 0, ...HOOKS })
    await some.task(throwIt)
    await some.task(rejectWithIt)
    await gator.options({ retries, backoff: 0, onSuccess: throwIt }).task(succeed)
    await gator.options({ retries, backoff: 0 }).task(throwIt)
  }
  await gator.task(succeed)
  const worker = new Worker(gator, { burst: true, concurrency: 1, lease: 0.5, logger })
  await worker.runForever()
  // Three tasks of each kind fail, once or twice; three succeed.
  expect(worker.tasksComplete).toBe(3 + 3 * 2 + 2 + 1)
  expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 6 })
  for (const { reason } of await listed(gator, 'dead')) {
    expect(JSON.parse(JSON.stringify(reason))).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
    })
    expect(reason?.message).not.toBe('')
  }
  return lines.every((one) => one.length < 20_000)
}

test.each(Object.entries(HOSTILE))(
  'whatever is thrown, every task is settled and its slot comes back: %s',
  async (_, thrown) => {
    expect(await survives(thrown)).toBe(true)
  },
)

/** Anything, as it is, as an error's parts, and as a cause of an error. */
const anything = fc.anything({
  withNullPrototype: true,
  withBigInt: true,
  withMap: true,
  withSparseArray: true,
})
const thrown = fc.oneof(
  anything,
  anything.map((message) => Object.assign(new Error('x'), { message })),
  fc
    .record({ code: anything, stack: anything, name: anything, cause: anything, seconds: anything })
    .map((parts) => Object.assign(new Error('x'), parts)),
  fc.array(anything).map((errors) => new AggregateError(errors)),
)

test('whatever is thrown, a dead letter of it is text of a bounded length', () => {
  const property = fc.property(thrown, (value) => {
    const reason = deathReason(value, 1, 'worker', 1)
    const { code, message, stack = '' } = reason
    return (
      JSON.parse(JSON.stringify(reason)).message === message &&
      [code, message, stack].every((text) => typeof text === 'string') &&
      message !== '' &&
      messageOf(value).length <= 4096
    )
  })
  expect(fc.check(property, { numRuns: 1000 })).toMatchObject({ failed: false })
})

test('whatever is thrown, a worker goes on', async () => {
  const property = fc.asyncProperty(thrown, (value) => survives(() => value))
  expect(await fc.check(property, { numRuns: 20 })).toMatchObject({ failed: false })
})

const reasonOf = (error: unknown) => deathReason(error, 1, 'worker', 1)

test('a dead letter tells the causes of an error, also of one that does not quote them', () => {
  const error = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') })
  const { message, stack } = reasonOf(error)
  expect(message).toBe('fetch failed (cause: connect ECONNREFUSED 127.0.0.1:1)')
  expect(stack).toMatch(/^TypeError: fetch failed\n[^]*\n\[cause\]: Error: connect ECONNREFUSED/)
  expect(reasonOf(new Error('it says: x', { cause: new Error('x') })).message).toBe('it says: x')
  expect(reasonOf(causes(3)).message).toContain('the first cause')
  expect(reasonOf(causes(1000)).stack?.length).toBeLessThan(16_385)
})

test('a cause that its error quotes on one line is not told again', () => {
  const cause = new Error('this module\nis broken')
  const error = new Error('it could not be loaded: this module is broken', { cause })
  expect(messageOf(error)).toBe('it could not be loaded: this module is broken')
})

test('a dead letter tells the errors of an AggregateError', async () => {
  const failure = await Promise.any([
    Promise.reject(new Error('one')),
    Promise.reject(new Error('two')),
  ]).catch((error: unknown) => error)
  expect(reasonOf(failure).message).toBe('All promises were rejected (error: one) (error: two)')
  expect(reasonOf(failure).stack).toMatch(/\[error\]: Error: one[^]*\[error\]: Error: two/)
})

test.each([
  [
    { status: 404, body: { error: 'no such user', id: [1, 2] } },
    '{ status: 404, body: { error: "no such user", id: [1, 2] } }',
  ],
  [parse('error=no+such+user'), '{ error: "no such user" }'],
  [new URL('https://example.org/'), 'https://example.org/'],
  ['just text', 'just text'],
  [404, '404'],
  [null, 'null'],
  [new Error(''), 'Error'],
  [new DOMException('The operation timed out', 'TimeoutError'), 'The operation timed out'],
  [{ code: 'E_OTHER' }, '{ code: "E_OTHER" }'],
])('a dead letter tells the facts of what is thrown: %p', (value, message) => {
  expect(reasonOf(value).message).toBe(message)
  expect(messageOf(value)).toBe(message)
})

test('what is endless is cut where it is kept and where it is logged, and says so', () => {
  const error = new Error(`unexpected answer: ${'<td>row</td>\n'.repeat(2_000_000)}`)
  error.cause = new Error('x'.repeat(10_000_000))
  const { message, stack } = reasonOf(error)
  expect(message.length).toBeLessThanOrEqual(4096)
  expect(message).toMatch(/^unexpected answer: <td>row[^]*… \(259\d{5} more characters\) \(cause: x+… \(/)
  expect(stack?.length).toBeLessThanOrEqual(16_384)
  expect(messageOf(error).length).toBeLessThanOrEqual(4096)
})

test('an error is told from what is none, whatever it is', () => {
  expect([new Error('x'), new DOMException('x'), new AggregateError([])].map(isError)).toEqual([
    true,
    true,
    true,
  ])
  expect(Object.values(HOSTILE).map((make) => typeof isError(make()))).toEqual(
    Object.values(HOSTILE).map(() => 'boolean'),
  )
})
