import {
  CANCELED,
  Client,
  DELAYED,
  Gator,
  type Payload,
  SUCCESS,
  Task,
  WAITING,
  registerBackend,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { add, alwaysFail, calls, failFirst, logError, logStart, logSuccess } from './tasks.js'

beforeEach(() => calls.splice(0))

describe('putting a task on the queue', () => {
  test('gator.task queues the call, and pop runs it', async () => {
    await using gator = new Gator('locmem://')
    const queued = await gator.task(add, 1, 2)
    expect(queued.status).toBe(WAITING)
    expect(calls).toEqual([])
    expect(await gator.len()).toBe(1)
    const done = await gator.pop()
    expect(done).toMatchObject({ taskId: queued.taskId, status: SUCCESS, result: 3 })
    expect(await gator.len()).toBe(0)
    expect(await gator.pop()).toBeUndefined()
  })

  test('options apply to each task made through them, in a block or with `using`', async () => {
    await using gator = new Gator('locmem://')
    {
      using opts = gator.options({ retries: 3 })
      expect((await opts.task(add, 1, 2)).retries).toBe(3)
      expect((await opts.task(add, 3, 4)).retries).toBe(3)
    }
    const task = await gator.options({ retries: 5 }, async (opts) => opts.task(add, 5, 6))
    expect(task.retries).toBe(5)
    expect(await gator.len()).toBe(3)
  })

  test('taskMany queues one call for each list of arguments, in order', async () => {
    await using gator = new Gator('locmem://')
    const tasks = await gator.taskMany(add, [
      [1, 1],
      [2, 2],
    ])
    expect(new Set(tasks.map((task) => task.taskId)).size).toBe(2)
    expect((await gator.pop())?.result).toBe(2)
    expect((await gator.pop())?.result).toBe(4)
  })

  test('taskMany queues nothing when one call cannot be sent', async () => {
    await using gator = new Gator('locmem://')
    const lists = [
      [1, 1],
      [2, Number.NaN],
    ] as [number, number][]
    await expect(async () => gator.taskMany(add, lists)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await gator.len()).toBe(0)
  })

  test('a task configured by hand is pushed with its options', async () => {
    await using gator = new Gator('locmem://')
    const task = new Task<number>({ taskId: 'my-own-id', retries: 2 })
    expect(await gator.push(task, add, 2, 3)).toBe(task)
    expect((await gator.get('my-own-id'))?.result).toBe(5)
  })

  test('delays: not before they are over, counted as waiting on the queue', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const task = await gator.options({ delayBy: '1h' }).task(add, 1, 2)
    expect(task.status).toBe(DELAYED)
    await gator.options({ delayUntil: new Date((clock.now() + 60) * 1000) }).task(add, 3, 4)
    expect(await gator.len()).toBe(2)
    expect(await gator.pop()).toBeUndefined()
    await clock.advance('1m')
    expect((await gator.pop())?.result).toBe(7)
    await clock.advance('59m')
    expect((await gator.pop())?.result).toBe(3)
  })

  test('get runs one task now, also when it is not due', async () => {
    await using gator = new Gator('locmem://')
    const { taskId } = await gator.options({ delayBy: '1h' }).task(add, 1, 2)
    expect((await gator.get(taskId))?.result).toBe(3)
    expect(await gator.get(taskId)).toBeUndefined()
  })

  test('cancel takes a task off unrun, and gives it', async () => {
    await using gator = new Gator('locmem://')
    const { taskId } = await gator.task(add, 18, 9)
    const canceled = await gator.cancel(taskId)
    expect(canceled).toMatchObject({ taskId, status: CANCELED, funcArgs: [18, 9], wasRunning: false })
    expect(await gator.cancel(taskId)).toBeUndefined()
    expect(await gator.pop()).toBeUndefined()
    expect(calls).toEqual([])
  })
})

describe('isAsync: false', () => {
  test.each([false, 'false', '0', 'False'])(
    '%p runs the function at once and touches no queue',
    async (isAsync) => {
      await using gator = new Gator('locmem://')
      const task = await gator.options({ isAsync }).task(add, 1, 2)
      expect(task).toMatchObject({ status: SUCCESS, result: 3 })
      expect(await gator.len()).toBe(0)
    },
  )

  test('includes retries and hooks, and throws what the function threw last', async () => {
    await using gator = new Gator('locmem://')
    const opts = gator.options({
      isAsync: false,
      retries: 1,
      onStart: logStart,
      onError: logError,
      onSuccess: logSuccess,
    })
    expect((await opts.task(failFirst, 'a')).result).toBe('a on try 2')
    expect(calls).toEqual([
      'start failFirst try 1',
      'failFirst a',
      'error a fails at first',
      'start failFirst try 2',
      'failFirst a',
      'success a on try 2',
    ])
    await expect(opts.task(alwaysFail, 'no way')).rejects.toThrow('no way')
  })

  test('takes arguments that only this process can hold', async () => {
    await using gator = new Gator('locmem://')
    const when = new Date(0)
    const opts = gator.options({ isAsync: false })
    // @ts-expect-error: the compiler cannot know where it will run.
    const task = await opts.task((date: Date) => date.getTime(), when)
    expect(task.result).toBe(0)
  })
})

describe('the store', () => {
  class TinyClient extends Client {
    override readonly maxDelay = 900
    readonly tasks: Payload[] = []
    len = () => this.tasks.length
    dropAll = () => void this.tasks.splice(0)
    push(_queue: string, taskId: string, data: Payload) {
      this.tasks.push(data)
      return taskId
    }
    pop = () => this.tasks.shift()
    get = () => undefined
    override get maxPayload() {
      return 400
    }
  }

  test('a registered scheme, a class and a ready client are all taken', async () => {
    registerBackend('tiny', TinyClient)
    for (const gator of [
      new Gator('tiny://'),
      new Gator('any://thing', { backendClass: TinyClient }),
      new Gator(new TinyClient('tiny://')),
    ]) {
      expect(gator.backend).toBeInstanceOf(TinyClient)
      await gator.task(add, 1, 2)
      expect((await gator.pop())?.result).toBe(3)
    }
  })

  test('an unknown scheme says what to install, a bad DSN how to write it, and neither shows a password', () => {
    expect(() => new Gator('redis://me:geheim@host')).toThrow(
      /No backend is registered for "redis:\/\/".*@alligator\/redis/,
    )
    expect(() => new Gator('rabbit://')).toThrow(/Known schemes are/)
    expect(() => new Gator('not a dsn')).toThrow(expect.objectContaining({ code: 'INVALID_DSN' }))
    expect(() => new Gator('//me:geheim@host')).toThrow(expect.not.stringContaining('geheim'))
  })

  test('what the store cannot hold is refused before it is sent', async () => {
    const gator = new Gator(new TinyClient('tiny://'))
    const text = 'ä'.repeat(300)
    const echo = alwaysFail as (text: string) => string
    await expect(gator.task(echo, text)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE', limit: 400 })
    await expect(gator.options({ delayBy: '16m' }).task(add, 1, 2)).rejects.toMatchObject({
      code: 'DELAY_TOO_LONG',
    })
    await expect(gator.options({ dependsOn: 'x' }).task(add, 1, 2)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    })
    expect(await gator.len()).toBe(0)
  })

  test('two gators with two queues on one store do not see each other', async () => {
    await using emails = new Gator('locmem://shop', { queueName: 'notifications' })
    await using images = new Gator('locmem://shop', { queueName: 'images' })
    await emails.task(add, 1, 2)
    expect(await images.len()).toBe(0)
    expect(await images.pop()).toBeUndefined()
    expect((await emails.pop())?.result).toBe(3)
  })

  test('a gator without a queue name is refused', () => {
    expect(() => new Gator('locmem://', { queueName: '' })).toThrow(
      expect.objectContaining({ option: 'queueName' }),
    )
  })
})
