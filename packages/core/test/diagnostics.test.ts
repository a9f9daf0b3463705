import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { type EnqueueTrace, Gator, type RunTrace, currentTask, registerTasks } from '../src/index.js'
import { Chain } from '../src/middleware/chain.js'
import { workOff } from './sealed.js'
import { add, alwaysFail, calls } from './tasks.js'

const enqueueing = tracingChannel<unknown, EnqueueTrace>('alligator:enqueue')
const running = tracingChannel<unknown, RunTrace>('alligator:run')
const STAGES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

beforeEach(() => calls.splice(0))

/** Notes each message with its stage, until it is disposed of. */
function listen<T extends object>(channel: ReturnType<typeof tracingChannel<unknown, T>>) {
  const heard: [stage: string, message: T][] = []
  const hear = (stage: string) => (message: object) => void heard.push([stage, message as T])
  const [start, end, asyncStart, asyncEnd, error] = STAGES.map(hear)
  if (!start || !end || !asyncStart || !asyncEnd || !error) throw new Error('a stage is missing')
  const subscribers = { start, end, asyncStart, asyncEnd, error }
  channel.subscribe(subscribers)
  const stages = () => heard.map(([stage]) => stage)
  return { heard, stages, [Symbol.dispose]: () => channel.unsubscribe(subscribers) }
}

describe('alligator:enqueue', () => {
  test('tells of a call that puts tasks on a queue, with one message from its start to its end', async () => {
    await using gator = new Gator('locmem://', { queueName: 'mails' })
    using ear = listen(enqueueing)
    const tasks = await gator.taskMany(add, [
      [1, 1],
      [2, 2],
    ])
    expect(ear.stages()).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(new Set(ear.heard.map(([, message]) => message)).size).toBe(1)
    expect(ear.heard[0]?.[1]).toEqual({ tasks, queue: 'mails', result: tasks })
  })

  test('tells of what went wrong, also before the store was asked', async () => {
    await using gator = new Gator('locmem://', { maxPayload: 500 })
    using ear = listen(enqueueing)
    await expect(gator.task(alwaysFail, 'x'.repeat(500))).rejects.toThrow('500')
    expect(ear.heard.find(([stage]) => stage === 'error')?.[1]).toMatchObject({
      error: { code: 'PAYLOAD_TOO_LARGE' },
    })
  })

  test('is outside of middleware, and may add headers before it', async () => {
    await using gator = new Gator('locmem://')
    gator.use({
      enqueue(tasks, next) {
        calls.push(`middleware sees ${tasks[0]?.headers['trace']}`)
        return next([])
      },
    })
    using ear = listen(enqueueing)
    const mark = (message: unknown) => {
      for (const task of (message as EnqueueTrace).tasks) task.headers = { trace: 'a' }
    }
    enqueueing.start.subscribe(mark)
    await gator.task(add, 1, 2)
    enqueueing.start.unsubscribe(mark)
    expect(calls).toEqual(['middleware sees a'])
    expect(ear.heard.at(-1)?.[1]).toMatchObject({ tasks: [{ headers: { trace: 'a' } }], result: [] })
  })
})

describe('alligator:run', () => {
  test('tells of each try, of its result, and of its error', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(add, 1, 2)
    await gator.options({ retries: 1, backoff: 0 }).task(alwaysFail, 'no way')
    using ear = listen(running)
    await workOff(gator)
    const ends = ear.heard.filter(([stage]) => stage === 'asyncEnd')
    expect(ends.map(([, { task, result, error }]) => [task.func?.name, result ?? String(error)])).toEqual([
      ['add', 3],
      ['alwaysFail', 'Error: no way'],
      ['alwaysFail', 'Error: no way'],
    ])
    expect(ear.stages().filter((stage) => stage === 'error')).toHaveLength(2)
    expect(ends.every(([, { task }]) => task.queue === 'all')).toBe(true)
  })

  test('gives the function the context that a subscriber binds to its start', async () => {
    await using gator = new Gator('locmem://')
    const spans = new AsyncLocalStorage<string>()
    const span = (): string => `${spans.getStore()} in ${currentTask()?.taskId}`
    registerTasks('diagnostics', { span })
    running.start.bindStore(spans as AsyncLocalStorage<unknown>, ({ task }) => `span of ${task.taskId}`)
    const { taskId } = await gator.task(span)
    expect((await gator.pop())?.result).toBe(`span of ${taskId} in ${taskId}`)
    running.start.unbindStore(spans as AsyncLocalStorage<unknown>)
  })

  test('is outside of middleware', async () => {
    await using gator = new Gator('locmem://')
    gator.use({ run: () => Promise.reject(new Error('not today')) })
    await gator.task(add, 1, 2)
    using ear = listen(running)
    await expect(gator.pop()).rejects.toThrow('not today')
    expect(ear.heard.at(-1)?.[1]).toMatchObject({ error: { message: 'not today' } })
  })
})

test('while nobody listens there is nothing on the way', async () => {
  await using gator = new Gator('locmem://')
  const chain = new Chain()
  const steps = () => [chain.enqueue, chain.run, gator.context.run]
  {
    using _ears = listen(enqueueing)
    expect(steps()).toEqual([expect.any(Function), undefined, undefined])
  }
  {
    using _ears = listen(running)
    expect(steps()).toEqual([undefined, expect.any(Function), expect.any(Function)])
  }
  expect(steps()).toEqual([undefined, undefined, undefined])
})
