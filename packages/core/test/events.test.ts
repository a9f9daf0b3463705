import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { logEvent } from '../src/events/event-lines.js'
import { EventStream } from '../src/events/event-stream.js'
import { Gator, StoreUnavailableError, Worker, jsonLogger, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import { observed, turn } from './observed.js'
import { add, alwaysFail, calls, compute, failFirst, waitAtGate } from './tasks.js'

beforeEach(() => calls.splice(0))

describe('listening', () => {
  test('by name, to all of them, and no longer', async () => {
    await using gator = new Gator('locmem://')
    await gator.taskMany(add, [
      [1, 2],
      [3, 4],
    ])
    const { worker, types } = observed(gator, { burst: true, concurrency: 1 })
    const results: unknown[] = []
    const listener = ({ task, seconds }: { task: { result: unknown }; seconds: number }) => {
      results.push(task.result, seconds >= 0)
      worker.off('task:success', listener)
    }
    await worker.on('task:success', listener).runForever()
    expect(results).toEqual([3, true])
    expect(types()).toEqual([
      'worker:start',
      'task:start',
      'task:success',
      'task:start',
      'task:success',
      'worker:stopping',
      'worker:stop',
    ])
  })

  test('each way that a task can go has its event', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
    await gator.task(alwaysFail, 'boom')
    await gator.backend.push('all', 'bad', 'no json')
    // As on a store that parks nobody.
    Object.assign(gator.backend, { dependents: undefined })
    const first = await gator.options({ delayBy: '1h' }).task(add, 1, 1)
    await gator.options({ dependsOn: first }).task(add, 2, 2)
    const unknown = { task_id: 'new', retries: 0, is_async: true, module: 'no/such', callable: 'f', args: [] }
    await gator.backend.push('all', 'new', JSON.stringify(unknown))
    const { worker, events } = observed(gator, { burst: true, concurrency: 1 })
    await worker.runForever()
    const told = events.filter(({ type }) => type.startsWith('task:') && type !== 'task:start')
    expect(told).toMatchObject([
      { type: 'task:retry', task: { attempt: 2 }, error: { message: 'a fails at first' }, pause: 0 },
      { type: 'task:success', task: { result: 'a on try 2' } },
      { type: 'task:dead', delivery: { queue: 'all' }, error: { message: 'boom' } },
      { type: 'task:dead', delivery: { taskId: 'bad' }, task: undefined, error: { code: 'INVALID_PAYLOAD' } },
      { type: 'task:blocked', pause: 1 },
      { type: 'task:unknown', delivery: { taskId: 'new' }, error: { code: 'UNKNOWN_MODULE' }, pause: 1 },
    ])
  })

  test('a listener that throws or rejects is a process warning, and no task is lost', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await using gator = new Gator('locmem://')
    await gator.taskMany(add, [
      [1, 2],
      [3, 4],
    ])
    const { worker } = observed(gator, { burst: true })
    worker.on('task:start', () => {
      throw new Error('it throws')
    })
    worker.on('task:success', () => Promise.reject(new Error('it rejects')))
    jest.spyOn(worker, 'result').mockImplementation(() => {
      throw new Error('result throws')
    })
    const info = () => {
      throw new Error('log throws')
    }
    jest.spyOn(worker, 'getLog').mockReturnValue({ ...silentLogger(), info })
    await worker.runForever()
    await turn()
    const messages = warn.mock.calls.map(([message]) => String(message))
    warn.mockRestore()
    for (const text of ['it throws', 'it rejects', 'result throws', 'log throws'])
      expect(messages.filter((message) => message.includes(text))).not.toEqual([])
    expect(worker.tasksComplete).toBe(2)
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  test('what nobody listens to or logs is known as such, so that it need not be put together', () => {
    const listener = () => undefined
    const info = jest.fn()
    const quiet = new EventStream(silentLogger)
    expect(new EventStream(() => ({ ...silentLogger(), info })).wants('task:success')).toBe(true)
    for (const name of ['task:success', '*'] as const) {
      expect(quiet.wants('task:success')).toBe(false)
      quiet.on(name, listener)
      expect(quiet.wants('task:success')).toBe(true)
      quiet.off(name, listener)
    }
  })
})

describe('lines', () => {
  test('are made from the events, with their facts for machines', async () => {
    const lines: Record<string, unknown>[] = []
    const write = (text: string) => lines.push(JSON.parse(text) as Record<string, unknown>) > 0
    const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => write(String(text)))
    const err = jest.spyOn(process.stderr, 'write').mockImplementation((text) => write(String(text)))
    await using gator = new Gator('locmem://')
    const { taskId } = await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
    const options = { logger: jsonLogger({ debug: true }), burst: true, toConsume: { all: 2, low: 1 } }
    await new Worker(gator, options).runForever()
    out.mockRestore()
    err.mockRestore()
    const worker = expect.stringMatching(/^Alligator Worker/) as string
    const about = { queue: 'all', taskId, name: 'failFirst', module: 'packages/core/test/tasks', worker }
    const failed = { error: 'a fails at first', stack: expect.stringContaining('tasks.ts:') as string }
    expect(lines).toMatchObject([
      { level: 'info', event: 'worker:start', toConsume: { all: 2, low: 1 }, burst: true },
      { level: 'debug', event: 'task:start', ...about, attempt: 1 },
      { level: 'warn', event: 'task:retry', ...about, attempt: 2, ...failed, pause: 0 },
      { level: 'debug', event: 'task:start', ...about, attempt: 2 },
      { level: 'info', event: 'task:success', ...about, seconds: expect.any(Number) },
      { level: 'debug', result: "'a on try 2'" },
      { level: 'debug', event: 'worker:stopping', reason: 'burst', running: 0 },
      { level: 'info', event: 'worker:stop', tasksComplete: 2 },
    ])
    expect(lines[0]?.['message']).toMatch(
      /^Alligator Worker \(.+\) consumes "all:2, low:1" and ends when nothing is due\.$/,
    )
    expect(lines[1]).not.toHaveProperty('delivery')
  })
})

test('lines tell codes and times that people can read, and stacks only where debug lines are wanted', () => {
  const lines: [message: string, facts: object | undefined][] = []
  const write = (message: string, facts?: object) => void lines.push([message, facts])
  const ignored = silentLogger().debug
  const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  for (const debug of [ignored, write]) {
    const events = new EventStream(() => ({ debug, info: write, warn: write, error: write }))
    events.emit({ type: 'worker:disconnect', worker: 'w', error, pause: 1 })
    events.emit({
      type: 'worker:paused',
      worker: 'w',
      queue: 'all',
      since: 1_790_000_000,
      until: 1_790_000_060.5,
    })
  }
  const [quiet, paused, verbose] = lines.map(([, facts]) => facts)
  expect(quiet).toEqual({
    event: 'worker:disconnect',
    worker: 'w',
    error: 'refused',
    code: 'ECONNREFUSED',
    pause: 1,
  })
  expect(paused).toMatchObject({ since: '2026-09-21T14:13:20.000Z', until: '2026-09-21T14:14:20.500Z' })
  expect(verbose).toEqual({ ...quiet, stack: error.stack })
})

test('docs/worker-events.md has every event, with its level', () => {
  const docs = readFileSync(join(__dirname, '../../../docs/worker-events.md'), 'utf8')
  const rows = [...docs.matchAll(/^\| `((?:task|worker):[a-z]+)` +\| (\w+) +\|/gm)]
  const source = readFileSync(join(__dirname, '../src/events/event-lines.ts'), 'utf8')
  const levels = [...source.matchAll(/^ {2}'((?:task|worker):[a-z]+)': '(\w+)',/gm)]
  const told = (found: readonly string[][]) => new Set(found.map(([, type, level]) => `${type} ${level}`))
  expect(levels.length).toBeGreaterThan(15)
  expect(told(rows)).toEqual(told(levels))
})

describe('worker:idle', () => {
  test('once per spell, not once per look', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const { worker, types } = observed(gator)
    const spells = () => types().filter((type) => type === 'worker:idle').length
    const ended = worker.runForever()
    await clock.advance('0.9s')
    expect(spells()).toBe(0)
    await clock.advance('10m')
    expect(spells()).toBe(1)
    const gate = makeGate('busy')
    await gator.task(waitAtGate, 'busy')
    await gate.reached
    await clock.advance('10m')
    expect(spells()).toBe(1)
    gate.open()
    await clock.advance('2s')
    expect(spells()).toBe(2)
    // Leases were renewed all the while.
    expect(types()).not.toContain('worker:blocked')
    worker.stop()
    await ended
  })

  test('not while the store is away, nor after the end', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const reserve = jest.spyOn(gator.backend, 'reserve')
    reserve.mockRejectedValue(new StoreUnavailableError('x://', 'gone', 'Start it.'))
    const { worker, types } = observed(gator)
    const ended = worker.runForever()
    await clock.advance('10s')
    worker.stop()
    await ended
    await clock.advance('10s')
    expect(types()).not.toContain('worker:idle')
  })
})

test('tells that its store is away before any call of it has failed, with the time of the first trouble', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  const error = new StoreUnavailableError('x://', 'gone', 'Start it.')
  let tell = (_error: unknown, _seconds?: number): void => undefined
  const stop = jest.fn()
  gator.backend.onTrouble = (listener) => {
    tell = (trouble, seconds = 0) => listener(trouble, seconds)
    return stop
  }
  const { worker, events } = observed(gator)
  const ended = worker.runForever()
  const told = () => events.filter(({ type }) => /connect$/.test(type))
  tell(error)
  await clock.advance('0.9s')
  tell(undefined)
  await clock.advance('1s')
  expect(told()).toEqual([])
  tell(error)
  await clock.advance('0.5s')
  tell(error)
  await clock.advance('0.6s')
  expect(told()).toMatchObject([{ type: 'worker:disconnect', error, pause: 0 }])
  await clock.advance('9s')
  tell(undefined)
  expect(told().at(-1)).toMatchObject({ type: 'worker:reconnect', seconds: expect.closeTo(10.1) })
  // One that answers nothing is found out later than it went silent.
  tell(error, 1.5)
  await clock.advance(0)
  expect(told()).toHaveLength(3)
  await clock.advance('1s')
  tell(undefined)
  expect(told().at(-1)).toMatchObject({ type: 'worker:reconnect', seconds: expect.closeTo(2.5) })
  worker.stop()
  await ended
  expect(told()).toHaveLength(4)
  expect(stop).toHaveBeenCalledTimes(1)
})

test('worker:disconnect tells of each try, worker:reconnect that the store is back, at once', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  const error = new StoreUnavailableError('x://', 'gone', 'Start it.')
  const reserve = jest.spyOn(gator.backend, 'reserve')
  for (let time = 0; time < 3; time += 1) reserve.mockRejectedValueOnce(error)
  const { worker, events } = observed(gator)
  const ended = worker.runForever()
  await clock.advance('0.7s')
  expect(events.slice(1)).toMatchObject([
    { type: 'worker:disconnect', error, pause: 0.1 },
    { type: 'worker:disconnect', error, pause: 0.2 },
    { type: 'worker:disconnect', error, pause: 0.4 },
    { type: 'worker:reconnect', seconds: expect.closeTo(0.7) },
  ])
  worker.stop()
  await ended
})

test('worker:blocked tells of a function that kept the event loop from renewing leases, and what to do', async () => {
  await using gator = new Gator('locmem://')
  await gator.task(compute, 200)
  const { worker, next } = observed(gator, { lease: 0.1 })
  const warn = jest.fn()
  jest.spyOn(worker, 'getLog').mockReturnValue({ ...silentLogger(), warn })
  const blocked = next('worker:blocked')
  const ended = worker.runForever()
  expect(await blocked).toMatchObject({ lease: 0.1, seconds: expect.any(Number), kept: true })
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(/still holds its tasks.*--isolate/),
    expect.anything(),
  )
  worker.stop()
  await ended
})

test('worker:blocked says so when leases may have lapsed', () => {
  const warn = jest.fn()
  const event = { type: 'worker:blocked', worker: 'W', seconds: 40, lease: 30, kept: false } as const
  logEvent({ ...silentLogger(), warn }, event)
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(/for 40 s and more.*30 s may have lapsed.*--isolate/),
    expect.objectContaining({ kept: false }),
  )
})

test('a burst waits for its store for a bounded time, and then fails as the store does', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  const error = new StoreUnavailableError('x://', 'gone', 'Start it.')
  jest.spyOn(gator.backend, 'reserve').mockRejectedValue(error)
  const { worker, types } = observed(gator, { burst: true })
  const ended = worker.runForever().catch((failure: unknown) => failure)
  await clock.advance('29s')
  expect(types()).not.toContain('worker:stop')
  await clock.advance('6s')
  expect(await ended).toBe(error)
})
