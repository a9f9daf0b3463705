import { Gator, Worker, currentTask, registerTasks, silentLogger } from '@alligator/core'
import { until } from '@alligator/testbed'
import { Emulator, type SentRequest } from './emulator.js'

let emulator: Emulator
let ran: number[]

beforeAll(async () => {
  emulator = await Emulator.start()
})
beforeEach(() => {
  ran = []
})
afterAll(() => emulator.close())

function note(n: number): void {
  ran.push(n)
}
async function slow(n: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2500))
  ran.push(n)
}
async function stepAndStumble(n: number): Promise<string> {
  const task = currentTask()
  await task?.step('once', () => void ran.push(n))
  if (task?.attempt === 1) throw new Error('stumbled')
  return `${n} arrived`
}
registerTasks('worker-test', { note, slow, stepAndStumble })

const logger = silentLogger()

test('a worker runs every task once, for a third of a request each', async () => {
  let sent: SentRequest[] = []
  const sdk = emulator.sdk((request) => sent.push(request))
  const gator = new Gator(emulator.client({}, sdk), { queueName: 'work' })
  const numbers = Array.from({ length: 200 }, (_, at) => at)
  await gator.taskMany(
    note,
    numbers.map((n) => [n]),
  )
  expect(sent.length).toBeLessThanOrEqual(20 + 4)
  sent = []
  await new Worker(gator, { maxTasks: 200, concurrency: 10, logger }).runForever()
  expect(ran.sort((a, b) => a - b)).toEqual(numbers)
  expect(sent.length).toBeLessThanOrEqual(200 * 0.33)
})

test('a task that runs longer than its lease is held by its heartbeat', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'heartbeat' })
  await gator.task(slow, 1)
  const workers = [1, 2].map(() => new Worker(gator, { lease: 1, logger }))
  const running = workers.map((worker) => worker.runForever())
  await until(() => ran.length > 0)
  for (const worker of workers) worker.stop()
  await Promise.all(running)
  expect(ran).toEqual([1])
})

test('the result and the steps of a task that is tried again are kept by its id in a state store', async () => {
  await using gator = new Gator(emulator.client(), { queueName: 'kept', state: 'locmem://kept' })
  const kept = gator.options({ keepResult: '1h', backoff: 0, retries: 1 })
  const task = await kept.task(stepAndStumble, 7)
  const finished = gator.finished<typeof stepAndStumble>(task.taskId)
  const worker = new Worker(gator, { maxTasks: 2, logger })
  await worker.runForever()
  expect(await finished).toBe('7 arrived')
  expect(ran).toEqual([7])
  expect(await gator.lookUp(task.taskId)).toMatchObject({ state: 'done', steps: [], result: '7 arrived' })
})

test('a worker waits for a service that is away, and goes on', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'restart' })
  await gator.task(note, 1)
  const worker = new Worker(gator, { maxTasks: 2, logger })
  const running = worker.runForever()
  await until(() => ran.length > 0)
  await emulator.server.restart('SIGKILL')
  await until(() => gator.task(note, 2).catch(() => undefined))
  await running
  expect(ran).toEqual([1, 2])
})
