import { join } from 'node:path'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { type Server, startBeanstalk } from '@alligator/testbed'
import '../src/index.js'
import { done, note, stumble } from './tasks.js'

let server: Server
let gator: Gator

beforeEach(async () => {
  server = await startBeanstalk()
  gator = new Gator(server.dsn, { root: join(__dirname, '..') })
  done.length = 0
})

afterEach(async () => {
  await gator.close()
  await server.close()
})

/** Runs so many tries. */
const work = (maxTasks: number) => new Worker(gator, { maxTasks, logger: silentLogger() }).runForever()

it('runs, cancels and counts tasks by the id that the server gave', async () => {
  const [one, two] = [await gator.task(note, 'one'), await gator.task(note, 'two')]
  expect([one.taskId, two.taskId]).toEqual(['1', '2'])
  expect(await gator.len()).toBe(2)
  expect(await gator.get(two.taskId)).toMatchObject({ result: 'two' })
  expect(await gator.cancel(one.taskId)).toMatchObject({ status: 5 })
  expect(await gator.cancel(one.taskId)).toBeUndefined()
  expect([done, await gator.len()]).toEqual([['two'], 0])
})

it('tries a task again as often as it may, and then keeps it as a dead letter', async () => {
  await gator.options({ retries: 2, backoff: 0.1 }).task(stumble, 'late', 3)
  await gator.options({ retries: 1, backoff: 0.1 }).task(stumble, 'never', 9)
  await work(5)
  expect(done.toSorted((a, b) => a.localeCompare(b))).toEqual(['late', 'late', 'late', 'never', 'never'])
  expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  expect(await gator.backend.deadLetters?.kick('all')).toBe(1)
  await work(1)
  expect(done).toHaveLength(6)
})

it('runs what was enqueued before the server was killed', async () => {
  await gator.taskMany(note, [['one'], ['two'], ['three']])
  await server.stop('SIGKILL')
  const working = work(3)
  await server.start()
  await working
  expect(done.toSorted((a, b) => a.localeCompare(b))).toEqual(['one', 'three', 'two'])
})

it('refuses a task that depends on others: one that is retried has another id', async () => {
  const one = await gator.task(note, 'one')
  await expect(gator.options({ dependsOn: [one.taskId] }).task(note, 'two')).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
  })
})

it('makes a dead letter of a task that is too large to be tried again, instead of running it for ever', async () => {
  const small = await startBeanstalk({ flags: ['-z', '1000'] })
  const narrow = new Gator(small.dsn, { root: join(__dirname, '..') })
  const options = { retries: 3, backoff: 0 }
  const { taskId } = await narrow.options(options).task(stumble, '', 9)
  const size = String(await narrow.backend.byId?.remove('all', taskId)).length
  // To write that it is tried for the second time takes room.
  await narrow.options(options).task(stumble, 'x'.repeat(999 - size), 9)
  const worker = new Worker(narrow, { maxTasks: 1, logger: silentLogger() })
  const ends: unknown[] = []
  worker.on('task:dead', ({ error }) => ends.push(error))
  await worker.runForever()
  expect(ends).toMatchObject([{ code: 'PAYLOAD_TOO_LARGE' }])
  expect(await narrow.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  await narrow.close()
  await small.close()
})
