import { randomUUID } from 'node:crypto'
import {
  Gator,
  LocmemClient,
  Schedule,
  type ScheduleOptions,
  type ScheduleSpec,
  StoreUnavailableError,
  currentTask,
} from '../src/index.js'
import { VirtualClock, advance, assertScheduled, drain, queued, testGator } from '../src/testing.js'
import { observed } from './observed.js'
import { calls } from './tasks.js'
import { add, failFirst } from './tasks.js'

const SECRET = 'a secret that is long enough to be one'

/** Which ticks ran. */
const ticks: string[] = []

function note(): void {
  ticks.push(currentTask()?.scheduledFor?.toISOString() ?? 'none')
}

beforeEach(() => {
  ticks.length = 0
  calls.length = 0
})

/** 1 January 2026, 00:00 UTC, a Thursday. */
const DAY = '2026-01-01'
const idsOf = async (gator: Gator) => (await queued(gator)).map(({ taskId }) => taskId)

test('each tick of a schedule is one task, which knows what time it is meant for', async () => {
  const gator = testGator()
  const schedule = await gator.schedule('digest', '0 9 * * *').task(note)
  expect(schedule).toBeInstanceOf(Schedule)
  expect(schedule.next).toEqual(new Date(`${DAY}T09:00Z`))
  expect(await advance(gator, '1d')).toHaveLength(1)
  expect(ticks).toEqual([`${DAY}T09:00:00.000Z`])
  await advance(gator, '2d')
  expect(ticks).toEqual([`${DAY}T09:00:00.000Z`, '2026-01-02T09:00:00.000Z', '2026-01-03T09:00:00.000Z'])
  const [now] = await gator.schedules()
  expect(now).toMatchObject({ id: 'digest', cron: '0 9 * * *', timeZone: 'UTC', runs: 3, dropped: 0 })
  expect(now?.last).toEqual(new Date('2026-01-03T09:00Z'))
})

test('a worker makes the ticks of its queues, and a new schedule is known to it at once', async () => {
  const clock = new VirtualClock()
  const backend = new LocmemClient('locmem://', { clock })
  const gator = new Gator(backend, { clock, queueName: 'mail' })
  const { worker, types } = observed(gator, { toConsume: ['mail', 'all'] })
  const ended = worker.runForever()
  await clock.advance('1s')
  await gator.schedule('sum', { every: '10s' }).task(add, 1, 2)
  await new Gator(backend, { clock }).schedule('other', { every: '1m' }).task(add, 3, 4)
  await new Gator(backend, { clock, queueName: 'foreign' })
    .schedule('third', { every: '10s' })
    .task(add, 5, 6)
  await clock.advance('1m')
  expect(calls.filter((call) => call === 'add 1 2')).toHaveLength(6)
  expect(calls.filter((call) => call === 'add 3 4')).toHaveLength(1)
  expect(calls).not.toContain('add 5 6')
  await gator.unschedule('sum')
  calls.length = 0
  await clock.advance('1m')
  expect(calls).toEqual(['add 3 4'])
  worker.stop()
  await ended
  expect(types()).not.toContain('worker:dropped')
})

/** Counts what a store is asked, by the names of facets and methods. */
class CountingClient extends LocmemClient {
  readonly asked: string[] = []

  constructor(...args: ConstructorParameters<typeof LocmemClient>) {
    super(...args)
    for (const [name, method] of Object.entries(this.schedules)) {
      const counted = (...given: never[]) => {
        this.asked.push(name)
        return (method as (...all: never[]) => unknown)(...given)
      }
      Object.assign(this.schedules, { [name]: counted })
    }
  }
}

function counted() {
  const clock = new VirtualClock()
  const backend = new CountingClient('locmem://', { clock })
  return { clock, backend, gator: new Gator(backend, { clock }) }
}

test('a worker whose queues have no schedules asks for none', async () => {
  const { clock, backend, gator } = counted()
  const { worker } = observed(gator)
  const ended = worker.runForever()
  await clock.advance('1h')
  worker.stop()
  await ended
  // Each announcement tells of schedules by the way.
  expect(new Set(backend.asked)).toEqual(new Set(['onPut', 'announce']))
})

test('a tick costs two round trips, and a look that finds nothing is made by nobody', async () => {
  const { clock, backend, gator } = counted()
  await gator.schedule('sum', { every: '1s' }).task(add, 1, 2)
  const { worker } = observed(gator)
  const ended = worker.runForever()
  await clock.advance('1s')
  backend.asked.length = 0
  await clock.advance('100s')
  worker.stop()
  await ended
  expect(calls).toHaveLength(101)
  expect(backend.asked.filter((name) => name !== 'announce')).toHaveLength(200)
})

test('a burst makes the ticks that are due, runs them, and ends', async () => {
  const clock = new VirtualClock()
  const gator = new Gator('locmem://', { clock })
  await gator.schedule('sum', { every: '1h' }).task(add, 1, 2)
  await clock.advance('5h')
  const { worker } = observed(gator, { burst: true })
  await worker.runForever()
  expect(calls).toEqual(['add 1 2'])
})

test('of many workers each tick is made by one', async () => {
  const clock = new VirtualClock()
  const dsn = `locmem://${randomUUID()}`
  const gators = Array.from({ length: 8 }, () => new Gator(dsn, { clock }))
  const workers = gators.map((gator) => observed(gator).worker)
  const ended = workers.map((worker) => worker.runForever())
  for (const [at, gator] of gators.entries())
    await gator.schedule(`s${at % 4}`, { every: '1s' }).task(add, at % 4, 0)
  await clock.advance('30s')
  for (const worker of workers) worker.stop()
  await Promise.all(ended)
  for (const at of [0, 1, 2, 3]) expect(calls.filter((call) => call === `add ${at} 0`)).toHaveLength(30)
  await Promise.all(gators.map((gator) => gator.close()))
})

describe('ticks that nobody was there for', () => {
  async function gap(options: ScheduleOptions, spec: ScheduleSpec = '0 * * * *') {
    const gator = testGator()
    await gator.schedule('digest', spec, options).task(note)
    await gator.clock.advance('5h')
    await gator.clock.advance('10m')
    const { dropped } = await gator.scheduler.tickDue([gator.queueName])
    const tasks = await drain(gator)
    const [schedule] = await gator.schedules()
    expect(schedule?.next).toEqual(new Date(`${DAY}T06:00Z`))
    return { ran: ticks.length, last: ticks.at(-1), dropped: dropped[0]?.count ?? 0, tasks, schedule }
  }

  test('make one task, for the last of them, unless told otherwise', async () => {
    expect(await gap({})).toMatchObject({
      ran: 1,
      last: `${DAY}T05:00:00.000Z`,
      dropped: 4,
      schedule: { dropped: 4 },
    })
  })

  test('make a task each with `all`', async () => {
    expect(await gap({ missed: 'all' })).toMatchObject({ ran: 5, last: `${DAY}T05:00:00.000Z`, dropped: 0 })
  })

  test('make nothing with `skip`', async () => {
    expect(await gap({ missed: 'skip' })).toMatchObject({ ran: 0, dropped: 5, schedule: { runs: 0 } })
  })

  test('make a task with `skip` while the last is no minute late', async () => {
    const gator = testGator()
    await gator.schedule('digest', '0 * * * *', { missed: 'skip' }).task(note)
    await gator.clock.advance('1h')
    await gator.clock.advance('59s')
    await gator.scheduler.tickDue([gator.queueName])
    await drain(gator)
    expect(ticks).toEqual([`${DAY}T01:00:00.000Z`])
  })

  test('are made up for in steps, up to a thousand', async () => {
    const gator = testGator()
    await gator.schedule('digest', { every: '1s' }, { missed: 'all' }).task(note)
    await gator.clock.advance('1h')
    const { ticks: made } = await gator.scheduler.tickDue([gator.queueName])
    await drain(gator)
    expect(made).toBe(1000)
    expect(new Set(ticks).size).toBe(1000)
    expect([ticks[0], ticks.at(-1)]).toEqual([`${DAY}T00:43:21.000Z`, `${DAY}T01:00:00.000Z`])
  })
})

test('what is declared again keeps its phase, its runs and its pause; another timing begins anew', async () => {
  const gator = testGator()
  const declare = (spec: ScheduleSpec, n: number, options?: ScheduleOptions) =>
    gator.schedule('sum', spec, options).task(add, n, n)
  await declare({ every: '1h' }, 1)
  await advance(gator, '90m')
  await gator.clock.advance('40m')
  const before = await gator.scheduler.list('all')
  await declare({ every: '1h' }, 1)
  expect(await gator.scheduler.list('all')).toEqual(before)
  const changed = await declare({ every: '1h' }, 2, { jitter: 0, limit: 9 })
  expect(changed).toMatchObject({ runs: 1, limit: 9, next: new Date(`${DAY}T02:00Z`) })
  await advance(gator, 0)
  expect(calls).toEqual(['add 1 1', 'add 2 2'])
  const anew = await declare({ every: '2h' }, 2)
  expect(anew).toMatchObject({ runs: 0, next: new Date(`${DAY}T04:00Z`), last: new Date(`${DAY}T02:00Z`) })
  await anew.pause()
  expect(await declare({ every: '3h' }, 2)).toMatchObject({ isPaused: true, next: undefined })
})

test('a paused schedule makes no ticks, and none are made up for when it is resumed', async () => {
  const gator = testGator()
  const schedule = await gator.schedule('digest', '0 * * * *').task(note)
  expect(await schedule.pause()).toMatchObject({ isPaused: true, next: undefined })
  expect(await advance(gator, '5h')).toEqual([])
  expect(await schedule.resume()).toMatchObject({ isPaused: false, next: new Date(`${DAY}T06:00Z`) })
  await advance(gator, '1h')
  expect(ticks).toEqual([`${DAY}T06:00:00.000Z`])
  await gator.unschedule('digest')
  expect(await schedule.pause()).toBeUndefined()
})

test('a schedule can be run besides its ticks, and tells its next times', async () => {
  const gator = testGator()
  const schedule = await gator.schedule('digest', '0 9 * * *', { limit: 2 }).task(note)
  await gator.clock.advance('1m')
  const task = await schedule.run()
  expect(task.scheduledFor).toEqual(new Date(`${DAY}T00:01Z`))
  await drain(gator)
  expect(ticks).toEqual([`${DAY}T00:01:00.000Z`])
  expect(await schedule.upcoming(5)).toEqual([new Date(`${DAY}T09:00Z`), new Date('2026-01-02T09:00Z')])
})

test('a schedule is over after its limit, at its end, and after its `at`, and stays so when it is declared again', async () => {
  const gator = testGator()
  const declare = async () => {
    await gator.schedule('limited', { every: '1h' }, { limit: 2 }).task(add, 1, 1)
    await gator.schedule('ended', { every: '1h' }, { endAt: new Date(`${DAY}T03:00Z`) }).task(add, 2, 2)
    await gator.schedule('once', { at: new Date(`${DAY}T01:30Z`) }).task(add, 3, 3)
    await gator.schedule('past', { at: new Date('2025-01-01') }).task(add, 4, 4)
  }
  await declare()
  await advance(gator, '5h')
  await declare()
  await advance(gator, '5h')
  expect(calls.toSorted()).toEqual(['add 1 1', 'add 1 1', 'add 2 2', 'add 2 2', 'add 2 2', 'add 3 3'])
  expect((await gator.schedules()).map(({ next }) => next)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a tick is dropped while the last task goes on, where that is wanted', async () => {
  const gator = testGator()
  await gator.schedule('digest', { every: '1h' }, { overlap: 'skip', missed: 'all' }).task(note)
  for (let hour = 0; hour < 3; hour += 1) {
    await gator.clock.advance('1h')
    await gator.scheduler.tickDue([gator.queueName])
  }
  expect(await idsOf(gator)).toEqual([`schedule:digest@${DAY}T01:00:00Z`])
  expect(await gator.schedules()).toMatchObject([{ runs: 1, dropped: 2 }])
  await drain(gator)
  await advance(gator, '1h')
  expect(ticks).toEqual([`${DAY}T01:00:00.000Z`, `${DAY}T04:00:00.000Z`])
})

test('a tick that is dropped for the last task does not count for the limit', async () => {
  const gator = testGator()
  await gator.schedule('digest', { every: '1h' }, { overlap: 'skip', limit: 2 }).task(note)
  for (let hour = 0; hour < 3; hour += 1) {
    await gator.clock.advance('1h')
    await gator.scheduler.tickDue([gator.queueName])
  }
  expect(await gator.schedules()).toMatchObject([{ runs: 1, dropped: 2, next: new Date(`${DAY}T04:00Z`) }])
  await advance(gator, '5h')
  expect(ticks).toEqual([`${DAY}T01:00:00.000Z`, `${DAY}T04:00:00.000Z`])
  expect(await gator.schedules()).toMatchObject([{ runs: 2, dropped: 2, next: undefined }])
})

test('a store that is away while a tick is made is asked again soon, and nobody is told of the schedule', async () => {
  const { clock, backend, gator } = counted()
  await gator.schedule('sum', { every: '10s' }).task(add, 1, 2)
  const { worker, types } = observed(gator)
  const ended = worker.runForever()
  const { tick } = backend.schedules
  Object.assign(backend.schedules, {
    tick: () => Promise.reject(new StoreUnavailableError('locmem://', 'it is away', 'Wait.')),
  })
  await clock.advance('10s')
  Object.assign(backend.schedules, { tick })
  await clock.advance('1s')
  expect(calls).toEqual(['add 1 2'])
  worker.stop()
  await ended
  expect(types()).not.toContain('worker:unscheduled')
})

test('a jitter delays tasks by a part of it, and not the time that they are meant for', async () => {
  const gator = testGator()
  for (const id of ['a', 'b', 'c', 'd'])
    await gator.schedule(id, { every: '1h' }, { jitter: '10m' }).task(note)
  await gator.clock.advance('1h')
  await gator.scheduler.tickDue([gator.queueName])
  const delays = (await queued(gator)).map(({ delayUntil = 0 }) => delayUntil - gator.clock.now())
  expect(delays.every((delay) => delay > 0 && delay < 600)).toBe(true)
  expect(new Set(delays).size).toBe(4)
  await advance(gator, '10m')
  expect(ticks).toEqual(Array(4).fill(`${DAY}T01:00:00.000Z`))
})

test('the tasks of a schedule have options as any others, and go through middleware', async () => {
  const gator = testGator({ secret: SECRET, encrypt: true })
  const seen: string[] = []
  gator.use({
    enqueue: (tasks, next) => {
      for (const task of tasks) task.headers = { ...task.headers, traced: 'yes' }
      seen.push(...tasks.map(({ taskId }) => taskId))
      return next(tasks)
    },
  })
  const options = { retries: 2, timeout: 5, backoff: [1], headers: { tenant: 'a' } }
  await gator.options(options).schedule('flaky', { every: '1h' }).task(failFirst, 'digest')
  expect(seen).toEqual([])
  await gator.clock.advance('1h')
  await gator.scheduler.tickDue([gator.queueName])
  const [task] = await queued(gator)
  expect(task).toMatchObject({ retries: 2, timeout: 5, headers: { tenant: 'a', traced: 'yes' } })
  expect(seen).toEqual([`schedule:flaky@${DAY}T01:00:00Z`])
  await advance(gator, '1m')
  expect(calls).toEqual(['failFirst digest', 'failFirst digest'])
})

test('a tick that middleware drops is made all the same, and pushes nothing', async () => {
  const gator = testGator()
  gator.use({ enqueue: async () => [] })
  await gator.schedule('sum', { every: '1h' }).task(add, 1, 2)
  expect(await advance(gator, '3h')).toEqual([])
  expect(await gator.schedules()).toMatchObject([{ runs: 3, next: new Date(`${DAY}T04:00Z`) }])
})

test('a schedule that was altered, or sealed by somebody else, does nothing, and holds up no other', async () => {
  const clock = new VirtualClock()
  const backend = new LocmemClient('locmem://', { clock })
  const gator = new Gator(backend, { clock, secret: SECRET })
  await new Gator(backend, { clock }).schedule('forged', { every: '1h' }).task(add, 6, 6)
  await gator.schedule('sum', { every: '1h' }).task(add, 1, 2)
  const { worker, events } = observed(gator)
  const ended = worker.runForever()
  await clock.advance('2h')
  worker.stop()
  await ended
  expect(calls).toEqual(['add 1 2', 'add 1 2'])
  const failed = events.filter(({ type }) => type === 'worker:unscheduled')
  expect(failed[0]).toMatchObject({ schedule: 'forged', error: { code: 'UNSIGNED_PAYLOAD' } })
  const [forged] = await gator.schedules()
  expect(forged).toMatchObject({ id: 'forged', task: undefined, error: { code: 'UNSIGNED_PAYLOAD' } })
  // What this code declares takes its place.
  await gator.schedule('forged', { every: '1h' }).task(add, 7, 7)
  expect((await gator.schedules())[0]).toMatchObject({ error: undefined, task: { funcArgs: [7, 7] } })
})

test.each([
  ['a length of no time', { every: 0, task: '{}' }],
  ['a cron expression that is none', { cron: '61 * * * *', time_zone: 'UTC', task: '{}' }],
  ['no task', { every: 60 }],
  ['a task that is none', { every: 60, task: '{}' }],
  ['what is no schedule', null],
])('a schedule of %s, which somebody has written to the store, is told of', async (_, definition) => {
  const gator = testGator()
  const row = {
    queue: 'all',
    id: 'odd',
    version: 'a',
    next: gator.clock.now(),
    state: 'odd',
    data: JSON.stringify(definition),
  }
  await gator.backend.schedules?.put(row, undefined)
  await gator.schedule('sum', { every: '1h' }).task(add, 1, 2)
  await gator.clock.advance('1h')
  const { failures, ticks: made } = await gator.scheduler.tickDue(['all'])
  expect([failures.map(({ schedule }) => schedule.id), made]).toEqual([['odd'], 1])
})

test('schedules that the code no longer declares are told of, and go on', async () => {
  const clock = new VirtualClock()
  const backend = new LocmemClient('locmem://', { clock })
  await new Gator(backend, { clock }).schedule('old', { every: '1h' }).task(add, 1, 2)
  const gator = new Gator(backend, { clock })
  await gator.schedule('new', { every: '1h' }).task(add, 3, 4)
  const { worker, events } = observed(gator)
  const ended = worker.runForever()
  await clock.advance('1h')
  worker.stop()
  await ended
  expect(events.filter(({ type }) => type === 'worker:undeclared')).toMatchObject([
    { queue: 'all', schedules: ['old'] },
  ])
  expect(calls.toSorted()).toEqual(['add 1 2', 'add 3 4'])
})

test('a test asserts what is scheduled', async () => {
  const gator = testGator({ inline: true })
  await gator.schedule('sum', { every: '1h' }).task(add, 1, 2)
  expect((await assertScheduled(gator, add, [1, 2])).id).toBe('sum')
  await expect(assertScheduled(gator, add, [1, 3])).rejects.toThrow(
    'No schedule on queue "all" calls add(1, 3). There are:\n  sum: add(1, 2)',
  )
  await expect(assertScheduled(testGator(), add)).rejects.toThrow('There are no schedules.')
  await advance(gator, '1h')
  expect(calls).toEqual(['add 1 2'])
})
