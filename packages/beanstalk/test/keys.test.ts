import { join } from 'node:path'
import {
  Gator,
  LocmemClient,
  PayloadTooLargeError,
  type PushItem,
  type StateStore,
  StoreUnavailableError,
  type Uniqueness,
  Worker,
  silentLogger,
} from '@alligator/core'
import { pause, turn } from '@alligator/core/backend'
import { VirtualClock } from '@alligator/core/testing'
import { type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { done, note, slow, stumble } from './tasks.js'

let server: Server
const root = join(__dirname, '..')
const KEY = '0123456789abcdef0123456789abcdef'
/** Seconds after which a key is free whose process died in the middle of a step. */
const BRIEF = 15
const logger = silentLogger()

beforeAll(async () => {
  server = await startBeanstalk()
})
beforeEach(() => (done.length = 0))
afterAll(() => server.close())

/** What a process was about to do when it died: it never hears of an answer. */
type Step = 'put' | 'get' | 'delete' | 'now'
const never = new Promise<never>(() => {})

/** A client with a state store beside it, whose process may die before or after any call of that store. */
async function keyed(
  queue: string,
  clock = new VirtualClock(),
  kept = new LocmemClient('locmem://', { clock }),
) {
  const client = new BeanstalkClient(server.dsn) as BeanstalkClient & { readonly uniqueness: Uniqueness }
  const calls: string[] = []
  let delay = 0
  let fate: ((step: Step, count: number) => 'before' | 'after' | Error | undefined) | undefined
  const mortal =
    <A extends unknown[], R>(step: Step, call: (...args: A) => R | PromiseLike<R>) =>
    async (...args: A): Promise<R> => {
      const [key = ''] = args
      calls.push(`${step} ${typeof key === 'string' ? key.split(':')[0] : ''}`)
      const way = fate?.(step, calls.filter((each) => each.startsWith(step)).length)
      if (way instanceof Error) throw way
      if (step === 'put') await pause(delay)
      if (way === 'before') return never
      const answer = await call(...args)
      return way === 'after' ? never : answer
    }
  const { state } = kept
  const mortalState: StateStore = {
    now: mortal('now', () => state.now()),
    get: mortal('get', (key) => state.get(key)),
    put: mortal('put', (key, value, options) => state.put(key, value, options)),
    delete: mortal('delete', (key, ifValue) => state.delete(key, ifValue)),
  }
  client.keepStateIn(mortalState)
  const item = (taskId: string, unique: Partial<NonNullable<PushItem['unique']>> = {}): PushItem => ({
    taskId,
    data: `payload of ${taskId}`,
    unique: { key: KEY, until: 'started', onConflict: 'keep', ...unique },
  })
  return {
    client,
    clock,
    calls,
    another: () => keyed(queue, clock, kept),
    push: async (taskId: string, unique = {}) =>
      (await client.uniqueness.push(queue, [item(taskId, unique)]))[0],
    take: async () => (await client.reserve([queue], { lease: 60 }))[0],
    counts: () => client.counts(queue),
    /** From now on the process dies about one of its steps. */
    dies(when: 'before' | 'after', step: Step, count: number) {
      calls.length = 0
      fate = (each, at) => (each === step && at === count ? when : undefined)
    },
    fails(error: Error, step: Step) {
      fate = (each) => (each === step ? error : undefined)
    },
    /** From now on its state store takes so many milliseconds to keep something. */
    slows(milliseconds: number) {
      delay = milliseconds
    },
    lives() {
      fate = undefined
    },
  }
}

it('keys are refused without a state store, in words that name the option', async () => {
  await using gator = new Gator(server.dsn, { root })
  await expect(gator.options({ unique: true }).task(note, 'twice')).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    message: expect.stringContaining("{ state: 'redis://…' }") as string,
  })
})

it('a worker runs what has a key once, and what is put off as it was last', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://once', queueName: 'once' })
  const once = gator.options({ unique: true })
  const first = await once.task(note, 'once')
  const second = await once.task(note, 'once')
  expect([second.taskId, second.isDuplicate]).toEqual([first.taskId, true])
  expect((await gator.options({ unique: { key: 'k' } }).task(note, 'another')).isDuplicate).toBe(false)
  const throttled = gator.options({ throttle: { key: 'throttled', every: '1h' } })
  await throttled.task(note, 'throttled')
  for (const word of ['a', 'ab', 'abc'])
    await gator.options({ debounce: { key: 'typed', wait: '1s' } }).task(note, word)
  await new Worker(gator, { maxTasks: 4, logger }).runForever()
  expect(done).toEqual(['once', 'another', 'throttled', 'abc'])
  expect((await throttled.task(note, 'throttled')).isDuplicate).toBe(true)
  expect((await once.task(note, 'once')).isDuplicate).toBe(false)
})

it('one run follows another with what the last call gave, once that has ended', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://rerun', queueName: 'rerun' })
  const options = gator.options({ unique: { key: 'sync', until: 'finished', rerun: true } })
  await options.task(slow, 'first', 50)
  const worker = new Worker(gator, { maxTasks: 2, concurrency: 2, logger })
  worker.on('task:start', async ({ task }) => {
    if (task.funcArgs[0] !== 'first') return
    await options.task(slow, 'second', 0)
    expect((await options.task(slow, 'third', 0)).isDuplicate).toBe(true)
  })
  await worker.runForever()
  expect(done).toEqual(['first begins', 'first ends', 'third begins', 'third ends'])
})

it('a task with a key is retried, and run by a worker without a state store', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://bare', queueName: 'bare' })
  await gator.options({ unique: { key: 'stumble' }, retries: 2, backoff: 0 }).task(stumble, 'stumble', 3)
  await new Worker(gator, { maxTasks: 1, logger }).runForever()
  const again = await gator.options({ unique: { key: 'stumble' } }).task(stumble, 'again', 1)
  expect(again.isDuplicate).toBe(true)
  await using bare = new Gator(server.dsn, { root, queueName: 'bare' })
  await new Worker(bare, { burst: true, logger }).runForever()
  expect(done).toEqual(['stumble', 'stumble', 'stumble'])
  // Nobody has told the state store; the server has.
  expect((await gator.options({ unique: { key: 'stumble' } }).task(note, 'new')).isDuplicate).toBe(false)
})

it('a process that dies before its push takes a key for a short time, for which others wait', async () => {
  const one = await keyed('dies-before')
  const two = await one.another()
  one.dies('after', 'put', 1)
  void one.push('one')
  while (one.calls.filter((call) => call === 'put unique').length < 1) await turn()
  expect(await two.counts()).toMatchObject({ waiting: 0 })
  await expect(two.push('refused', { onConflict: 'throw' })).rejects.toMatchObject({ code: 'DUPLICATE_TASK' })
  const waiting = two.push('two')
  while (two.calls.filter((call) => call === 'get unique').length < 4) await turn()
  await one.clock.advance(`${BRIEF + 1}s`)
  expect(await waiting).toMatchObject({ isDuplicate: false })
  expect(await two.counts()).toMatchObject({ waiting: 1 })
  await Promise.all([one.client.close(), two.client.close()])
})

it('a process that dies after its push leaves a key that its task finds again', async () => {
  const one = await keyed('dies-after')
  const two = await one.another()
  one.dies('before', 'put', 2)
  void one.push('one')
  while ((await two.counts()).waiting < 1) await turn()
  const delivery = await two.take()
  expect(await two.push('two', { until: 'finished' })).toMatchObject({
    isDuplicate: true,
    runs: delivery?.taskId,
  })
  expect(delivery && (await two.client.release(delivery))).toBe(true)
  await one.clock.advance('1d')
  expect(await two.push('three')).toMatchObject({ taskId: delivery?.taskId, isDuplicate: true })
  await Promise.all([one.client.close(), two.client.close()])
})

const finished = { until: 'finished' }

it.each(['before', 'after'] as const)(
  'a worker that dies %s its key is made to last for a short time only finds it again with its task',
  async (when) => {
    const one = await keyed(`settles-${when}`)
    const two = await one.another()
    await one.push('one', finished)
    const delivery = await one.take()
    one.dies(when, 'put', 1)
    if (delivery) void one.client.ack([delivery])
    while (!one.calls.includes('put unique')) await turn()
    expect(await two.push('two', finished)).toMatchObject({ taskId: delivery?.taskId, isDuplicate: true })
    // Its connection ends with its process, so that what it held is handed out again.
    await one.client.close()
    const again = await two.take()
    expect(again).toMatchObject({ data: 'payload of one' })
    await one.clock.advance(`${BRIEF + 1}s`)
    expect(await two.push('three', finished)).toMatchObject({ isDuplicate: true })
    expect(again && (await two.client.ack([again]))).toEqual([])
    expect(await two.push('four', finished)).toMatchObject({ isDuplicate: false })
    await two.client.close()
  },
)

it('a worker that dies before it gives the key of what is done back takes it for a short time', async () => {
  const one = await keyed('settled')
  const two = await one.another()
  await one.push('one', finished)
  const delivery = await one.take()
  one.dies('before', 'delete', 1)
  if (delivery) void one.client.ack([delivery])
  while ((await two.counts()).running > 0) await turn()
  expect(await two.push('two', finished)).toMatchObject({ taskId: delivery?.taskId, isDuplicate: true })
  await one.clock.advance(`${BRIEF + 1}s`)
  expect(await two.push('three', finished)).toMatchObject({ isDuplicate: false })
  await Promise.all([one.client.close(), two.client.close()])
})

it('what the server has lost is in nobody’s way, and what it refuses takes no key', async () => {
  const one = await keyed('lost')
  const first = await one.push('one')
  await one.client.byId.remove('lost', first?.taskId ?? '')
  const second = await one.push('two')
  expect(second).toMatchObject({ isDuplicate: false })
  const bare = new BeanstalkClient(server.dsn)
  await bare.dropAll('lost')
  expect(await one.push('three')).toMatchObject({ isDuplicate: false })
  const large = { taskId: 'large', data: 'x'.repeat(70_000) }
  const unique = { key: KEY.replace('0', 'f'), until: 'started', onConflict: 'throw' } as const
  const push = () => one.client.uniqueness.push('lost', [{ taskId: 'four', data: 'four', unique }, large])
  await expect(push()).rejects.toThrow(PayloadTooLargeError)
  await expect(push()).rejects.toThrow(PayloadTooLargeError)
  expect(await one.counts()).toMatchObject({ waiting: 1 })
  await Promise.all([one.client.close(), bare.close()])
})

it('a task keeps its level, and a call that would change it is refused', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://levels', queueName: 'levels' })
  const replace = { key: 'k', onConflict: 'replace' } as const
  await gator.options({ unique: replace, priority: 'high' }).task(note, 'one')
  await gator.options({ unique: replace, priority: 'high' }).task(note, 'two')
  await expect(gator.options({ unique: replace }).task(note, 'three')).rejects.toThrow(/keeps it/)
})

it('while the state store is away nothing is lost: what has no key goes on, and what has one is handed out later', async () => {
  const one = await keyed('away')
  const delivered = await one.push('one').then(() => one.take())
  one.fails(new StoreUnavailableError('redis://', 'it is away', 'Wait.'), 'put')
  expect(delivered && (await one.client.extend([delivered], 60))).toEqual([])
  await expect(one.push('two')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await one.client.push('away', 'plain', 'plain')).toMatch(/^\d+$/)
  await expect(delivered && one.client.ack([delivered])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await one.take()).toMatchObject({ data: 'plain' })
  one.lives()
  expect(delivered && (await one.client.ack([delivered]))).toEqual([])
  await one.client.close()
})

it('a lease of which a slow state store has used up a part begins anew', async () => {
  const one = await keyed('slow')
  await one.push('one')
  one.calls.length = 0
  one.slows(300)
  const [delivery] = await one.client.reserve(['slow'], { lease: 1 })
  expect(delivery).toMatchObject({ data: 'payload of one' })
  // Once as it begins, and once as its lease is renewed.
  expect(one.calls.filter((call) => call === 'put unique')).toHaveLength(2)
  await one.client.close()
})

it('a task without a key asks the state store for nothing but pauses', async () => {
  const one = await keyed('free')
  await one.client.push('free', 'plain', 'plain')
  // It begins as one that has a key does.
  await one.client.push('free', 'odd', `alligator-key ${KEY}`)
  const taken = await one.client.reserve(['free'], { lease: 60, limit: 2 })
  expect(taken.map(({ data }) => data)).toEqual(['plain', `alligator-key ${KEY}`])
  await one.client.extend(taken, 60)
  expect(await one.client.ack(taken)).toEqual([])
  expect(new Set(one.calls)).toEqual(new Set(['get pause']))
  await one.client.close()
})
