import { DELAYED, FAILED, Gator, RETRYING, SUCCESS, Task } from '@alligator/core'
import { assertNotQueued, assertQueued, drain, queued, testGator } from '@alligator/core/testing'
import { add, alwaysFail, calls, failFirst, greet, makeMore } from './testing-tasks.js'

beforeEach(() => calls.splice(0))

const statuses = (tasks: readonly Task[]) => tasks.map(({ status }) => status)

describe('drain', () => {
  test('runs everything due, in order, and what that makes', async () => {
    const gator = testGator()
    await gator.task(add, 1, 2)
    await gator.task(makeMore, gator.queueName)
    makeMore.gator = gator
    const tasks = await drain(gator)
    expect(tasks.map(({ func }) => func)).toEqual([add, makeMore, add])
    expect(statuses(tasks)).toEqual([SUCCESS, SUCCESS, SUCCESS])
    expect(tasks[0]?.result).toBe(3)
    expect(await gator.len()).toBe(0)
  })

  test('leaves what is not due until the clock is moved', async () => {
    const gator = testGator()
    await gator.options({ delayBy: '1h' }).task(greet, 'Ann')
    expect(await drain(gator)).toEqual([])
    await gator.clock.advance('59m')
    expect(await drain(gator)).toEqual([])
    await gator.clock.advance('1m')
    expect(await drain(gator)).toHaveLength(1)
    expect(calls).toEqual(['greet Ann'])
  })

  test('runs a retry when its pause is over', async () => {
    const gator = testGator()
    await gator.options({ retries: 1, backoff: 60 }).task(failFirst, 'Ann')
    expect(statuses(await drain(gator))).toEqual([RETRYING])
    expect(await drain(gator)).toEqual([])
    await gator.clock.advance('60s')
    expect(statuses(await drain(gator))).toEqual([SUCCESS])
  })

  test('rejects with the reason of a task that failed for good, after all else has run', async () => {
    const gator = testGator()
    await gator.task(alwaysFail, 'no mail today')
    await gator.task(greet, 'Bob')
    await expect(drain(gator)).rejects.toMatchObject({
      code: 'TASK_FAILED',
      cause: expect.objectContaining({ message: 'no mail today' }),
    })
    expect(calls).toEqual(['greet Bob'])
    expect(await gator.backend.counts(gator.queueName)).toMatchObject({ waiting: 0, running: 0, dead: 1 })
  })

  test('tells all reasons when several failed, or none when told so', async () => {
    const gator = testGator()
    const enqueue = () => gator.taskMany(alwaysFail, [['one'], ['two']])
    await enqueue()
    await expect(drain(gator)).rejects.toThrow(/one[^]*two/)
    await enqueue()
    expect(statuses(await drain(gator, { throws: false }))).toEqual([FAILED, FAILED])
  })

  test('rejects for a payload that is no task, and for a function that is gone', async () => {
    const gator = testGator()
    await gator.backend.push('all', 'one', 'no task')
    await expect(drain(gator)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' })
    const wire = { task_id: 'two', retries: 0, is_async: true, module: 'gone', callable: 'job', args: [] }
    await gator.backend.push('all', 'two', JSON.stringify(wire))
    await expect(drain(gator)).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
  })

  test('ends when tasks make tasks for ever', async () => {
    const gator = testGator()
    makeMore.gator = gator
    await gator.task(makeMore, 'for ever')
    await expect(drain(gator, { limit: 50 })).rejects.toThrow('After 50 attempts')
  })

  test('drains any gator', async () => {
    await using gator = new Gator('locmem://', { queueName: 'mine' })
    await gator.task(add, 2, 2)
    expect((await drain(gator))[0]?.result).toBe(4)
  })
})

describe('queued', () => {
  test('gives what waits, and then what is delayed', async () => {
    const gator = testGator({ start: 0 })
    await gator.options({ delayBy: 90 }).task(add, 1, 1)
    await gator.task(greet, 'Ann')
    const [first, second] = await queued(gator)
    expect(first).toMatchObject({ func: greet, funcArgs: ['Ann'] })
    expect(second).toMatchObject({ func: add, delayUntil: 90 })
  })

  test('gives more than one page', async () => {
    const gator = testGator()
    await gator.taskMany(
      add,
      Array.from({ length: 250 }, (_, n) => [n, n]),
    )
    expect(await queued(gator)).toHaveLength(250)
  })
})

describe('assertQueued', () => {
  test('gives the task, by its function, or by its arguments too', async () => {
    const gator = testGator()
    await gator.options({ retries: 3 }).task(greet, 'Ann')
    await gator.task(greet, 'Bob')
    expect((await assertQueued(gator, greet)).retries).toBe(3)
    expect((await assertQueued(gator, greet, ['Bob'])).retries).toBe(0)
  })

  test('compares arguments as a worker gets them', async () => {
    const gator = testGator()
    await gator.task(greet, 'Ann', undefined)
    await expect(assertQueued(gator, greet, ['Ann'])).resolves.toBeInstanceOf(Task)
    await expect(assertQueued(gator, greet, ['Ann', undefined])).resolves.toBeInstanceOf(Task)
  })

  test('says what is there instead', async () => {
    const gator = testGator({ start: 0 })
    await gator.task(greet, 'Ann')
    await gator.options({ delayBy: 60 }).task(add, 1, 2)
    const failing = assertQueued(gator, greet, ['Bob'])
    await expect(failing).rejects.toMatchObject({ code: 'ERR_ASSERTION', actual: ['Ann'], expected: ['Bob'] })
    await expect(failing).rejects.toThrow(
      [
        `greet('Bob') is not on queue "all". There are:`,
        `  greet('Ann')`,
        `  add(1, 2), not before 1970-01-01T00:01:00.000Z`,
      ].join('\n'),
    )
    await drain(gator)
    await gator.clock.advance(60)
    await drain(gator)
    await expect(assertQueued(gator, greet)).rejects.toThrow(
      'greet() is not on queue "all". The queue is empty.',
    )
  })

  test('lists twenty at most', async () => {
    const gator = testGator()
    await gator.taskMany(
      add,
      Array.from({ length: 25 }, (_, n) => [n, n]),
    )
    await expect(assertQueued(gator, greet)).rejects.toThrow('and 5 more')
  })
})

describe('assertNotQueued', () => {
  test('asserts the contrary', async () => {
    const gator = testGator()
    await gator.task(greet, 'Ann')
    await assertNotQueued(gator, greet, ['Bob'])
    await assertNotQueued(gator, add)
    await expect(assertNotQueued(gator, greet)).rejects.toThrow(`greet('Ann') is on queue "all".`)
  })
})

describe('testGator', () => {
  test('runs tasks in the call that would have queued them, when inline', async () => {
    const gator = testGator({ inline: true })
    const task = await gator.options({ retries: 1 }).task(failFirst, 'Ann')
    expect(task.result).toBe('Ann on try 2')
    expect(await gator.len()).toBe(0)
  })

  test('keeps a task class of the app', async () => {
    class LoudTask extends Task {
      readonly isLoud = true
    }
    const gator = testGator({ taskClass: LoudTask, inline: true })
    expect(await gator.task(add, 1, 1)).toMatchObject({ isLoud: true, result: 2 })
  })

  test('has a store and a clock of its own', async () => {
    const [one, other] = [testGator(), testGator()]
    await one.options({ delayBy: 1 }).task(greet, 'Ann')
    await other.clock.advance('1d')
    expect(await other.len()).toBe(0)
    expect(statuses(await queued(one))).toEqual([DELAYED])
    expect(await drain(one)).toEqual([])
  })
})
