import { Gator, Worker, need, silentLogger } from '@alligator/core'
import { type Server, startRedis, until } from '@alligator/testbed'
import '../src/index.js'
import { aborted, note, ran, untilAborted } from './tasks.js'

let server: Server

beforeEach(async () => {
  server = await startRedis({ appendonly: 'yes', appendfsync: 'always' })
})
afterEach(() => server.close())

it('runs every task of a gator once, on time, through a restart of the server', async () => {
  await using gator = new Gator(`${server.dsn}?timeout=500ms`)
  const worker = new Worker(gator, { concurrency: 3, logger: silentLogger() })
  const ended = worker.runForever()
  await gator.task(note, 1)
  await gator.options({ delayBy: 0.2 }).task(note, 2)
  await until(() => ran.length === 2)
  await server.stop('SIGKILL')
  const late = gator.task(note, 3)
  await server.start()
  await late
  await gator.taskMany(
    note,
    [4, 5, 6, 7].map((number) => [number]),
  )
  await until(() => ran.length >= 7)
  worker.stop()
  await ended
  expect(ran.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
})

it('goes on while a test runner holds the timers', async () => {
  await using gator = new Gator(server.dsn)
  await gator.len()
  // The driver has timers of its own, and needs these.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  try {
    await gator.task(note, 8)
    await gator.options({ delayBy: 0.05 }).task(note, 9)
    await new Worker(gator, { maxTasks: 2, logger: silentLogger() }).runForever()
    expect(ran.slice(-2)).toEqual([8, 9])
  } finally {
    jest.useRealTimers()
  }
})

it('hands back what ran, in the order in which it was taken', async () => {
  await using gator = new Gator(server.dsn)
  const tasks = await gator.taskMany(untilAborted, [[], [], [], []])
  const worker = new Worker(gator, { concurrency: 3, logger: silentLogger() })
  const ended = worker.runForever()
  await until(() => aborted.length === 3)
  worker.stop()
  worker.stop()
  await ended
  const { tasks: waiting } = await need(gator.backend, 'listing', 'this test').list('all', 'waiting')
  expect(waiting.map(({ taskId }) => taskId)).toEqual(tasks.map(({ taskId }) => taskId))
})

it('tells at once that its store is away, also while it waits for news', async () => {
  // A call fails after twice that time: longer than is waited for here.
  await using gator = new Gator(`${server.dsn}?timeout=60s`)
  const worker = new Worker(gator, { logger: silentLogger() })
  const told: string[] = []
  worker.on('*', ({ type }) => told.push(type))
  const ended = worker.runForever()
  await gator.task(note, 1)
  await until(() => told.includes('task:success') && told.at(-1) === 'worker:idle')
  await server.stop('SIGKILL')
  await until(() => told.includes('worker:disconnect'), 5)
  await server.start()
  await until(() => told.includes('worker:reconnect'))
  worker.stop()
  await ended
  expect(told.indexOf('worker:disconnect')).toBeLessThan(told.indexOf('worker:reconnect'))
})
