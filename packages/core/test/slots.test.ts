import { Gator, Worker, type WorkerOptions, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { performance } from '../src/base/timers.js'
import { makeGate } from './gate.js'
import { add, calls, compute, waitAtGate } from './tasks.js'

beforeEach(() => calls.splice(0))
afterEach(() => jest.restoreAllMocks())

/** However busy the machine is, no task takes any time. */
function makeQuick(): void {
  jest.spyOn(performance, 'now').mockReturnValue(0)
}

function quiet(gator: Gator, options: WorkerOptions): Worker {
  return new Worker(gator, { logger: silentLogger(), ...options })
}

test('a slow task never holds back fast ones', async () => {
  await using gator = new Gator('locmem://')
  const gate = makeGate('slow')
  const fast = Array.from({ length: 50 }, (_, index): [number, number] => [index, 0])
  const worker = quiet(gator, { concurrency: 2 })
  let left = 0
  let done: () => void = () => undefined
  worker.on('task:success', () => {
    left -= 1
    if (left === 0) done()
  })
  const ran = async (count: number) => {
    left = count
    await new Promise<void>((resolve) => (done = resolve))
  }
  await gator.task(waitAtGate, 'slow')
  await gator.taskMany(add, fast)
  const ended = worker.runForever()
  await ran(50)
  // It waits in the store beside the slow one, too.
  const later = ran(1)
  await gator.task(add, 100, 0)
  await later
  expect(calls).not.toContain('waitAtGate slow')
  gate.open()
  worker.stop()
  await ended
})

test('a store that is slow to settle is not asked for more and more', async () => {
  makeQuick()
  await using gator = new Gator('locmem://')
  await gator.taskMany(
    add,
    Array.from({ length: 30 }, (_, index) => [index, 0]),
  )
  const { backend } = gator
  const ack = backend.ack.bind(backend)
  let open: () => void = () => undefined
  const settles = new Promise<void>((resolve) => (open = resolve))
  jest.spyOn(backend, 'ack').mockImplementation(async (deliveries) => {
    await settles
    return ack(deliveries)
  })
  const worker = quiet(gator, { concurrency: 3, maxTasks: 30 })
  const ended = worker.runForever()
  // While tasks are quick, twice as many are taken at once as there are slots, and that three times.
  while (calls.length < 18) await new Promise((resolve) => setImmediate(resolve))
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(await backend.counts('all')).toMatchObject({ running: 18, waiting: 12 })
  open()
  await ended
  expect(calls).toHaveLength(30)
})

test('timers and I/O get their turn between tasks that wait for nothing', async () => {
  await using gator = new Gator('locmem://')
  await gator.taskMany(
    compute,
    Array.from({ length: 100 }, () => [1]),
  )
  const worker = quiet(gator, { concurrency: 100, burst: true })
  let ranBefore = 0
  setTimeout(() => (ranBefore = worker.tasksComplete), 0)
  await worker.runForever()
  expect(worker.tasksComplete).toBe(100)
  expect(ranBefore).toBeGreaterThan(0)
  expect(ranBefore).toBeLessThan(100)
})

test('forced to stop, it hands back what was taken and has not begun', async () => {
  await using gator = new Gator('locmem://')
  await gator.taskMany(
    compute,
    Array.from({ length: 10 }, () => [1]),
  )
  const worker = quiet(gator, { concurrency: 10 })
  worker.on('task:success', () => {
    worker.stop()
    worker.stop()
  })
  await worker.runForever()
  expect(worker.tasksComplete).toBe(1)
  expect(await gator.backend.counts('all')).toMatchObject({ waiting: 9, running: 0 })
})

describe('what was taken ahead, after quick tasks', () => {
  /** Waits until a slow task has the only slot, with four more behind it, of which the worker has taken three. */
  async function behind(gator: Gator, slow: string) {
    makeQuick()
    const gate = makeGate(slow)
    const worker = quiet(gator, { concurrency: 1 })
    let left = 3
    const released = new Promise<void>((resolve) =>
      worker.on('task:released', () => {
        left -= 1
        if (left === 0) resolve()
      }),
    )
    const four = (first: number) => [0, 1, 2, 3].map((index): [number, number] => [first + index, 0])
    await gator.taskMany(add, four(1))
    await gator.task(waitAtGate, slow)
    await gator.taskMany(add, four(5))
    const ended = worker.runForever()
    await gate.reached
    expect(await gator.backend.counts('all')).toMatchObject({ running: 4, waiting: 1 })
    return { worker, gate, released, ended }
  }

  test('goes back to its place, in order, when no slot becomes free soon, and others can take it', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const { worker, gate, released, ended } = await behind(gator, 'long')
    await clock.advance(0.02)
    await released
    for (const place of [5, 6, 7, 8]) expect((await gator.pop())?.funcArgs).toEqual([place, 0])
    gate.open()
    worker.stop()
    await ended
    expect(await gator.backend.counts('all')).toMatchObject({ running: 0, waiting: 0, dead: 0 })
  })

  test('goes back when the worker is told to stop', async () => {
    await using gator = new Gator('locmem://')
    const { worker, gate, released, ended } = await behind(gator, 'stopped')
    worker.stop()
    await released
    gate.open()
    await ended
    expect(calls.filter((call) => call.startsWith('add'))).toHaveLength(4)
    expect(await gator.backend.counts('all')).toMatchObject({ running: 0, waiting: 4, dead: 0 })
  })
})
