import { throughputOf } from '../src/inspect.js'
import { Gator, LocmemClient, Snooze, type Tally, Worker, registerTasks, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'

const NONE: Tally = { success: 0, retry: 0, snoozed: 0, dead: 0, canceled: 0, lost: 0, runs: 0, seconds: 0 }

const tasks = {
  well() {},
  fail() {
    throw new Error('it failed')
  },
  snooze() {
    throw new Snooze('1h')
  },
}

beforeAll(() => registerTasks('tallies', tasks))

/** A store that says what it was told, and can be away. */
class CountingClient extends LocmemClient {
  readonly told: [queue: string, tally: Tally][] = []
  isAway = false

  constructor(...args: ConstructorParameters<typeof LocmemClient>) {
    super(...args)
    const { add } = this.tallies
    Object.assign(this.tallies, {
      add: async (queue: string, tally: Tally) => {
        if (this.isAway) throw new Error('The store is away.')
        this.told.push([queue, tally])
        await add(queue, tally)
      },
    })
  }
}

function setUp() {
  const clock = new VirtualClock()
  const backend = new CountingClient('locmem://', { clock })
  return { clock, backend, gator: new Gator(backend, { clock }) }
}

async function burst(gator: Gator, queues: readonly string[] = ['all']): Promise<void> {
  await new Worker(gator, { burst: true, toConsume: queues, logger: silentLogger() }).runForever()
}

test('a worker that ends tells how its tries ended, each queue in one write, and takes nothing with it', async () => {
  const { backend, gator } = setUp()
  await gator.taskMany(tasks.well, [[], [], []])
  await gator.options({ retries: 1, backoff: 0 }).task(tasks.fail)
  await gator.task(tasks.snooze)
  await new Gator(backend, { queueName: 'mail' }).task(tasks.well)
  await backend.push('mail', 'unreadable', 'no task at all')
  await burst(gator, ['all', 'mail', 'empty'])
  expect(backend.told).toEqual([
    ['all', { ...NONE, success: 3, retry: 1, dead: 1, snoozed: 1, runs: 6, seconds: expect.any(Number) }],
    ['mail', { ...NONE, success: 1, dead: 1, runs: 1, seconds: expect.any(Number) }],
  ])
  const { hour, day, minutes, hours } = (await throughputOf(gator, 'all')) ?? {}
  expect(hour).toMatchObject({ success: 3, tried: 5, failed: 2, failureShare: 0.4 })
  expect(hour?.meanSeconds).toBeCloseTo((hour?.seconds ?? 0) / 6, 9)
  expect(day?.tried).toBe(5)
  expect([minutes?.length, minutes?.at(-1)?.success, hours?.length, hours?.at(-1)?.success]).toEqual([
    60, 3, 24, 3,
  ])
})

test('a worker that runs tells every ten seconds, of what has ended since, and nothing where nothing has', async () => {
  const { clock, backend, gator } = setUp()
  const worker = new Worker(gator, { logger: silentLogger() })
  const ended = worker.runForever()
  await clock.advance(10)
  expect(backend.told).toEqual([])
  await gator.taskMany(tasks.well, [[], []])
  await clock.advance(10)
  await gator.task(tasks.well)
  await clock.advance(20)
  expect(backend.told.map(([, { success }]) => success)).toEqual([2, 1])
  worker.stop()
  await ended
  expect(backend.told).toHaveLength(2)
})

test('what a store could not be told is told when it is back', async () => {
  const { clock, backend, gator } = setUp()
  const worker = new Worker(gator, { logger: silentLogger() })
  const ended = worker.runForever()
  backend.isAway = true
  await gator.task(tasks.well)
  await clock.advance(10)
  await gator.task(tasks.well)
  backend.isAway = false
  await clock.advance(10)
  expect(backend.told.map(([, { success }]) => success)).toEqual([2])
  worker.stop()
  await ended
})

test('the figures are of each second of the time that they are of', async () => {
  const { clock, backend, gator } = setUp()
  await clock.advance(3600 - (clock.now() % 3600))
  await backend.tallies.add('all', { ...NONE, success: 60, runs: 60, seconds: 30 })
  await clock.advance(1800)
  await backend.tallies.add('all', { ...NONE, dead: 20, runs: 0 })
  const { hour, day, minutes } = (await throughputOf(gator, 'all')) ?? {}
  expect(hour).toMatchObject({ tried: 80, failed: 20, failureShare: 0.25, meanSeconds: 0.5 })
  expect(hour?.rate).toBeCloseTo(80 / (59 * 60), 9)
  expect(day?.rate).toBeCloseTo(80 / (23.5 * 3600), 9)
  expect(
    minutes?.filter(({ success, dead }) => success + dead > 0).map(({ start }) => start - clock.now()),
  ).toEqual([-1800, 0])
  const nothing = await throughputOf(gator, 'never')
  expect(nothing?.hour).toMatchObject({ tried: 0, rate: 0, failureShare: null, meanSeconds: null })
})

test('a store in memory keeps no queue for longer than a day', async () => {
  const { clock, backend, gator } = setUp()
  for (let queue = 0; queue < 50; queue += 1)
    await backend.tallies.add(`old ${queue}`, { ...NONE, success: 1 })
  await clock.advance(86_400)
  await backend.tallies.add('new', { ...NONE, success: 1 })
  expect(await backend.tallies.queues()).toEqual(['new'])
  expect((await throughputOf(gator, 'old 1'))?.day.tried).toBe(0)
})
