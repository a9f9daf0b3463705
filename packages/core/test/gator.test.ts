import { Gator, RETRYING, SUCCESS, silentLogger, Worker } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { add, calls, failFirst } from './tasks.js'

beforeEach(() => calls.splice(0))

test('a task goes onto the queue and runs when it is popped', async () => {
  await using gator = new Gator('locmem://')
  const queued = await gator.task(add, 1, 2)
  expect(await gator.len()).toBe(1)
  const done = await gator.pop()
  expect(done?.taskId).toBe(queued.taskId)
  expect(done?.status).toBe(SUCCESS)
  expect(done?.result).toBe(3)
  expect(await gator.len()).toBe(0)
})

test('a failed task comes back after a pause', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  await gator.options({ retries: 1, backoff: '10s' }).task(failFirst, 'a')
  expect((await gator.pop())?.status).toBe(RETRYING)
  expect(await gator.pop()).toBeUndefined()
  await clock.advance('10s')
  expect((await gator.pop())?.result).toBe('a on try 2')
})

test('a worker in a burst runs all that is due', async () => {
  await using gator = new Gator('locmem://')
  await gator.taskMany(add, [
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  const worker = new Worker(gator, { burst: true, logger: silentLogger() })
  await worker.runForever()
  expect(worker.tasksComplete).toBe(3)
  expect(calls).toEqual(['add 1 2', 'add 3 4', 'add 5 6'])
})
