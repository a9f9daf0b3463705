import { type Duration, Gator, Worker, silentLogger } from '@alligator/core'
import { type Server, startRedis, until } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'
import { aborted, untilAborted } from './tasks.js'

let server: Server
let redis: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.port)
})

beforeEach(() => aborted.splice(0))
afterEach(() => redis.flushall())

afterAll(async () => {
  redis.disconnect()
  await server.close()
})

/** Lets something happen to a task while a worker runs it, and until its signal has aborted. */
async function interrupt(
  lease: Duration,
  reason: 'TASK_CANCELED' | 'TASK_GONE',
  happen: (elsewhere: Gator, taskId: string) => unknown,
): Promise<void> {
  await using gator = new Gator(new RedisClient(server.dsn))
  await using elsewhere = new Gator(new RedisClient(server.dsn))
  const { taskId } = await elsewhere.options({ retries: 3 }).task(untilAborted)
  const worker = new Worker(gator, { lease, logger: silentLogger() })
  const events: string[] = []
  worker.on('*', ({ type }) => void events.push(type))
  const ended = worker.runForever()
  await until(() => aborted.length === 1)
  await happen(elsewhere, taskId)
  await until(() => aborted[0] !== undefined)
  worker.stop()
  await ended
  expect(aborted).toEqual([reason])
  expect(events).toContain(reason === 'TASK_GONE' ? 'task:lost' : 'task:canceled')
  const keys = await redis.keys('*')
  expect(keys.filter((key) => !/:(ended$|gone$|pushed:|removed:|tallies:)/.test(key))).toEqual([])
}

it('is heard of at once by the worker that runs the task, whatever the length of its lease', async () => {
  await interrupt('1h', 'TASK_CANCELED', async (elsewhere, taskId) => {
    expect(await elsewhere.cancel(taskId)).toMatchObject({ taskId, wasRunning: true })
  })
})

it('is heard of when the connection is back that was lost at that moment', async () => {
  await interrupt('1h', 'TASK_CANCELED', async (elsewhere, taskId) => {
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    expect(await elsewhere.cancel(taskId)).toMatchObject({ wasRunning: true })
  })
})

it('is not what the heartbeat finds where the queue was dropped, or the store has lost what it held', async () => {
  await interrupt('1s', 'TASK_GONE', async (elsewhere, taskId) => {
    await elsewhere.backend.dropAll('all')
    expect(await elsewhere.cancel(taskId)).toBeUndefined()
  })
  aborted.splice(0)
  await interrupt('1s', 'TASK_GONE', () => redis.flushall())
})
