import {
  Gator,
  type Payload,
  RETRYING,
  SUCCESS,
  Task,
  Worker,
  currentTask,
  silentLogger,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import { noting } from './noting.js'
import { observed, turn } from './observed.js'
import { ZippedTask, workOff } from './sealed.js'
import { add, alwaysFail, calls, failFirst, ignoreSignal, logError, logStart, logSuccess } from './tasks.js'

beforeEach(() => calls.splice(0))

describe('around running', () => {
  const ways: readonly [string, (gator: Gator, taskId: string) => Promise<unknown>][] = [
    ['pop', (gator) => gator.pop()],
    ['get', (gator, taskId) => gator.get(taskId)],
    ['a worker', workOff],
    ['checkAndRunTask', (gator) => new Worker(gator, { logger: silentLogger() }).checkAndRunTask()],
  ]

  test.each(ways)(
    '%s: the first is the outermost, hooks are outside, currentTask() is inside',
    async (_, run) => {
      await using gator = new Gator('locmem://')
      gator.use({
        run: (task, next) => {
          calls.push(`is ${currentTask() === task && task.queue}`)
          return next()
        },
      })
      gator.use(noting('a')).use(noting('b'))
      const hooks = { onStart: logStart, onSuccess: logSuccess }
      const { taskId } = await gator.options(hooks).task(add, 1, 2)
      calls.splice(0)
      await run(gator, taskId)
      expect(calls).toEqual([
        'start add try 1',
        'is all',
        'a runs add',
        'b runs add',
        'add 1 2',
        'b ends',
        'a ends',
        'success 3',
      ])
    },
  )

  test('execute runs it too, for a task in hand', async () => {
    await using gator = new Gator('locmem://')
    gator.use(noting('a'))
    expect((await gator.execute(new Task().toCall(add, 1, 2))).result).toBe(3)
    expect(calls).toEqual(['a runs add', 'add 1 2', 'a ends'])
  })

  test('the tasks of a class that reads them in its own way have it too', async () => {
    class OwnTask extends ZippedTask {
      static override async deserialize(data: Payload): Promise<Task> {
        return super.deserialize(data)
      }
    }
    await using gator = new Gator('locmem://', { taskClass: OwnTask })
    await gator.task(add, 1, 2)
    gator.use(noting('a'))
    await gator.pop()
    expect(calls).toEqual(['a runs add', 'add 1 2', 'a ends'])
  })

  test('what it gives is the result', async () => {
    await using gator = new Gator('locmem://')
    // @ts-expect-error: the compiler cannot know that the function gives a number.
    gator.use({ run: async (_task, next) => Number(await next()) * 10 })
    await gator.options({ onSuccess: logSuccess }).task(add, 1, 2)
    expect((await gator.pop())?.result).toBe(30)
    expect(calls).toEqual(['add 1 2', 'success 30'])
  })

  test.each(['at once', 'later'])(
    'what it throws %s fails the try, as an error of the function does',
    async (when) => {
      await using gator = new Gator('locmem://')
      gator.use({
        run(task, next) {
          if (task.attempt > 1) return next()
          if (when === 'at once') throw new Error('not this time')
          return turn().then(() => Promise.reject(new Error('not this time')))
        },
      })
      await gator.options({ retries: 1, backoff: 0, onError: logError }).task(add, 1, 2)
      expect((await gator.pop())?.status).toBe(RETRYING)
      expect((await gator.pop())?.status).toBe(SUCCESS)
      expect(calls).toEqual(['error not this time', 'add 1 2'])
    },
  )

  test('it sees what the function throws, also at once, and may turn it into a result', async () => {
    await using gator = new Gator('locmem://')
    const seen: unknown[] = []
    gator.use({
      // @ts-expect-error: nor that it gives text.
      run: (_task, next) =>
        next().catch((error: Error) => {
          seen.push(error.message)
          return 'mended'
        }),
    })
    await gator.task(alwaysFail, 'no way')
    expect(await gator.pop()).toMatchObject({ status: SUCCESS, result: 'mended' })
    expect(seen).toEqual(['no way'])
  })

  test('it is outside of the timeout: it may take its time, and sees that the time is over', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const before = makeGate('before')
    const gate = makeGate('deaf')
    const seen: unknown[] = []
    gator.use({
      async run(_task, next) {
        await ignoreSignal('before')
        return next().catch((error: { code?: string }) => {
          seen.push(error.code)
          throw error
        })
      },
    })
    await gator.options({ timeout: '5s' }).task(ignoreSignal, 'deaf')
    const { worker, types, next } = observed(gator)
    const timeout = next('task:timeout')
    const late = next('task:late')
    const ended = worker.runForever()
    await before.reached
    await clock.advance('6s')
    expect(seen).toEqual([])
    before.open()
    await gate.reached
    await clock.advance('5s')
    await timeout
    expect(seen).toEqual(['TASK_TIMEOUT'])
    gate.open()
    await late
    worker.stop()
    await ended
    expect(types().slice(1, 5)).toEqual(['task:start', 'task:dead', 'task:timeout', 'task:late'])
  })

  test('a task that was canceled before it calls next is not run', async () => {
    await using gator = new Gator('locmem://')
    const before = makeGate('before')
    const left: unknown[] = []
    gator.use({
      async run(_task, next) {
        await ignoreSignal('before')
        return next().catch((error: { code?: string }) => {
          left.push(error.code)
          throw error
        })
      },
    })
    const { taskId } = await gator.options({ onError: logError }).task(add, 1, 2)
    const { worker, next } = observed(gator)
    const canceled = next('task:canceled')
    const ended = worker.runForever()
    await before.reached
    await gator.cancel(taskId)
    await canceled
    before.open()
    while (left.length === 0) await turn()
    worker.stop()
    await ended
    expect(left).toEqual(['TASK_CANCELED'])
    expect(calls).toEqual(['waitAtGate before'])
  })

  test('each try is run through it', async () => {
    await using gator = new Gator('locmem://')
    gator.use(noting('a'))
    await gator.options({ retries: 1, isAsync: false }).task(failFirst, 'x')
    expect(calls.filter((call) => call === 'a runs failFirst')).toHaveLength(2)
  })
})
