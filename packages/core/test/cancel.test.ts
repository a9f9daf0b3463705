import { randomUUID } from 'node:crypto'
import {
  CANCELED,
  type Client,
  Gator,
  LocmemClient,
  type Logger,
  StoreUnavailableError,
  type Task,
  Worker,
  silentLogger,
} from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import {
  add,
  alwaysFail,
  calls,
  logError,
  logSuccess,
  untilAborted,
  waitAtGate,
  waitAtStart,
} from './tasks.js'

const NOTHING = { waiting: 0, delayed: 0, running: 0, dead: 0 }

beforeEach(() => calls.splice(0))

/** Waits until the functions of the tasks have said so much. */
async function called(count: number): Promise<void> {
  while (calls.length < count) await new Promise((resolve) => setImmediate(resolve))
}

/** A worker whose log lines can be read. */
function work(gator: Gator, options = {}): { worker: Worker; lines: string[]; ended: Promise<void> } {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const logger: Logger = { ...silentLogger(), info: at('info'), warn: at('warn'), error: at('error') }
  const worker = new Worker(gator, { logger, concurrency: 1, ...options })
  return { worker, lines, ended: worker.runForever() }
}

/** Cancels a task while the worker's call of a method is on its way to the store. */
function cancelBefore(method: 'ack' | 'release' | 'bury', gator: Gator): Promise<Task | undefined> {
  const { backend } = gator
  const original = backend[method].bind(backend) as (...args: unknown[]) => unknown
  return new Promise((resolve) => {
    const late = async (...args: unknown[]) => {
      const [first] = [args[0]].flat() as { taskId: string }[]
      resolve(await gator.cancel(first?.taskId ?? ''))
      return original(...args)
    }
    jest.spyOn(backend as unknown as Record<typeof method, typeof late>, method).mockImplementationOnce(late)
  })
}

test('a task that runs is canceled from elsewhere: its signal aborts at once, and its slot is free', async () => {
  const dsn = `locmem://${randomUUID()}`
  await using elsewhere = new Gator(dsn)
  await using gator = new Gator(dsn)
  const { taskId } = await elsewhere
    .options({ retries: 5, onError: logError, onSuccess: logSuccess })
    .task(untilAborted)
  const { worker, lines, ended } = work(gator)
  await called(1)
  expect(await elsewhere.cancel(taskId)).toMatchObject({ taskId, status: CANCELED, wasRunning: true })
  expect(await elsewhere.cancel(taskId)).toBeUndefined()
  await elsewhere.task(add, 1, 2)
  await called(3)
  worker.stop()
  await ended
  expect(calls).toEqual(['untilAborted starts', 'aborted: TASK_CANCELED', 'add 1 2'])
  const line = `info untilAborted ${taskId} was canceled while it ran; what its function still does is discarded`
  expect(lines.filter((each) => each.includes(taskId))).toEqual([line])
  expect(await gator.backend.counts('all')).toEqual(NOTHING)
})

test('what a function does that ignores the cancel is discarded, and no hook runs', async () => {
  await using gator = new Gator('locmem://')
  const gate = makeGate('deaf')
  const { taskId } = await gator.options({ onSuccess: logSuccess }).task(waitAtGate, 'deaf')
  const { worker, lines, ended } = work(gator)
  await gate.reached
  await gator.cancel(taskId)
  await gator.task(add, 1, 2)
  await called(1)
  gate.open()
  worker.stop()
  await ended
  expect(calls).toEqual(['add 1 2', 'waitAtGate deaf'])
  expect(lines.filter((line) => line.includes(taskId))).toHaveLength(1)
  expect(worker.tasksComplete).toBe(1)
})

test('a function that hangs, and is canceled, does not keep its worker from ending', async () => {
  await using gator = new Gator('locmem://')
  const gate = makeGate('hung')
  const { taskId } = await gator.task(waitAtGate, 'hung')
  const { worker, ended } = work(gator, { burst: true })
  await gate.reached
  await gator.cancel(taskId)
  await ended
  expect(worker.tasksComplete).toBe(0)
  gate.open()
})

test('a worker with nothing but canceled functions that hang says so, and goes on once they end', async () => {
  await using gator = new Gator('locmem://')
  const gates = ['hung', 'too'].map((name) => ({ name, ...makeGate(name) }))
  const { worker, lines, ended } = work(gator, { concurrency: 1 })
  for (const { name, reached } of gates) {
    const { taskId } = await gator.task(waitAtGate, name)
    await reached
    await gator.cancel(taskId)
  }
  await gator.task(add, 1, 2)
  expect(lines).toContainEqual(expect.stringContaining('can start nothing new: 2 functions go on'))
  for (const gate of gates) gate.open()
  await called(3)
  worker.stop()
  await ended
  expect(calls).toEqual(['waitAtGate hung', 'waitAtGate too', 'add 1 2'])
})

test('a cancel that comes while onStart runs keeps the function from being called', async () => {
  await using gator = new Gator('locmem://')
  const gate = makeGate('start')
  const { taskId } = await gator.options({ onStart: waitAtStart, onError: logError }).task(add, 1, 2)
  const popped = gator.pop()
  await gate.reached
  await gator.cancel(taskId)
  gate.open()
  expect(await popped).toMatchObject({ status: CANCELED })
  expect(calls).toEqual(['waitAtGate start'])
})

test.each(['pop', 'get'] as const)(
  '%s gives a task that was canceled while it ran as CANCELED',
  async (way) => {
    await using gator = new Gator('locmem://')
    const { taskId } = await gator.task(untilAborted)
    const running = gator[way](taskId)
    await called(1)
    await gator.cancel(taskId)
    expect(await running).toMatchObject({ taskId, status: CANCELED, result: undefined })
  },
)

test.each([
  ['ack', waitAtGate],
  ['release', alwaysFail],
  ['bury', alwaysFail],
] as const)('a cancel that overtakes the %s wins, and the worker says so', async (method, func) => {
  await using gator = new Gator('locmem://')
  const canceled = cancelBefore(method, gator)
  const { taskId } = await gator
    .options({ retries: method === 'release' ? 1 : 0 })
    .task<[string], unknown>(func, 'no gate')
  const { worker, lines, ended } = work(gator)
  expect(await canceled).toMatchObject({ taskId, status: CANCELED, wasRunning: true })
  await new Promise((resolve) => setImmediate(resolve))
  worker.stop()
  await ended
  expect(lines.filter((line) => line.includes(taskId))).toEqual([expect.stringContaining('was canceled')])
  expect(await gator.backend.counts('all')).toEqual(NOTHING)
})

test('a cancel that nobody hears of is found by the next heartbeat', async () => {
  class DeafClient extends LocmemClient {
    constructor(...args: ConstructorParameters<typeof LocmemClient>) {
      super(...args)
      Object.assign(this.cancellation, { onCancel: () => () => undefined })
    }
  }
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock, backendClass: DeafClient })
  const { taskId } = await gator.task(untilAborted)
  const { worker, ended } = work(gator, { lease: 30 })
  await called(1)
  await gator.cancel(taskId)
  await clock.advance(9)
  expect(calls).toHaveLength(1)
  await clock.advance(2)
  expect(calls).toEqual(['untilAborted starts', 'aborted: TASK_CANCELED'])
  worker.stop()
  await ended
})

test('a lease that lapsed, so that another worker has the task, is no cancel', async () => {
  const clock = new VirtualClock()
  const dsn = `locmem://${randomUUID()}`
  await using gator = new Gator(dsn, { clock })
  await using other = new Gator(dsn, { clock })
  const { taskId } = await gator.options({ retries: 1, onError: logError }).task(untilAborted)
  const { worker, lines, ended } = work(gator, { lease: 30 })
  await called(1)
  const away = jest
    .spyOn(gator.backend, 'extend')
    .mockRejectedValue(new StoreUnavailableError('x://', 'gone', ''))
  await clock.advance(31)
  const delivery = await other.backend.byId?.reserve('all', taskId, 300)
  expect(delivery?.deliveries).toBe(2)
  away.mockRestore()
  await clock.advance(10)
  worker.stop()
  await ended
  expect(calls).toEqual(['untilAborted starts', 'aborted: LEASE_LOST'])
  expect(lines).toContainEqual(
    expect.stringMatching(/^warn .* has lost its lease: another worker may run it/),
  )
  expect(await other.backend.ack(delivery ? [delivery] : [])).toEqual([])
})

test('many cancels at once are looked at together', async () => {
  await using gator = new Gator('locmem://')
  const tasks = await gator.taskMany(
    untilAborted,
    Array.from({ length: 50 }, () => []),
  )
  const { worker, ended } = work(gator, { concurrency: 50 })
  await called(50)
  const extend = jest.spyOn(gator.backend as Client, 'extend')
  const canceled = await Promise.all(tasks.map((task) => gator.cancel(task.taskId)))
  expect(canceled.every((task) => task?.wasRunning)).toBe(true)
  await called(100)
  expect(extend.mock.calls.length).toBeLessThanOrEqual(3)
  worker.stop()
  await ended
})
