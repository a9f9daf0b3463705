import {
  Gator,
  type Logger,
  StoreFullError,
  StoreUnavailableError,
  StoreUnusableError,
  messageOf,
  Worker,
  type WorkerOptions,
  silentLogger,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import { listed } from './listed.js'
import {
  add,
  alwaysFail,
  calls,
  compute,
  failFirst,
  ignoreSignal,
  untilAborted,
  waitAtGate,
} from './tasks.js'

beforeEach(() => calls.splice(0))

function quiet(gator: Gator, options: WorkerOptions = {}): Worker {
  return new Worker(gator, { logger: silentLogger(), ...options })
}

function recorder(): { lines: string[]; logger: Logger } {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

test('a burst runs all that is due, in order, and ends', async () => {
  await using gator = new Gator('locmem://')
  await gator.taskMany(add, [
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  const worker = quiet(gator, { burst: true })
  await worker.runForever()
  expect(worker.tasksComplete).toBe(3)
  expect(calls).toEqual(['add 1 2', 'add 3 4', 'add 5 6'])
})

test('checkAndRunTask runs one', async () => {
  await using gator = new Gator('locmem://')
  await gator.task(add, 1, 2)
  const worker = quiet(gator)
  expect(await worker.checkAndRunTask()).toBe(true)
  expect(await worker.checkAndRunTask()).toBe(false)
  expect(worker.tasksComplete).toBe(1)
})

test('a new task starts at once while the worker waits, and stop() ends it', async () => {
  await using gator = new Gator('locmem://')
  const worker = quiet(gator)
  const ended = worker.runForever()
  const gate = makeGate('late')
  await gator.task(waitAtGate, 'late')
  await gate.reached
  worker.stop()
  gate.open()
  await ended
  expect(calls).toEqual(['waitAtGate late'])
})

test.each([1, 3, 10])('maxTasks is exact at concurrency %p', async (concurrency) => {
  await using gator = new Gator('locmem://')
  await gator.taskMany(
    add,
    Array.from({ length: 20 }, (_, index) => [index, 0]),
  )
  const worker = quiet(gator, { maxTasks: 7, concurrency })
  await worker.runForever()
  expect(worker.tasksComplete).toBe(7)
  expect(calls).toHaveLength(7)
  expect(await gator.len()).toBe(13)
})

test('never more than `concurrency` run at once, and a free slot is filled while others are busy', async () => {
  await using gator = new Gator('locmem://')
  const gates = ['a', 'b', 'c'].map((name) => makeGate(name))
  await gator.taskMany(waitAtGate, [['a'], ['b'], ['c']])
  const worker = quiet(gator, { concurrency: 2 })
  const ended = worker.runForever()
  const [a, b, c] = gates
  await a?.reached
  await b?.reached
  expect(await gator.backend.counts('all')).toMatchObject({ waiting: 1, running: 2 })
  b?.open()
  await c?.reached
  a?.open()
  c?.open()
  worker.stop()
  await ended
  expect(calls[0]).toBe('waitAtGate b')
})

test('toConsume is obeyed, in order of priority', async () => {
  await using gator = new Gator('locmem://queues', { queueName: 'other' })
  await using low = new Gator('locmem://queues', { queueName: 'low' })
  await using high = new Gator('locmem://queues', { queueName: 'high' })
  await gator.task(add, 0, 0)
  await low.task(add, 1, 1)
  await high.task(add, 2, 2)
  await quiet(gator, { toConsume: ['high', 'low'], burst: true, concurrency: 1 }).runForever()
  expect(calls).toEqual(['add 2 2', 'add 1 1'])
  expect(await gator.len()).toBe(1)
})

test('retries and dead letters are logged, and the worker goes on', async () => {
  const { lines, logger } = recorder()
  await using gator = new Gator('locmem://')
  await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
  await gator.task(alwaysFail, 'boom')
  await gator.backend.push('all', 'bad', 'no json')
  await quiet(gator, { burst: true, logger }).runForever()
  const text = lines.join('\n')
  expect(text).toMatch(/warn failFirst \S+ failed: a fails at first; attempt 2 in 0\.0 s/)
  expect(text).toMatch(/info failFirst \S+ done in \d+ ms/)
  expect(text).toMatch(/error alwaysFail \S+ is a dead letter: boom/)
  expect(text).toMatch(/error task bad is a dead letter: The payload is not a task/)
})

test('a lease is renewed for as long as its task runs', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  const gate = makeGate('long')
  await gator.task(waitAtGate, 'long')
  const worker = quiet(gator, { lease: 30 })
  const ended = worker.runForever()
  await gate.reached
  await clock.advance('10m')
  expect(await gator.backend.counts('all')).toMatchObject({ running: 1, waiting: 0 })
  gate.open()
  worker.stop()
  await ended
  expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
})

test.each([new StoreUnavailableError('x://', 'gone', 'Start it.'), new StoreFullError('x://', 'no room')])(
  'while the store says %p it waits, and goes on afterwards',
  async (error) => {
    const { lines, logger } = recorder()
    await using gator = new Gator('locmem://')
    await gator.task(add, 1, 2)
    jest.spyOn(gator.backend, 'reserve').mockRejectedValueOnce(error)
    jest.spyOn(gator.backend, 'ack').mockImplementationOnce(() => {
      throw error
    })
    await quiet(gator, { maxTasks: 1, logger }).runForever()
    expect(calls).toEqual(['add 1 2'])
    expect(lines.join('\n')).toContain('The next attempt is in 0.1 s')
    expect(await gator.backend.counts('all')).toMatchObject({ running: 0, waiting: 0 })
  },
)

test('a store that cannot be used at all ends the worker, which says why', async () => {
  await using gator = new Gator('locmem://')
  const error = new StoreUnusableError('x://', 'not a database', 'Check the path.')
  jest.spyOn(gator.backend, 'reserve').mockRejectedValueOnce(error)
  await expect(quiet(gator).runForever()).rejects.toBe(error)
})

test.each([
  new SyntaxError('Unexpected end of JSON input'),
  new StoreUnusableError('x://', 'its user may not do that', 'Give it leave.'),
  'no error at all',
])('once a store has been of use, no single answer ends the worker: %p', async (error) => {
  const { lines, logger } = recorder()
  await using gator = new Gator('locmem://')
  await gator.task(add, 1, 2)
  const worker = quiet(gator, { maxTasks: 2, logger })
  const reserve = gator.backend.reserve.bind(gator.backend)
  jest
    .spyOn(gator.backend, 'reserve')
    .mockImplementationOnce(reserve)
    .mockRejectedValueOnce(error)
    .mockRejectedValueOnce(error)
  worker.on('worker:reconnect', () => void gator.task(add, 3, 4))
  jest.spyOn(gator.backend, 'ack').mockImplementationOnce(() => Promise.reject(error))
  await worker.runForever()
  expect(calls).toEqual(['add 1 2', 'add 3 4'])
  expect(lines.join('\n')).toContain(`waits for its store: ${messageOf(error)} The next attempt is in 0.1 s`)
  expect(lines.join('\n')).toContain('has its store back')
  expect(await gator.backend.counts('all')).toMatchObject({ running: 0, waiting: 0 })
})

test('a store that has never been of use may stammer at first, but not for ever', async () => {
  const error = new TypeError('this.store is undefined')
  await using gator = new Gator('locmem://')
  await gator.task(add, 1, 2)
  const reserve = jest
    .spyOn(gator.backend, 'reserve')
    .mockRejectedValueOnce(error)
    .mockRejectedValueOnce(error)
  await quiet(gator, { maxTasks: 1 }).runForever()
  expect(calls).toEqual(['add 1 2'])
  reserve.mockRejectedValue(error)
  await expect(quiet(gator).runForever()).rejects.toBe(error)
})

test('a store is of use from its first answer on, also while it waits inside for the first task', async () => {
  await using gator = new Gator('locmem://')
  const reserve = gator.backend.reserve.bind(gator.backend)
  const waits: unknown[] = []
  const error = new StoreUnusableError('x://', 'its answer was cut short', 'Try again.')
  jest.spyOn(gator.backend, 'reserve').mockImplementation(async (queues, options) => {
    waits.push(options.wait)
    if (waits.length === 2) throw error
    return reserve(queues, options)
  })
  const worker = quiet(gator, { maxTasks: 1 })
  worker.on('worker:disconnect', () => void gator.task(add, 1, 2))
  await worker.runForever()
  expect(waits.slice(0, 3)).toEqual([0, 30, 0])
  expect(calls).toEqual(['add 1 2'])
})

test('a worker whose client is closed ends, and says so', async () => {
  const gator = new Gator('locmem://')
  const worker = quiet(gator)
  const idle = new Promise<void>((resolve) => worker.on('worker:idle', () => resolve()))
  const ended = worker.runForever()
  await idle
  await gator.close()
  await expect(ended).rejects.toMatchObject({ code: 'CLOSED' })
})

describe('shutdown', () => {
  test('SIGTERM lets running tasks end', async () => {
    await using gator = new Gator('locmem://')
    const gate = makeGate('term')
    await gator.taskMany(waitAtGate, [['term'], ['next']])
    const worker = quiet(gator, { concurrency: 1 })
    const interrupted = jest.spyOn(worker, 'interrupt')
    const ended = worker.runForever()
    await gate.reached
    process.emit('SIGTERM')
    gate.open()
    await ended
    expect(interrupted).toHaveBeenCalledTimes(1)
    expect(calls).toEqual(['waitAtGate term'])
    expect(await gator.len()).toBe(1)
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  test('after the deadline signals are aborted and tasks handed back, no try charged', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    await gator.options({ retries: 2 }).task(untilAborted)
    const worker = quiet(gator, { shutdownTimeout: 20 })
    const ended = worker.runForever()
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    worker.stop()
    await clock.advance(19)
    expect(calls).toEqual(['untilAborted starts'])
    await clock.advance(1)
    await ended
    expect(calls).toEqual(['untilAborted starts', 'aborted: TASK_ABORTED'])
    const tasks = await listed(gator, 'waiting')
    expect(JSON.parse(String(tasks[0]?.data))).toMatchObject({ retries: 2 })
    expect(JSON.parse(String(tasks[0]?.data))).not.toHaveProperty('attempt')
    expect(worker.tasksComplete).toBe(0)
  })

  test('a second signal hands back at once, and what the function does later is discarded', async () => {
    await using gator = new Gator('locmem://')
    const gate = makeGate('stubborn')
    await gator.task(ignoreSignal, 'stubborn')
    const worker = quiet(gator, { shutdownTimeout: '1h' })
    const ended = worker.runForever()
    await gate.reached
    process.emit('SIGINT')
    process.emit('SIGINT')
    await ended
    expect(await gator.len()).toBe(1)
    gate.open()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await gator.len()).toBe(1)
  })
})

test('what a task gave is a line of the level debug, on one line and never endless', async () => {
  await using gator = new Gator('locmem://')
  for (const name of ['x'.repeat(5000), 'ada'])
    await gator.options({ retries: 1, backoff: 0 }).task(failFirst, name)
  await gator.task(compute, 0)
  const { lines, logger } = recorder()
  await new Worker(gator, { burst: true, concurrency: 1, logger }).runForever()
  const results = lines.filter((line) => line.includes(' has a result: '))
  expect(results).toHaveLength(2)
  expect(results[0]?.length).toBeLessThan(1200)
  expect(results[1]).toContain("'ada on try 2'")
})

test('a subclass overrides what it says, and sees each result', async () => {
  const seen: unknown[] = []
  class LoggingWorker extends Worker {
    override starting() {
      seen.push(`${this.ident()} starting & consuming "${this.toConsume.join()}"`)
    }
    override stopping() {
      seen.push(`shutting down. Consumed ${this.tasksComplete} tasks.`)
    }
    override result(result: unknown) {
      seen.push(result)
    }
  }
  await using gator = new Gator('locmem://')
  await gator.task(add, 20, 22)
  await new LoggingWorker(gator, { burst: true, logger: silentLogger() }).runForever()
  expect(seen).toEqual([
    expect.stringMatching(/^Alligator Worker \(.+#\d+\) starting & consuming "all"$/),
    42,
    'shutting down. Consumed 1 tasks.',
  ])
})

test.each([
  ['concurrency', 0],
  ['concurrency', 1.5],
  ['maxTasks', -1],
  ['napTime', 'soon'],
  ['lease', Number.NaN],
  ['lease', 0],
])('the option %s cannot be %p', (option, value) => {
  expect(() => quiet(new Gator('locmem://'), { [option]: value })).toThrow(
    expect.objectContaining({ option }),
  )
})
