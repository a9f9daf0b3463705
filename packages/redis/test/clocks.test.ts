import { systemClock } from '@alligator/core'
import { type Server, startRedis } from '@alligator/testbed'
import { RedisClient } from '../src/index.js'

const HOUR = 3600
let server: Server

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

it.each([-HOUR, 0, HOUR])('ends no delay early by a clock that is %d s ahead', async (ahead) => {
  const now = () => systemClock.now() + ahead
  const client = new RedisClient(server.dsn, { clock: { ...systemClock, now } })
  const queue = `ahead-${ahead}`
  await client.pushMany(queue, [
    { taskId: 'delayed', data: 'a', delayUntil: now() + 60 },
    { taskId: 'due', data: 'b' },
  ])
  const [due] = await client.reserve([queue], { lease: 30, limit: 2 })
  expect(due?.taskId).toBe('due')
  if (due) await client.release(due, { data: 'c', delayUntil: now() + 60 })
  expect(await client.counts(queue)).toEqual({ waiting: 0, delayed: 2, running: 0, dead: 0 })
  const { tasks } = await client.listing.list(queue, 'delayed')
  for (const { until = 0 } of tasks) expect(until).toBeGreaterThanOrEqual(systemClock.now() + 50)
  expect(new Set(tasks.map(({ data }) => data))).toEqual(new Set(['a', 'c']))
  await client.close()
})
