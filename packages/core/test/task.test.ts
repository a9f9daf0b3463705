import { Task, currentTask } from '../src/index.js'
import { add, logError, logStart, logSuccess } from './tasks.js'

async function wireOf(task: Task): Promise<Record<string, unknown>> {
  return JSON.parse(String(await task.serialize())) as Record<string, unknown>
}

describe('options', () => {
  test('both delays are refused', () => {
    expect(() => new Task({ delayBy: 1, delayUntil: 5 })).toThrow(
      expect.objectContaining({ code: 'MULTIPLE_DELAY' }),
    )
  })

  test('milliseconds for seconds are refused, and said to be that', () => {
    expect(() => new Task({ delayUntil: Date.now() })).toThrow('That can only be milliseconds')
    expect(() => new Task({ delayUntil: new Date(Number.NaN) })).toThrow(
      expect.objectContaining({ option: 'delayUntil' }),
    )
    expect(new Task({ delayUntil: new Date(5000) }).delayUntil).toBe(5)
  })

  test.each([
    [{ retries: -1 }, 'retries'],
    [{ retries: 1.5 }, 'retries'],
    [{ taskId: '' }, 'taskId'],
    [{ taskId: 'x'.repeat(256) }, 'taskId'],
    [{ isAsync: 'perhaps' }, 'isAsync'],
    [{ timeout: -1 }, 'timeout'],
    [{ backoff: -1 }, 'backoff'],
  ])('%p is refused', (options, option) => {
    expect(() => new Task(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
  })

  test.each([
    ['true', true],
    ['1', true],
    ['', true],
    ['false', false],
    ['FALSE', false],
    ['0', false],
    [undefined, true],
  ])('isAsync %p, as from an environment variable, is %p', (isAsync, expected) => {
    expect(new Task({ isAsync }).isAsync).toBe(expected)
  })
})

test('ids are UUIDs of version 7: in the order of time, and never the same', () => {
  const tasks = Array.from({ length: 10_000 }, () => new Task())
  const ids = tasks.map(({ taskId }) => taskId)
  const now = Date.now()
  expect(new Set(ids).size).toBe(10_000)
  expect([...ids].sort()).toEqual(ids)
  for (const id of ids) {
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(Math.abs(Number.parseInt(id.slice(0, 13).replace('-', ''), 16) - now)).toBeLessThan(60_000)
  }
})

describe('the wire format', () => {
  test('has the keys of the seeds, what tells its function from others, and no more for a plain task', async () => {
    const task = new Task({ taskId: 'id-1', retries: 3 }).toCall(add, 1, 2)
    expect(await wireOf(task)).toEqual({
      task_id: 'id-1',
      retries: 3,
      is_async: true,
      module: expect.stringMatching(/tasks$/),
      callable: 'add',
      name: 'add',
      app: 'alligator-workspace',
      args: [1, 2],
    })
  })

  test('keeps hooks, delays and what is beyond the seeds in options', async () => {
    const task = new Task({
      onStart: logStart,
      onSuccess: logSuccess,
      onError: logError,
      delayUntil: 1_900_000_000,
      dependsOn: ['a', new Task({ taskId: 'b' })],
      backoff: [1, '5s'],
      timeout: '2m',
    }).toCall(add, 1, 2)
    const { options, module, app } = await wireOf(task)
    expect(app).toBe('alligator-workspace')
    expect(options).toEqual({
      on_start: { module, callable: 'logStart', name: 'logStart' },
      on_success: { module, callable: 'logSuccess', name: 'logSuccess' },
      on_error: { module, callable: 'logError', name: 'logError' },
      delay_until: 1_900_000_000,
      depends_on: ['a', 'b'],
      backoff: [1, '5s'],
      timeout: 120,
    })
  })

  test('goes there and back', async () => {
    const task = new Task({ retries: 2, onError: logError, timeout: 5, backoff: 3 }).toCall(add, 1, 2)
    task.attempt = 4
    const copy = await Task.deserialize(await task.serialize())
    expect(copy).toMatchObject({
      taskId: task.taskId,
      retries: 2,
      timeout: 5,
      backoff: 3,
      attempt: 4,
      funcArgs: [1, 2],
    })
    expect(copy.func).toBe(add)
    expect(copy.onError).toBe(logError)
    expect(await copy.run()).toBe(3)
    expect(await copy.serialize()).toBe(await task.serialize())
  })

  test('what a Python Alligator writes is read: unknown keys ignored, keyword arguments as a last object', async () => {
    const { module, callable } = await wireOf(new Task().toCall(add, 0, 0))
    const seen = await Task.deserialize(
      JSON.stringify({
        task_id: 'py',
        retries: 0,
        is_async: true,
        module,
        callable,
        args: [1],
        kwargs: { incr_by: 2 },
        options: { on_start: null, on_success: null, on_error: null },
        something_new: true,
      }),
    )
    expect(seen.funcArgs).toEqual([1, { incr_by: 2 }])
    expect(seen.onStart).toBeUndefined()
  })

  test.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'not an object'],
    ['[]', 'not an object'],
    ['{"retries":0,"module":"m","callable":"c"}', 'task_id'],
    ['{"task_id":"a","retries":-1,"module":"m","callable":"c"}', 'retries'],
    ['{"task_id":"a","retries":0,"module":1,"callable":"c"}', 'module and callable'],
    ['{"task_id":"a","retries":0,"module":"m","callable":"c","args":{}}', 'args'],
    ['{"task_id":"a","retries":0,"module":"m","callable":"c","kwargs":[]}', 'kwargs'],
    ['{"task_id":"a","retries":0,"module":"m","callable":"c","attempt":"x"}', 'attempt'],
    ['{"task_id":"a","retries":0,"module":"m","callable":"c","options":7}', 'options'],
    [
      '{"task_id":"a","retries":0,"module":"m","callable":"c","options":{"on_start":"f"}}',
      'options.on_start',
    ],
    [
      '{"task_id":"a","retries":0,"module":"m","callable":"c","options":{"depends_on":[1]}}',
      'options.depends_on',
    ],
  ])('%s is refused', async (data, why) => {
    await expect(Task.deserialize(data)).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
      message: expect.stringContaining(why),
    })
  })

  test('a trailing undefined argument is left out, as a call without it', () => {
    const greet = (name: string, title?: string) => `${title ?? ''}${name}`
    expect(new Task().toCall(greet, 'Ada', undefined).funcArgs).toEqual(['Ada'])
  })
})

describe('running', () => {
  test('without a function it says what to do', async () => {
    await expect(new Task({ taskId: 'empty' }).run()).rejects.toMatchObject({ code: 'TASK_NOT_READY' })
    expect(() => new Task().serialize()).toThrow('toCall')
  })

  test('currentTask is the running task, in all that it awaits, and nothing elsewhere', async () => {
    const look = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return currentTask()
    }
    const [first, second] = [new Task(), new Task()]
    expect(currentTask()).toBeUndefined()
    expect(await Promise.all([first.toCall(look).run(), second.toCall(look).run()])).toEqual([first, second])
  })

  test('each try has a signal of its own', async () => {
    const task = new Task<AbortSignal>().toCall(() => currentTask()?.signal)
    task.abort('earlier')
    expect((await task.run()).aborted).toBe(false)
  })
})
