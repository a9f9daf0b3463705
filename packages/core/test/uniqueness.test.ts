import { until } from '@alligator/testbed'
import {
  type Debounce,
  Gator,
  type GatorOptions,
  InvalidOptionError,
  LocmemClient,
  type Placed,
  type PushItem,
  Task,
  type TaskOptions,
  type Throttle,
  type Unique,
  Worker,
  currentTask,
  registerTasks,
  silentLogger,
} from '../src/index.js'
import { VirtualClock, drain, queued, testGator } from '../src/testing.js'
import { makeGate } from './gate.js'
import { gates } from './tasks.js'

const SECRET = 'an-example-secret-of-32-characters'
const ran: unknown[][] = []

function rebuild(...args: unknown[]): void {
  ran.push([...args, currentTask()?.taskId ?? ''])
}
function another(..._args: unknown[]): void {}
async function hold(name: string, version: number): Promise<void> {
  const gate = gates.get(`${name} ${version}`)
  gate?.started()
  await gate?.go
  ran.push([name, version])
}
registerTasks('uniqueness', { rebuild, another, hold })

beforeEach(() => {
  ran.splice(0)
  gates.clear()
})

/** Keeps what is pushed with a key. */
class Noting extends LocmemClient {
  readonly pushed: PushItem[] = []

  override readonly uniqueness = {
    push: (_queue: string, items: readonly PushItem[]): Promise<Placed[]> => {
      this.pushed.push(...items)
      return Promise.resolve(items.map(({ taskId }) => ({ taskId, isDuplicate: false })))
    },
  }
}

/** The keys that calls come to. */
async function keysOf(options: GatorOptions, push: (gator: Gator) => Promise<unknown>): Promise<unknown[]> {
  const client = new Noting('locmem://')
  await using gator = new Gator(client, options)
  await push(gator)
  return client.pushed.map(({ unique }) => unique?.key)
}

async function withClock(step: (gator: Gator, clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  await step(gator, clock)
}

describe('unique', () => {
  test('a call gives the task that will run, and whether that was there already', async () => {
    await using gator = testGator()
    const first = await gator.options({ unique: true }).task(rebuild, 7)
    const second = await gator.options({ unique: true }).task(rebuild, 7)
    expect([first.isDuplicate, second.isDuplicate]).toEqual([false, true])
    expect(second.taskId).toBe(first.taskId)
    expect(second.wasPushed).toBe(true)
    expect((await gator.options({ unique: true }).task(rebuild, 8)).isDuplicate).toBe(false)
    await drain(gator)
    expect(ran).toEqual([
      [7, first.taskId],
      [8, expect.any(String)],
    ])
    expect((await gator.options({ unique: true }).task(rebuild, 7)).isDuplicate).toBe(false)
  })

  test('also for several in one call, and for a task that is configured by hand', async () => {
    await using gator = testGator()
    const [one, two, three] = await gator.options({ unique: true }).taskMany(rebuild, [[1], [2], [1]])
    expect([one, two, three].map((task) => task?.isDuplicate)).toEqual([false, false, true])
    expect(three?.taskId).toBe(one?.taskId)
    const byHand = await gator.push(new Task({ unique: true }), rebuild, 2)
    expect(byHand).toMatchObject({ taskId: two?.taskId, isDuplicate: true })
    const mixed = [new Task().toCall(rebuild, 1), new Task({ unique: true }).toCall(rebuild, 1)]
    expect((await gator.pushMany(mixed)).map(({ isDuplicate }) => isDuplicate)).toEqual([false, true])
    expect(await gator.len()).toBe(3)
  })

  test('the key is of the function and its arguments, or is given; whoever reads it learns neither', async () => {
    const key = 'a'.repeat(255)
    const push = async (gator: Gator) => {
      const unique = gator.options({ unique: true })
      await unique.task(rebuild, 1, { a: 1, b: [2] })
      await unique.task(rebuild, 1, { b: [2], a: 1 })
      await unique.task(rebuild, 1, { a: 1, b: [3] })
      await unique.task(another, 1, { a: 1, b: [2] })
      await gator.options({ unique: { key } }).task(rebuild, 1)
      await gator.options({ throttle: { key, every: 1 } }).task(another, 2)
    }
    const plain = await keysOf({}, push)
    expect(plain.every((each) => /^[0-9a-f]{32}$/.test(String(each)))).toBe(true)
    expect(plain[1]).toBe(plain[0])
    expect(plain[5]).toBe(plain[4])
    expect(new Set(plain).size).toBe(4)
    const sealed = await keysOf({ secret: SECRET }, push)
    expect(await keysOf({ secret: [SECRET, SECRET.toUpperCase()] }, push)).toEqual(sealed)
    expect(sealed.filter((each) => plain.includes(each))).toEqual([])
  })

  test('a task that was replaced has the first id, with a secret too, and retries under it', async () => {
    await using gator = testGator({ secret: SECRET, encrypt: true })
    const options = gator.options({ unique: { key: 'k', onConflict: 'replace' } })
    const { taskId } = await options.task(rebuild, 1)
    const second = await options.task(rebuild, 2)
    expect(second).toMatchObject({ taskId, isDuplicate: true })
    expect((await queued(gator)).map((task) => [task.taskId, task.funcArgs])).toEqual([[taskId, [2]]])
    const canceled = await gator.cancel(taskId)
    expect(canceled).toMatchObject({ taskId, funcArgs: [2] })
    expect((await options.task(rebuild, 3)).isDuplicate).toBe(false)
    await drain(gator)
    expect(ran).toEqual([[3, expect.any(String)]])
  })

  test('a conflict throws where that is asked for, and nothing of the call is queued', async () => {
    await using gator = testGator()
    const options = gator.options({ unique: { onConflict: 'throw' } })
    const { taskId } = await options.task(rebuild, 1)
    await expect(options.taskMany(rebuild, [[2], [1]])).rejects.toMatchObject({
      code: 'DUPLICATE_TASK',
      taskId,
      message:
        `Task "${taskId}" of queue "all" has the same key, and is not done. ` +
        "Leave `onConflict: 'throw'` out to get that task instead, or cancel it first.",
    })
    expect(await gator.len()).toBe(1)
  })

  test('for a length of time it stays the only one, also when it is done', () =>
    withClock(async (gator, clock) => {
      const options = gator.options({ unique: { for: '10m' } })
      const { taskId } = await options.task(rebuild, 1)
      await gator.pop()
      await clock.advance('9m')
      expect(await options.task(rebuild, 1)).toMatchObject({ taskId, isDuplicate: true })
      await clock.advance('1m')
      expect(await options.task(rebuild, 1)).toMatchObject({ isDuplicate: false })
    }))

  test('what runs inline is never a duplicate', async () => {
    await using gator = testGator()
    const options = gator.options({ unique: true, isAsync: false })
    await options.task(rebuild, 1)
    await options.task(rebuild, 1)
    expect(ran).toHaveLength(2)
  })
})

describe('rerun', () => {
  /** Runs what `work` finds running, and then all that is left. */
  async function whileRunning(work: (gator: Gator) => Promise<void>): Promise<void> {
    await using gator = new Gator('locmem://')
    const first = makeGate('doc 1')
    await gator.options({ unique: { key: 'doc', until: 'finished', rerun: true } }).task(hold, 'doc', 1)
    const worker = new Worker(gator, { logger: silentLogger(), napTime: 0.01 })
    const running = worker.runForever()
    await first.reached
    await work(gator)
    const second = makeGate('doc 9')
    second.open()
    first.open()
    await second.reached
    await worker.stop()
    await running
  }

  test('one more run follows one that runs, with what the last call gave, and not beside it', async () => {
    await whileRunning(async (gator) => {
      const options = gator.options({ unique: { key: 'doc', until: 'finished', rerun: true } })
      const second = await options.task(hold, 'doc', 2)
      expect(second.isDuplicate).toBe(false)
      for (const version of [3, 9])
        expect(await options.task(hold, 'doc', version)).toMatchObject({
          taskId: second.taskId,
          isDuplicate: true,
        })
      // The one that follows may just be looked at, to go back.
      await until(async () => (await gator.backend.counts('all')).running === 1)
      expect(ran).toEqual([])
    })
    expect(ran).toEqual([
      ['doc', 1],
      ['doc', 9],
    ])
  })

  test('where none runs it replaces the one that waits, also in one call', async () => {
    await using gator = testGator()
    const options = gator.options({ unique: { key: 'doc', until: 'finished', rerun: true } })
    const tasks = await options.taskMany(rebuild, [[1], [2], [3]])
    expect(tasks.map(({ isDuplicate }) => isDuplicate)).toEqual([false, true, true])
    await drain(gator)
    expect(ran).toEqual([[3, tasks[0]?.taskId]])
  })
})

describe('debounce', () => {
  test('a task runs once, some time after the last call, with what that gave', () =>
    withClock(async (gator, clock) => {
      const index = (version: number) =>
        gator.options({ debounce: { key: 'doc', wait: '5s' } }).task(rebuild, version)
      const { taskId } = await index(1)
      await clock.advance('3s')
      expect(await index(2)).toMatchObject({ taskId, isDuplicate: true })
      await clock.advance('4.9s')
      expect(await gator.pop()).toBeUndefined()
      await clock.advance('0.1s')
      await gator.pop()
      expect(ran).toEqual([[2, taskId]])
      expect(await index(3)).toMatchObject({ isDuplicate: false })
    }))

  test('and no later than at most some time after the first', () =>
    withClock(async (gator, clock) => {
      const options = gator.options({ debounce: { wait: '5s', atMost: '12s' } })
      for (let second = 0; second < 12; second += 4) {
        await options.task(rebuild, 1)
        await clock.advance('4s')
      }
      await gator.pop()
      expect(ran).toHaveLength(1)
    }))
})

describe('throttle', () => {
  test('of many calls in a length of time one is queued', () =>
    withClock(async (gator, clock) => {
      const ping = () => gator.options({ throttle: { key: 'ping', every: '1m' } }).task(rebuild, 1)
      const { taskId } = await ping()
      await gator.pop()
      expect(await ping()).toMatchObject({ taskId, isDuplicate: true })
      await clock.advance('1m')
      expect(await ping()).toMatchObject({ isDuplicate: false })
      await clock.advance('1m')
      expect(await ping()).toMatchObject({ isDuplicate: true })
      expect(await gator.len()).toBe(1)
    }))
})

/** Options of wrong types, as JavaScript may pass them. */
const as = <T>(value: unknown): T => value as T

test.each<[option: string, options: TaskOptions, wayOut: RegExp]>([
  ['unique.key', { unique: { key: '' } }, /Pass text of 1 to 255 characters .* or leave it out/],
  ['unique.key', { unique: { key: 'a'.repeat(256) } }, /Of what is longer, pass a hash/],
  ['debounce.key', { debounce: { key: '', wait: 5 } }, /Pass text/],
  ['throttle.key', { throttle: { key: as(7), every: 5 } }, /Pass text/],
  ['unique', { unique: as('key') }, /Pass true, or \{ key, until/],
  ['unique.until', { unique: as<Unique>({ until: 'done' }) }, /Pass 'started' or 'finished'/],
  [
    'unique.onConflict',
    { unique: as<Unique>({ onConflict: 'drop' }) },
    /Pass 'keep' or 'replace' or 'throw'/,
  ],
  ['unique.for', { unique: { for: '999ms' } }, /of 1 s or more/],
  ['unique.rerun', { unique: { rerun: true } }, /It takes `until: 'finished'`/],
  ['unique.rerun', { unique: as<Unique>({ rerun: 1 }) }, /Pass true or false/],
  [
    'unique.onConflict',
    { unique: { until: 'finished', rerun: true, onConflict: 'keep' } },
    /the last call counts/,
  ],
  ['debounce', { debounce: as<Debounce>('5s') }, /Pass \{ key, wait/],
  ['debounce.wait', { debounce: as<Debounce>({}) }, /Pass a number of seconds/],
  ['debounce.wait', { debounce: { wait: 0 } }, /of 0\.001 s or more/],
  ['debounce.atMost', { debounce: { wait: '5s', atMost: '4s' } }, /shorter than `wait`/],
  ['delayBy', { debounce: { wait: 5 }, delayBy: 5 }, /With `debounce`, its `wait` is the delay/],
  ['delayUntil', { debounce: { wait: 5 }, delayUntil: 5 }, /With `debounce`, its `wait` is the delay/],
  ['throttle', { throttle: as<Throttle>(60) }, /Pass \{ key, every/],
  ['throttle.every', { throttle: { every: '0.5s' } }, /of 1 s or more/],
  ['debounce', { unique: true, debounce: { wait: 5 } }, /There is `unique` too/],
  ['throttle', { throttle: { every: 5 }, debounce: { wait: 5 } }, /There is `debounce` too/],
  ['throttle', { throttle: { every: 5 }, unique: true }, /There is `unique` too/],
])('%s is refused in words of its own (%j)', (option, options, wayOut) => {
  const given = () => new Task(options)
  expect(given).toThrow(InvalidOptionError)
  expect(given).toThrow(expect.objectContaining({ option, message: expect.stringMatching(wayOut) }))
})

test('unique: false is as if it were not there', async () => {
  await using gator = testGator()
  const options = gator.options({ unique: false, throttle: { every: 5 } })
  await options.task(rebuild, 1)
  expect((await options.task(rebuild, 1)).isDuplicate).toBe(true)
})
