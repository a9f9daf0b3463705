import { Gator, LocmemClient, type ToConsume, Worker, silentLogger } from '../src/index.js'
import { makeGate } from './gate.js'
import { calls, waitAtGate } from './tasks.js'

beforeEach(() => calls.splice(0))

const STORE = 'locmem://order'

async function fill(queueName: string, count: number): Promise<void> {
  await using gator = new Gator(STORE, { queueName })
  await gator.taskMany(
    waitAtGate,
    Array.from({ length: count }, () => [queueName]),
  )
}

/** Fills the queues, and gives how many of each a worker ran that ended after `maxTasks`. */
async function run(stored: Record<string, number>, toConsume: ToConsume, concurrency = 1, maxTasks = 0) {
  await using gator = new Gator(STORE)
  for (const [queue, count] of Object.entries(stored)) await fill(queue, count)
  const options = { toConsume, concurrency, maxTasks, burst: true, logger: silentLogger() }
  await new Worker(gator, options).runForever()
  for (const queue of Object.keys(stored)) await gator.backend.dropAll(queue)
  return shares()
}

function shares(from = 0): Record<string, number> {
  const names = calls.slice(from).map((call) => call.replace('waitAtGate ', ''))
  return Object.fromEntries(
    [...new Set(names)].sort().map((name) => [name, names.filter((n) => n === name).length]),
  )
}

describe('weights', () => {
  test.each([1, 3, 10, 64])(
    'full queues share what runs by weight, at concurrency %p',
    async (concurrency) => {
      const stored = { high: 200, mid: 200, low: 200 }
      const found = await run(stored, { low: 1, high: 5, mid: 2 }, concurrency, 160)
      expect(found).toEqual({ high: 100, mid: 40, low: 20 })
    },
  )

  test('no queue waits for longer than its share', async () => {
    await run({ high: 50, low: 50 }, { high: 5, low: 1 }, 1, 60)
    for (let from = 0; from < 60; from += 6) expect(shares(from)['low']).toBe(10 - from / 6)
  })

  test('while one queue is empty the other gets every slot', async () => {
    expect(await run({ low: 30 }, { high: 5, low: 1 }, 10)).toEqual({ low: 30 })
    await using gator = new Gator(STORE)
    const gate = makeGate('low')
    await fill('low', 10)
    const worker = new Worker(gator, {
      toConsume: { high: 5, low: 1 },
      concurrency: 10,
      logger: silentLogger(),
    })
    const ended = worker.runForever()
    await gate.reached
    // What the first call left to the queue that is empty, the second one takes.
    while ((await gator.backend.counts('low')).running < 10)
      await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    worker.stop()
    await ended
  })

  test('a queue that was empty neither makes up for it nor is made to wait', async () => {
    await using gator = new Gator(STORE)
    const toConsume = { high: 5, low: 1 }
    const worker = new Worker(gator, { toConsume, concurrency: 1, logger: silentLogger() })
    const runSome = async (count: number) => {
      for (let ran = 0; ran < count; ran += 1) await worker.checkAndRunTask()
      return shares(calls.length - count)
    }
    await fill('low', 300)
    expect(await runSome(100)).toEqual({ low: 100 })
    await fill('high', 300)
    expect(await runSome(60)).toEqual({ high: 50, low: 10 })
    await gator.backend.dropAll('low')
    expect(await runSome(100)).toEqual({ high: 100 })
    await fill('low', 100)
    expect(await runSome(60)).toEqual({ high: 50, low: 10 })
  })

  test('the worker asks for all queues in each call, and waits in the store', async () => {
    const reserve = jest.spyOn(LocmemClient.prototype, 'reserve')
    await run({ high: 20, low: 20 }, { high: 5, low: 1 }, 6)
    for (const [queues] of reserve.mock.calls) expect([...queues].sort()).toEqual(['high', 'low'])
    reserve.mockRestore()
  })
})

test('a list is strict: the first queue is emptied before the second is looked at', async () => {
  await run({ low: 20, high: 20 }, ['high', 'low'], 10)
  expect(shares(20)).toEqual({ low: 20 })
})

test.each<[unknown, string]>([
  [{ high: 0 }, 'toConsume.high'],
  [{ high: -1 }, 'toConsume.high'],
  [{ high: 1.5 }, 'toConsume.high'],
  [{ high: '5' }, 'toConsume.high'],
  [{ high: Number.POSITIVE_INFINITY }, 'toConsume.high'],
  [{}, 'toConsume'],
  [[], 'toConsume'],
  ['', 'toConsume'],
  [['a', ''], 'toConsume'],
  [[5], 'toConsume'],
])('toConsume cannot be %j', async (toConsume, option) => {
  await using gator = new Gator('locmem://')
  expect(() => new Worker(gator, { toConsume: toConsume as ToConsume })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', option }),
  )
})
