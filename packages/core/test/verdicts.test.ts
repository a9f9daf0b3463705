import {
  DELAYED,
  FAILED,
  Gator,
  GiveUp,
  InvalidOptionError,
  RETRYING,
  RetryIn,
  SUCCESS,
  Snooze,
  Task,
  Worker,
  need,
  silentLogger,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { calls, giveUp, giveUpInHook, noteError, retryIn, snooze, snoozeOnStart } from './tasks.js'

beforeEach(() => calls.splice(0))

async function withClock(step: (gator: Gator, clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  await step(gator, clock)
}

describe('RetryIn', () => {
  test('charges a retry and sets the pause, whatever the backoff is', async () => {
    await withClock(async (gator, clock) => {
      await gator.options({ retries: 1, backoff: '1d', onError: noteError }).task(retryIn, '30s')
      expect(await gator.pop()).toMatchObject({ status: RETRYING, retries: 0, attempt: 2 })
      await clock.advance('29.9s')
      expect(await gator.pop()).toBeUndefined()
      await clock.advance('0.1s')
      await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED', cause: { code: 'RETRY_IN' } })
      expect(calls.filter((call) => call.startsWith('error'))).toHaveLength(2)
      expect((await gator.backend.counts('all')).dead).toBe(1)
    })
  })

  test('without a queue runs again at once, and throws when no retry is left', async () => {
    const task = new Task({ isAsync: false, retries: 2 })
    await expect(new Gator('locmem://').push(task, retryIn, '1h')).rejects.toMatchObject({ code: 'RETRY_IN' })
    expect(calls).toHaveLength(3)
    expect(task.status).toBe(FAILED)
  })
})

describe('Snooze', () => {
  test('delays the task as often as it says so: no try charged, onError not called', async () => {
    await withClock(async (gator, clock) => {
      const { taskId } = await gator.options({ onError: noteError }).task(snooze, '1h', 3)
      for (const _ of [1, 2, 3]) {
        expect(await gator.pop()).toMatchObject({ status: DELAYED, attempt: 1, retries: 0 })
        expect(await gator.pop()).toBeUndefined()
        await clock.advance('1h')
      }
      expect(await gator.pop()).toMatchObject({ taskId, status: SUCCESS })
      expect(calls.filter((call) => call.startsWith('error'))).toEqual([])
    })
  })

  test('is an event of its own in a worker, and counts as a try that it made', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(snooze, '1h', 1)
    const worker = new Worker(gator, { burst: true, logger: silentLogger() })
    const snoozed: unknown[] = []
    worker.on('task:snoozed', (event) => snoozed.push(event))
    await worker.runForever()
    expect(snoozed).toMatchObject([{ pause: 3600, error: { code: 'SNOOZE' } }])
    expect(worker.tasksComplete).toBe(1)
    expect(await gator.backend.counts('all')).toMatchObject({ delayed: 1, waiting: 0, dead: 0 })
  })

  test('from onStart keeps the function from being called', async () => {
    await withClock(async (gator) => {
      await gator.options({ onStart: snoozeOnStart }).task(snooze, '1h', 1)
      expect(await gator.pop()).toMatchObject({ status: DELAYED })
      expect(calls).toEqual(['onStart'])
    })
  })

  test('is thrown to the caller where there is no queue to wait on', async () => {
    await using gator = new Gator('locmem://')
    const options = gator.options({ isAsync: false, retries: 5, onError: noteError })
    await expect(options.task(snooze, '1h', 1)).rejects.toMatchObject({ code: 'SNOOZE', seconds: 3600 })
    expect(calls).toEqual(['snooze'])
  })

  test('puts a task in hand on the queue', async () => {
    await withClock(async (gator, clock) => {
      const task = new Task<string>().toCall(snooze, '1m', 1)
      expect((await gator.execute(task)).status).toBe(DELAYED)
      expect(await gator.pop()).toBeUndefined()
      await clock.advance('1m')
      expect(await gator.pop()).toMatchObject({ status: SUCCESS, attempt: 1 })
    })
  })
})

describe('GiveUp', () => {
  test('makes a dead letter at once, whatever retries are left', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ retries: 9, onError: noteError }).task(giveUp, 'no user 7')
    await expect(gator.pop()).rejects.toMatchObject({ cause: { code: 'GIVE_UP', message: 'no user 7' } })
    expect(calls).toEqual(['giveUp', 'error GIVE_UP'])
    const { tasks } = await need(gator.backend, 'listing', 'this test').list('all', 'dead')
    expect(tasks[0]?.reason).toMatchObject({ code: 'GIVE_UP', message: 'no user 7', attempt: 1 })
  })

  test('from onError counts in place of the error of the function', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ retries: 9, onError: giveUpInHook }).task(retryIn, '1s')
    await expect(gator.pop()).rejects.toMatchObject({ cause: { code: 'GIVE_UP' } })
  })

  test('without a queue ends the tries', async () => {
    await using gator = new Gator('locmem://')
    await expect(gator.options({ isAsync: false, retries: 9 }).task(giveUp, 'no')).rejects.toThrow('no')
    expect(calls).toEqual(['giveUp'])
  })
})

test('verdicts name a bad pause, keep their cause, and are known by their code alone', () => {
  expect(() => new RetryIn('soon' as '1s')).toThrow(InvalidOptionError)
  expect(() => new Snooze(-1)).toThrow(/RetryIn|Snooze/)
  const cause = new Error('503')
  expect(new RetryIn('5s', { cause })).toMatchObject({ cause, seconds: 5, code: 'RETRY_IN' })
  expect(new RetryIn(5, { cause }).message).toBe('The task asks for its next attempt in 5 s: 503.')
  expect(new GiveUp('gone', { cause })).toMatchObject({ cause, message: 'gone' })
})

test('an error of somebody else with such a code, but no pause, is an error like others', async () => {
  await using gator = new Gator('locmem://')
  const foreign = Object.assign(new Error('mine'), { code: 'SNOOZE', seconds: 'many' })
  const task = new Task({ retries: 0 })
  task.toCall(giveUp, '')
  task.func = () => {
    throw foreign
  }
  await expect(gator.execute(task)).rejects.toBe(foreign)
  expect(task.status).toBe(FAILED)
})
