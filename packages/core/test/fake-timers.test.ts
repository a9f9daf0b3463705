import { Gator, Worker, silentLogger } from '../src/index.js'
import { drain, testGator } from '../src/testing.js'
import { calls, greet } from './testing-tasks.js'

// Those of jest stand for all: they take the place of Date, process.nextTick and queueMicrotask, too.
beforeEach(() => {
  calls.splice(0)
  jest.useFakeTimers()
})
afterEach(() => jest.useRealTimers())

test('the clock of a test moves on while a test runner holds the timers', async () => {
  const gator = testGator()
  await gator.options({ delayBy: '1h' }).task(greet, 'Ann')
  await gator.clock.advance('1h')
  expect(await drain(gator)).toHaveLength(1)
  expect(calls).toEqual(['greet Ann'])
})

test('a worker runs what is due, and what is due in a moment, and stops', async () => {
  await using gator = new Gator('locmem://')
  const worker = new Worker(gator, { concurrency: 2, maxTasks: 3, logger: silentLogger() })
  const ended = worker.runForever()
  await gator.options({ delayBy: 0.02 }).task(greet, 'later')
  await gator.task(greet, 'Ann')
  await gator.task(greet, 'Bob')
  await ended
  // On a busy machine the pause of the last one may be over before the first begins.
  expect(calls.toSorted()).toEqual(['greet Ann', 'greet Bob', 'greet later'])
})

test('a task beyond its timeout is given up', async () => {
  const gator = new Gator('locmem://')
  const never = gator
    .options({ isAsync: false, timeout: 0.02 })
    .task(() => new Promise<never>(() => undefined))
  await expect(never).rejects.toMatchObject({ code: 'TASK_TIMEOUT' })
})
