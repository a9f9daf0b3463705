import { Gator, LocmemClient, StoreUnavailableError, Worker, silentLogger } from '../src/index.js'
import { observed, turn } from './observed.js'
import { add, calls, waitAtGate } from './tasks.js'

beforeEach(() => (calls.length = 0))

const SECRET = 'a secret that is long enough to be one'

test('from when a function is paused no worker begins it, and a resume brings back all that was put aside', async () => {
  const gators = [1, 2].map(() => new Gator('locmem://task-pauses', { secret: SECRET, encrypt: true }))
  const [gator = new Gator('locmem://')] = gators
  const workers = gators.map((one) => observed(one, { concurrency: 2 }))
  const ended = workers.map(({ worker }) => worker.runForever())
  const sums = Array.from({ length: 20 }, (_, at) => [at, 0] as const)
  // So that both have looked, and know of no pause.
  await gator.taskMany(add, sums)
  while (calls.length < 20) await turn()
  await gator.pause({ task: add, reason: 'wrong sums' })
  await gator.taskMany(add, sums)
  await gator.task(waitAtGate, 'another function')
  while ((await gator.backend.counts('all')).delayed < 20) await turn()
  while (calls.length < 21) await turn()
  expect(calls.at(-1)).toBe('waitAtGate another function')
  expect(await gator.pausedTasks()).toEqual([
    { task: 'packages/core/test/tasks#add', since: expect.any(Number) as number, reason: 'wrong sums' },
  ])
  const told = workers.flatMap(({ events }) => events.filter(({ type }) => type === 'worker:paused'))
  expect(told[0]).toMatchObject({ queue: 'all', task: 'packages/core/test/tasks#add', reason: 'wrong sums' })
  expect(told.length).toBeLessThanOrEqual(2)
  expect(await gator.resume({ task: add })).toBe(true)
  while (calls.length < 41) await turn()
  for (const { worker } of workers) worker.stop()
  await Promise.all(ended)
  expect(await gator.pausedTasks()).toEqual([])
  await Promise.all(gators.map((one) => one.close()))
})

test('while nobody can tell what is paused nothing is begun, and what was taken goes back as it was', async () => {
  const backend = new LocmemClient('locmem://')
  const gator = new Gator(backend)
  const { taskId } = await gator.task(add, 1, 2)
  const get = jest.spyOn(backend.state, 'get')
  get.mockRejectedValue(new StoreUnavailableError('locmem://', 'it is away', 'Wait.'))
  await expect(new Worker(gator, { logger: silentLogger() }).checkAndRunTask()).rejects.toThrow('it is away')
  expect(calls).toEqual([])
  get.mockRestore()
  const delivery = await backend.byId.reserve('all', taskId, 30)
  expect(delivery?.deliveries).toBe(1)
  await gator.close()
})

test('what somebody else was given while the store took long to tell what is paused is not begun', async () => {
  const backend = new LocmemClient('locmem://')
  const gator = new Gator(backend)
  const { taskId } = await gator.task(add, 1, 2)
  const ids: (string | undefined)[] = []
  jest.spyOn(backend.state, 'get').mockImplementation(async () => {
    for (let other; other === undefined; await turn()) {
      other = await backend.byId.reserve('all', taskId, 30)
      ids.push(other?.taskId)
    }
    return undefined
  })
  expect(await new Worker(gator, { lease: 1, logger: silentLogger() }).checkAndRunTask()).toBe(false)
  expect([ids.at(-1), calls]).toEqual([taskId, []])
  await gator.close()
})

test('what cannot be paused is refused', async () => {
  const gator = new Gator('locmem://')
  for (const task of ['', 'x'.repeat(501), 1, null])
    await expect(gator.pause({ task: task as string })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(gator.pause({ task: () => 1 })).rejects.toMatchObject({ code: 'UNREFERENCEABLE_FUNCTION' })
  await expect(gator.pause({ task: add, for: 0.5 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await gator.backend.state?.put('paused-tasks:all', '[1, null, {"task": "add"}, {"task": "x", "since": {}}]')
  expect(await gator.pausedTasks()).toEqual([])
  await gator.backend.state?.put('paused-tasks:all', 'no JSON')
  expect(await gator.pausedTasks()).toEqual([])
  await gator.close()
})
