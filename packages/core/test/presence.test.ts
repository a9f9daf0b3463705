import { readWorkerInfo } from '../src/backend.js'
import { Gator, LocmemClient, Worker, type WorkerInfo, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import { waitAtGate } from './tasks.js'

/** A store that can be away, and says what it was asked. */
class MoodyClient extends LocmemClient {
  readonly asked: string[] = []
  /** What it does instead of answering. */
  mood: (() => Promise<void>) | undefined

  constructor(...args: ConstructorParameters<typeof LocmemClient>) {
    super(...args)
    const { announce, retire } = this.directory
    Object.assign(this.directory, {
      announce: async (worker: WorkerInfo, ttl: number) => {
        this.asked.push('announce')
        await this.mood?.()
        await announce(worker, ttl)
      },
      retire: async (workerId: string) => {
        this.asked.push('retire')
        await this.mood?.()
        await retire(workerId)
      },
    })
  }
}

const away = () => Promise.reject(new Error('The store is away.'))

function setUp(): { clock: VirtualClock; backend: MoodyClient; gator: Gator } {
  const clock = new VirtualClock()
  const backend = new MoodyClient('locmem://', { clock })
  return { clock, backend, gator: new Gator(backend, { clock }) }
}

function makeWorker(gator: Gator): Worker {
  return new Worker(gator, { concurrency: 3, toConsume: ['mail', 'all'], logger: silentLogger() })
}

async function finish(worker: Worker, ended: Promise<void>): Promise<void> {
  worker.stop()
  await ended
}

test('a worker is known from its start to its end, and tells every ten seconds how it is', async () => {
  const { clock, backend, gator } = setUp()
  const startedAt = clock.now()
  const worker = makeWorker(gator)
  const ended = worker.runForever()
  await clock.advance(0)
  const about = { name: worker.ident(), queues: ['mail', 'all'], concurrency: 3, startedAt }
  const [first] = await backend.directory.workers()
  expect(first).toEqual({ ...about, id: first?.id, running: 0, tasksComplete: 0 })
  const gate = makeGate('one')
  await gator.task(waitAtGate, 'one')
  await gate.reached
  await clock.advance(10)
  const task = { queue: 'all', taskId: expect.any(String), name: 'packages/core/test/tasks#waitAtGate' }
  const tasks = [{ ...task, since: expect.any(Number) }]
  expect(await backend.directory.workers()).toEqual([{ ...first, running: 1, tasks }])
  gate.open()
  await clock.advance(10)
  expect(await backend.directory.workers()).toEqual([{ ...first, tasksComplete: 1 }])
  await finish(worker, ended)
  expect(await backend.directory.workers()).toEqual([])
  expect(backend.asked).toEqual(['announce', 'announce', 'announce', 'retire'])
  await clock.advance(60)
  expect(backend.asked).toHaveLength(4)
})

test('two workers of one process are two', async () => {
  const { clock, backend, gator } = setUp()
  const workers = [makeWorker(gator), makeWorker(gator)]
  const ended = workers.map((worker) => worker.runForever())
  await clock.advance(0)
  expect(new Set((await backend.directory.workers()).map(({ id }) => id)).size).toBe(2)
  for (const worker of workers) worker.stop()
  await Promise.all(ended)
})

test('a worker that dies is forgotten within half a minute', async () => {
  const { clock, backend, gator } = setUp()
  const worker = makeWorker(gator)
  const ended = worker.runForever()
  await clock.advance(0)
  backend.mood = away
  await clock.advance(29)
  expect(await backend.directory.workers()).toHaveLength(1)
  await clock.advance(1)
  expect(await backend.directory.workers()).toEqual([])
  await finish(worker, ended)
})

test('a store that is away disturbs nothing, and hears of the worker at the next beat', async () => {
  const { clock, backend, gator } = setUp()
  backend.mood = away
  const worker = makeWorker(gator)
  const events: string[] = []
  worker.on('*', ({ type }) => events.push(type))
  const ended = worker.runForever()
  await clock.advance(10)
  backend.mood = undefined
  expect(await backend.directory.workers()).toEqual([])
  await clock.advance(10)
  expect(await backend.directory.workers()).toHaveLength(1)
  backend.mood = away
  await finish(worker, ended)
  expect(events).toEqual(['worker:start', 'worker:idle', 'worker:stopping', 'worker:stop'])
})

test('a store that does not answer is asked no more meanwhile, and holds up the end for a second at most', async () => {
  const { clock, backend, gator } = setUp()
  let answer = (): void => undefined
  backend.mood = () => new Promise((resolve) => (answer = resolve))
  const worker = makeWorker(gator)
  const ended = worker.runForever()
  await clock.advance(30)
  expect(backend.asked).toEqual(['announce'])
  worker.stop()
  await clock.advance(1)
  await ended
  // The announcement gets through in the end, and must not be the last word.
  backend.mood = undefined
  answer()
  await clock.advance(0)
  expect(backend.asked).toEqual(['announce', 'retire'])
  expect(await backend.directory.workers()).toEqual([])
})

test('a store that knows no workers is not told of any', async () => {
  const { clock, backend } = setUp()
  Object.assign(backend, { directory: undefined })
  const worker = makeWorker(new Gator(backend, { clock }))
  const ended = worker.runForever()
  await clock.advance(60)
  await finish(worker, ended)
  expect(backend.asked).toEqual([])
})

test('a worker tells of no more than the first twenty tasks that it runs, and not what those are whose payloads hide it', async () => {
  const clock = new VirtualClock()
  const backend = new MoodyClient('locmem://', { clock })
  const gator = new Gator(backend, { clock, secret: 'a secret of the test, long enough', encrypt: true })
  const worker = new Worker(gator, { concurrency: 30, logger: silentLogger() })
  const ended = worker.runForever()
  const names = Array.from({ length: 25 }, (_, at) => `many ${at}`)
  const gates = names.map((name) => makeGate(name))
  const taken: string[] = []
  for (const name of names) taken.push((await gator.task(waitAtGate, name)).taskId)
  await Promise.all(gates.map(({ reached }) => reached))
  const now = clock.now()
  await clock.advance(10)
  const [known] = await backend.directory.workers()
  expect(known).toMatchObject({ running: 25 })
  expect(known?.tasks?.map(({ taskId }) => taskId)).toEqual(taken.slice(0, 20))
  expect(known?.tasks?.some(({ name }) => name !== undefined)).toBe(false)
  // Seconds of a virtual clock take none: when it began is told within those that went by on it.
  for (const { since } of known?.tasks ?? []) expect(since).toBeLessThanOrEqual(now + 10)
  for (const gate of gates) gate.open()
  await finish(worker, ended)
})

describe('what a store kept of a worker', () => {
  const info = {
    ...{ id: 'one', name: 'w', queues: ['all'] },
    ...{ concurrency: 3, running: 1, tasksComplete: 2, startedAt: 1.5 },
  }

  test('is read, but for what a later version may have added', () => {
    expect(readWorkerInfo(JSON.stringify({ ...info, more: 1 }))).toEqual(info)
  })

  test('is read without what it did not say in the way of its kind of the tasks that it runs', () => {
    const task = { queue: 'all', taskId: 'a', name: 'm#f', since: 1.5 }
    const odd = [null, 1, {}, { ...task, since: '1' }, { ...task, taskId: 1 }, { queue: 'all', since: 1 }]
    const read = (tasks: unknown) => readWorkerInfo(JSON.stringify({ ...info, tasks }))
    expect(read([...odd, task, { ...task, name: 1, more: 1 }])).toEqual({
      ...info,
      tasks: [task, { queue: 'all', taskId: 'a', since: 1.5 }],
    })
    for (const tasks of [undefined, null, 'all', odd]) expect(read(tasks)).toEqual(info)
    expect(read(Array.from({ length: 100 }, () => task))?.tasks).toHaveLength(20)
  })

  test.each([
    ...['', '[', 'null', '1', '"text"', '[]', '{}'],
    ...[{ id: 1 }, { name: null }, { queues: 'all' }, { queues: [1] }].map(change),
    ...[{ concurrency: '3' }, { running: null }, { startedAt: {} }].map(change),
  ])('is nothing when it is %s', (json) => {
    expect(readWorkerInfo(json)).toBeUndefined()
  })

  function change(other: object): string {
    return JSON.stringify({ ...info, ...other })
  }
})
