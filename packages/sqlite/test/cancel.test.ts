import { Gator, Worker, silentLogger } from '@alligator/core'
import { until } from '@alligator/testbed'
import { SqliteClient } from '../src/index.js'
import { Actor, Folder } from './processes.js'
import { calls, untilAborted } from './tasks.js'

const QUEUE = 'work'
let folder: Folder

beforeEach(() => {
  folder = new Folder()
  calls.splice(0)
})
afterEach(() => folder.remove())

const called = (count: number) => until(() => calls.length >= count)

test('another process hears that what it holds was canceled', async () => {
  const client = new SqliteClient(folder.dsn())
  for (const id of ['one', 'two', 'three']) await client.push(QUEUE, id, id)
  const worker = await new Actor('hold', folder.dsn(), 2).ready()
  worker.start()
  await worker.tells('holds', 'one,two')
  expect(await client.cancellation.cancel(QUEUE, 'three')).toEqual({ data: 'three', wasRunning: false })
  expect(await client.cancellation.cancel(QUEUE, 'two')).toEqual({ data: 'two', wasRunning: true })
  await worker.tells('lost', 'two')
  await worker.done()
  await client.close()
})

test.each([
  ['canceled by another client of the file', 'TASK_CANCELED', (id: string, by: Gator) => by.cancel(id)],
  ['dropped with its queue', 'TASK_GONE', (_id: string, by: Gator) => by.backend.dropAll('all')],
])('a worker stops what is %s long before its heartbeat', async (_how, reason, end) => {
  await using gator = new Gator(new SqliteClient(folder.dsn()))
  await using other = new Gator(new SqliteClient(folder.dsn()))
  const { taskId } = await other.task(untilAborted)
  const worker = new Worker(gator, { lease: '1h', logger: silentLogger() })
  const ended = worker.runForever()
  await called(1)
  await end(taskId, other)
  await called(2)
  worker.stop()
  await ended
  expect(calls).toEqual(['starts', reason])
})

test('a worker on a database in memory hears of what its own client cancels', async () => {
  await using gator = new Gator(new SqliteClient('sqlite://:memory:'))
  const { taskId } = await gator.task(untilAborted)
  const worker = new Worker(gator, { lease: '1h', logger: silentLogger() })
  const ended = worker.runForever()
  await called(1)
  expect(await gator.cancel(taskId)).toMatchObject({ wasRunning: true })
  await called(2)
  worker.stop()
  await ended
})
