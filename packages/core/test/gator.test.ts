import {
  AT_MOST_ONCE,
  CANCELED,
  Client,
  DELAYED,
  FAILED,
  Gator,
  type Payload,
  RETRYING,
  SUCCESS,
  Task,
  WAITING,
  registerBackend,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import {
  add,
  alwaysFail,
  calls,
  failFirst,
  failInHook,
  grantOneMore,
  logError,
  logStart,
  logSuccess,
} from './tasks.js'

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
    expect(canceled).toMatchObject({ taskId, status: CANCELED, funcArgs: [18, 9] })
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
    const task = await gator.options({ isAsync: false }).task((date: Date) => date.getTime(), when)
    expect(task.result).toBe(0)
  })
})

describe('failures', () => {
  test('a failed task with retries left comes back after its pause, with one retry fewer', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    await gator.options({ retries: 1, backoff: '10s' }).task(failFirst, 'a')
    expect(await gator.pop()).toMatchObject({ status: RETRYING, retries: 0, attempt: 2 })
    expect(await gator.pop()).toBeUndefined()
    await clock.advance('10s')
    expect(await gator.pop()).toMatchObject({ status: SUCCESS, result: 'a on try 2' })
  })

  test('without retries it becomes a dead letter with its error, when and where, and pop throws TaskFailed', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const { taskId } = await gator.task(alwaysFail, 'boom')
    await expect(gator.pop()).rejects.toMatchObject({
      code: 'TASK_FAILED',
      taskId,
      cause: { message: 'boom' },
    })
    expect(await gator.len()).toBe(0)
    const { tasks } = await gator.backend.list('all', 'dead')
    expect(tasks).toMatchObject([
      { taskId, state: 'dead', reason: { code: 'ERROR', message: 'boom', at: clock.now(), attempt: 1 } },
    ])
    expect(tasks[0]?.reason?.worker).toContain(String(process.pid))
    expect(tasks[0]?.reason?.stack).toContain('alwaysFail')
    expect(await gator.backend.kick('all')).toBe(1)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
  })

  test('onError can grant one more try', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ onError: grantOneMore, backoff: 0 }).task(alwaysFail, 'x')
    expect((await gator.pop())?.status).toBe(RETRYING)
    expect((await gator.pop())?.status).toBe(RETRYING)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    expect(calls).toHaveLength(3)
  })

  test('a hook that fails after the function has succeeded does not run the function again', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await using gator = new Gator('locmem://')
    await gator.options({ retries: 3, onSuccess: failInHook }).task(add, 1, 2)
    expect((await gator.pop())?.status).toBe(SUCCESS)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('the hook fails'), expect.anything())
    warn.mockRestore()
    expect(await gator.len()).toBe(0)
  })

  test('an onStart that fails fails the try', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ onStart: failInHook }).task(add, 1, 2)
    await expect(gator.pop()).rejects.toMatchObject({
      code: 'TASK_FAILED',
      cause: { message: 'the hook fails' },
    })
    expect(calls).toEqual([])
  })

  test('execute puts a task in hand that failed with retries left on the queue', async () => {
    await using gator = new Gator('locmem://')
    const task = new Task<string>({ retries: 1, backoff: 0 }).toCall(failFirst, 'b')
    expect((await gator.execute(task)).status).toBe(RETRYING)
    expect((await gator.pop())?.result).toBe('b on try 2')
  })

  test('a task with too many unsettled deliveries is buried unrun', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock, maxDeliveries: 2 })
    await gator.task(add, 1, 2)
    for (let time = 0; time < 2; time += 1) {
      expect(await gator.backend.reserve(['all'], { lease: 10 })).toHaveLength(1)
      await clock.advance('11s')
    }
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TOO_MANY_DELIVERIES' })
    expect(calls).toEqual([])
    expect((await gator.backend.counts('all')).dead).toBe(1)
  })

  test('a timeout aborts the signal and fails the try', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const { untilAborted } = await import('./tasks.js')
    await gator.options({ timeout: '5s' }).task(untilAborted)
    const popped = gator.pop()
    const failure = popped.catch((error: unknown) => error)
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance('5s')
    expect(await failure).toMatchObject({ cause: { code: 'TASK_TIMEOUT' } })
    expect(calls).toEqual(['untilAborted starts', 'aborted: TASK_TIMEOUT'])
  })
})

describe('payloads that cannot run here', () => {
  test('one that is no task is buried with the reason', async () => {
    await using gator = new Gator('locmem://')
    await gator.backend.push('all', 'bad', '{"hello":"world"}')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' })
    const { tasks } = await gator.backend.list('all', 'dead')
    expect(tasks[0]).toMatchObject({
      taskId: 'bad',
      data: '{"hello":"world"}',
      reason: { code: 'INVALID_PAYLOAD' },
    })
  })

  test('one whose function is unknown goes back uncharged, and is a dead letter when its time is over', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock, unknownTaskTtl: '10m' })
    const payload = {
      task_id: 'new',
      retries: 2,
      is_async: true,
      module: 'no/such/module',
      callable: 'f',
      args: [],
    }
    await gator.backend.push('all', 'new', JSON.stringify(payload))
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    expect(await gator.len()).toBe(1)
    await clock.advance('1s')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    const [stored] = (await gator.backend.list('all', 'delayed')).tasks
    expect(JSON.parse(String(stored?.data))).toMatchObject({ ...payload, unknown_since: clock.now() - 1 })
    await clock.advance('10m')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  })
})

describe('dependsOn', () => {
  test('waits for the tasks it names, uncharged', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const first = await gator.options({ delayBy: 5 }).task(add, 1, 1)
    await gator.options({ dependsOn: first }).task(add, 2, 2)
    expect((await gator.pop())?.status).toBe(DELAYED)
    await clock.advance(5)
    const popped = [await gator.pop(), await gator.pop()]
    expect(new Set(popped.map((task) => task?.status))).toEqual(new Set([SUCCESS, DELAYED]))
    await clock.advance(1)
    expect((await gator.pop())?.result).toBe(4)
    expect(calls).toEqual(['add 1 1', 'add 2 2'])
  })

  test('is a dead letter when what it depends on is one', async () => {
    await using gator = new Gator('locmem://')
    const first = await gator.task(alwaysFail, 'boom')
    await gator.options({ dependsOn: [first.taskId] }).task(add, 2, 2)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    await expect(gator.pop()).rejects.toMatchObject({ cause: { code: 'DEPENDENCY_FAILED' } })
    expect(calls).toEqual(['alwaysFail boom'])
  })
})

describe('the store', () => {
  class TinyClient extends Client {
    override readonly capabilities = { ...AT_MOST_ONCE, maxPayload: 400, maxDelay: 900 }
    readonly tasks: Payload[] = []
    len = () => this.tasks.length
    dropAll = () => void this.tasks.splice(0)
    push(_queue: string, taskId: string, data: Payload) {
      this.tasks.push(data)
      return taskId
    }
    pop = () => this.tasks.shift()
    get = () => undefined
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

test('a task that fails ends as FAILED in its own eyes', async () => {
  const task = new Task().toCall(alwaysFail, 'x')
  await expect(task.run()).rejects.toThrow('x')
  expect(task.status).toBe(FAILED)
})
