import {
  CANCELED,
  Gator,
  LocmemClient,
  type Middleware,
  type PushItem,
  RETRYING,
  Task,
  currentTask,
  registerTasks,
} from '../src/index.js'
import { Chain } from '../src/middleware/chain.js'
import { noting } from './noting.js'
import { turn } from './observed.js'
import { workOff } from './sealed.js'
import { add, alwaysFail, calls, failFirst } from './tasks.js'

beforeEach(() => calls.splice(0))

function whoAmI(): string | undefined {
  return currentTask()?.headers['tenant']
}
registerTasks('middleware', { whoAmI })

describe('around enqueueing', () => {
  test('the first is the outermost, and each call goes through once, however many tasks it has', async () => {
    await using gator = new Gator('locmem://')
    expect(gator.use(noting('a')).use(noting('b'))).toBe(gator)
    const once = (size: number) => [`a enqueues ${size}`, `b enqueues ${size}`, 'b ends', 'a ends']
    await gator.task(add, 1, 2)
    await gator.options({ retries: 1 }).task(add, 1, 2)
    await gator.push(new Task(), add, 1, 2)
    expect(calls.splice(0)).toEqual([...once(1), ...once(1), ...once(1)])
    await gator.taskMany(add, [
      [1, 2],
      [3, 4],
    ])
    expect(calls.splice(0)).toEqual(once(2))
    await gator.taskMany(add, [])
    expect(calls).toEqual([])
    expect(await gator.len()).toBe(5)
  })

  test('what it adds to the headers arrives, and it knows the queue', async () => {
    await using gator = new Gator('locmem://', { queueName: 'mails' })
    gator.use({
      enqueue(tasks, next) {
        for (const task of tasks) task.headers = { ...task.headers, tenant: `one on ${task.queue}` }
        return next(tasks)
      },
    })
    await gator.task(whoAmI)
    expect((await gator.pop())?.result).toBe('one on mails')
  })

  test('it runs from when it is added, before the store is asked, and after it has answered', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(add, 1, 1)
    const lengths: number[] = []
    gator.use({
      async enqueue(tasks, next) {
        lengths.push(await gator.len())
        const queued = await next(tasks)
        lengths.push(await gator.len())
        return queued
      },
    })
    await gator.task(add, 2, 2)
    expect(lengths).toEqual([1, 2])
  })

  test('what is dropped is not queued, and is CANCELED, in its place among the others', async () => {
    await using gator = new Gator('locmem://')
    gator.use({ enqueue: async (tasks, next) => next(tasks.filter(({ funcArgs }) => funcArgs[0] !== 2)) })
    gator.use(noting('inner'))
    const tasks = await gator.taskMany(add, [
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect(tasks.map(({ status, funcArgs }) => [status === CANCELED, funcArgs[0]])).toEqual([
      [false, 1],
      [true, 2],
      [false, 3],
    ])
    const dropped = await gator.options({ retries: 3 }).task(add, 2, 2)
    expect(dropped.status).toBe(CANCELED)
    expect(await gator.len()).toBe(2)
    expect(calls).toEqual(['inner enqueues 2', 'inner ends'])
  })

  test('one that never calls next drops all', async () => {
    await using gator = new Gator('locmem://')
    gator.use({ enqueue: async () => [] })
    expect((await gator.task(add, 1, 2)).status).toBe(CANCELED)
    expect((await gator.options({ isAsync: false }).task(add, 1, 2)).status).toBe(CANCELED)
    expect([await gator.len(), calls]).toEqual([0, []])
  })

  test('a task with the id of another takes its place; others are queued besides', async () => {
    await using gator = new Gator('locmem://')
    gator.use({
      enqueue: (tasks, next) => {
        const replaced = tasks.map(({ taskId }) => new Task({ taskId, retries: 7 }).toCall(add, 5, 5))
        return next([new Task({ taskId: 'besides' }).toCall(add, 1, 1), ...replaced.toReversed()])
      },
    })
    const tasks = await gator.taskMany(add, [
      [3, 3],
      [4, 4],
    ])
    expect(tasks.map(({ retries, queue }) => [retries, queue])).toEqual([
      [7, 'all'],
      [7, 'all'],
    ])
    const [first, second] = tasks
    const popped = [await gator.pop(), await gator.pop(), await gator.pop()]
    expect(popped.map((task) => task?.taskId)).toEqual(['besides', second?.taskId, first?.taskId])
    expect(popped.map((task) => task?.result)).toEqual([2, 10, 10])
  })

  test('nor is it confused by ids of its own, or of the store', async () => {
    class OwnIds extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
        return super.pushMany(
          queue,
          items.map((item) => ({ ...item, taskId: `own ${item.taskId}` })),
        )
      }
    }
    await using gator = new Gator(new OwnIds('locmem://'))
    const tell = jest.fn()
    gator.use({
      async enqueue(tasks, next) {
        const [changed, replaced, dropped] = tasks
        if (!changed || !replaced) return next(tasks)
        changed.taskId = 'changed'
        const queued = await next([changed, new Task({ taskId: replaced.taskId }).toCall(add, 9, 9)])
        tell(
          queued.map(({ taskId }) => taskId),
          dropped?.taskId,
        )
        return queued
      },
    })
    const ids = ['one', 'two', 'three']
    const tasks = ids.map((taskId) => new Task({ taskId }).toCall(add, 1, 1))
    const given = await gator.pushMany(tasks)
    expect(given.map(({ taskId, status }) => [taskId, status === CANCELED])).toEqual([
      ['own changed', false],
      ['own two', false],
      ['three', true],
    ])
    expect(given[0]).toBe(tasks[0])
    expect(given[1]?.funcArgs).toEqual([9, 9])
    expect(tell).toHaveBeenCalledWith(['own changed', 'own two'], 'three')
  })

  test('tasks may be handed on in parts', async () => {
    await using gator = new Gator('locmem://')
    gator.use({
      async enqueue(tasks, next) {
        const queued: Task[] = []
        for (const task of tasks) queued.push(...(await next([task])))
        return queued
      },
    })
    const tasks = await gator.taskMany(add, [
      [1, 1],
      [2, 2],
    ])
    expect(tasks.some(({ status }) => status === CANCELED)).toBe(false)
    expect(await gator.len()).toBe(2)
  })

  test.each([
    [
      'at once',
      () => {
        throw new Error('not today')
      },
    ],
    [
      'later',
      async () => {
        await turn()
        throw new Error('not today')
      },
    ],
  ])('what it throws %s, the call throws, and nothing is queued', async (_, refuse: () => Promise<never>) => {
    await using gator = new Gator('locmem://')
    gator.use(noting('a')).use({ enqueue: () => refuse() })
    await expect(gator.task(add, 1, 2)).rejects.toThrow('not today')
    await expect(gator.taskMany(add, [[1, 2]])).rejects.toThrow('not today')
    expect(await gator.len()).toBe(0)
    expect(calls).toEqual(['a enqueues 1', 'a ends', 'a enqueues 1', 'a ends'])
  })

  test('what the store throws, next throws; whoever catches it has dropped the tasks', async () => {
    await using gator = new Gator('locmem://', { maxPayload: 500 })
    const seen: unknown[] = []
    gator.use({
      enqueue: (tasks, next) =>
        next(tasks).catch((error: { code?: string }) => {
          seen.push(error.code)
          return []
        }),
    })
    expect((await gator.task(alwaysFail, 'x'.repeat(500))).status).toBe(CANCELED)
    expect(seen).toEqual(['PAYLOAD_TOO_LARGE'])
  })

  test('a task that runs in this process at once goes through it too', async () => {
    await using gator = new Gator('locmem://')
    gator.use(noting('a'))
    gator.use({
      enqueue(tasks, next) {
        for (const task of tasks) task.headers = { tenant: 'one' }
        return next(tasks)
      },
    })
    expect((await gator.options({ isAsync: false }).task(whoAmI)).result).toBe('one')
    await expect(gator.options({ isAsync: false }).task(alwaysFail, 'no way')).rejects.toThrow('no way')
    expect(calls.filter((call) => call.startsWith('a'))).toEqual([
      ...['a enqueues 1', 'a runs whoAmI', 'a ends', 'a ends'],
      ...['a enqueues 1', 'a runs alwaysFail', 'alwaysFail no way', 'a ends', 'a ends'],
    ])
  })

  test('what goes back on its queue is not enqueued again', async () => {
    await using gator = new Gator('locmem://')
    const enqueue = jest.fn<Promise<readonly Task[]>, Parameters<NonNullable<Middleware['enqueue']>>>(
      async (tasks, next) => next(tasks),
    )
    gator.use({ enqueue })
    await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
    expect((await gator.pop())?.status).toBe(RETRYING)
    await workOff(gator)
    const inHand = new Task({ retries: 1, backoff: 0 }).toCall(failFirst, 'b')
    expect((await gator.execute(inHand)).status).toBe(RETRYING)
    await workOff(gator)
    expect(calls).toEqual(['failFirst a', 'failFirst a', 'failFirst b', 'failFirst b'])
    expect(enqueue).toHaveBeenCalledTimes(1)
  })
})

describe('use', () => {
  test('takes an object of a class, whose methods know themselves', async () => {
    class Counter implements Middleware {
      count = 0
      enqueue(tasks: readonly Task[], next: (tasks: readonly Task[]) => Promise<readonly Task[]>) {
        this.count += tasks.length
        return next(tasks)
      }
      run<R>(_task: Task<R>, next: () => Promise<R>): Promise<R> {
        this.count += 10
        return next()
      }
    }
    await using gator = new Gator('locmem://')
    const counter = new Counter()
    gator.use(counter)
    await gator.task(add, 1, 2)
    await gator.pop()
    expect(counter.count).toBe(11)
  })

  test.each([
    [undefined, 'Option middleware cannot be undefined. It has neither enqueue nor run.'],
    [null, 'Option middleware cannot be null.'],
    ['telemetry', 'Option middleware cannot be "telemetry".'],
    [
      {},
      'It has neither enqueue nor run. Pass { enqueue: (tasks, next) => next(tasks), run: (task, next) => ',
    ],
    [async (_task: unknown, next: () => unknown) => next(), 'It has neither enqueue nor run. Pass {'],
    [{ enqueue: true }, 'Option middleware.enqueue cannot be true. Pass {'],
    [
      { enqueue: (_: unknown, next: () => unknown) => next(), run: 'x' },
      'Option middleware.run cannot be "x".',
    ],
  ])('refuses what is none: %p', async (middleware, message) => {
    await using gator = new Gator('locmem://')
    expect(() => gator.use(middleware as Middleware)).toThrow(message)
    await gator.task(add, 1, 2)
    expect((await gator.pop())?.result).toBe(3)
  })

  test('without any there is nothing on the way', async () => {
    const chain = new Chain()
    expect([chain.enqueue, chain.run]).toEqual([undefined, undefined])
    await using gator = new Gator('locmem://')
    expect(gator.context.run).toBeUndefined()
    const enqueue: Middleware['enqueue'] = async (tasks, next) => next(tasks)
    chain.add({ enqueue })
    expect(chain.run).toBeUndefined()
    expect(gator.use({ enqueue }).context.run).toBeUndefined()
  })
})
