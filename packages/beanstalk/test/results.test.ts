import { join } from 'node:path'
import { type Delivery, Gator, LocmemClient, type StateStore, Worker, silentLogger } from '@alligator/core'
import { turn } from '@alligator/core/backend'
import { type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { done, note, stepAndStumble, stumble } from './tasks.js'

let server: Server
const root = join(__dirname, '..')
const KEPT = { keepResult: '1h', backoff: 0 } as const

beforeAll(async () => {
  server = await startBeanstalk()
})
beforeEach(() => (done.length = 0))
afterAll(() => server.close())

/** A client whose process can die before it settles, with a state store that counts what is asked. */
class WatchedClient extends BeanstalkClient {
  readonly asked: string[] = []
  diesBeforeAck = false
  /** Ends what still waits in the process that died. */
  end = () => {}

  constructor(kept: LocmemClient) {
    super(server.dsn)
    const watched = (name: keyof StateStore) => {
      return (key: string, ...rest: never[]) => {
        this.asked.push(`${name} ${key.split(':')[0]}`)
        return (kept.state[name] as (...all: unknown[]) => unknown)(key, ...rest)
      }
    }
    const state = { now: kept.state.now, get: watched('get'), put: watched('put'), delete: watched('delete') }
    this.keepStateIn(state as StateStore, kept.results)
  }

  override ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    if (!this.diesBeforeAck) return super.ack(deliveries)
    return new Promise((resolve) => (this.end = () => resolve([...deliveries])))
  }
}

/** What a promise fails with; already caught. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const work = (gator: Gator, maxTasks: number) =>
  new Worker(gator, { maxTasks, logger: silentLogger() }).runForever()

it('results and steps are refused without a state store, in words that name the option', async () => {
  await using gator = new Gator(server.dsn, { root })
  await expect(gator.options(KEPT).task(note, 'one')).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    message: expect.stringMatching(/state: 'redis:/) as string,
  })
  await expect(gator.lookUp('1')).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  await expect(gator.batch({}, () => {})).rejects.toThrow(/no step covers both/)
})

it('a task that is tried again has another id, and its result and its steps stay with the first', async () => {
  const options = { root, state: 'locmem://steps', queueName: 'steps', secret: 'x'.repeat(32), encrypt: true }
  await using gator = new Gator(server.dsn, options)
  await using other = new Gator(server.dsn, options)
  const task = await gator.options({ ...KEPT, retries: 2 }).task(stepAndStumble, 'it')
  const finished = other.finished<typeof stepAndStumble>(task.taskId)
  await work(gator, 1)
  expect(await other.lookUp(task.taskId)).toMatchObject({ state: 'begun', progress: 0.5, steps: ['once'] })
  await work(gator, 1)
  expect(await finished).toBe('it arrived')
  expect(done).toEqual(['it once', 'it at try 1', 'it at try 2'])
  expect(await other.lookUp(task.taskId)).toMatchObject({ state: 'done', result: 'it arrived', steps: [] })
  expect(await gator.state?.state?.get(`note:5:steps:${task.taskId}`)).toBeUndefined()
})

it('whoever waits is told of a death, and of a cancel', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://ends', queueName: 'ends' })
  const dies = await gator.options({ ...KEPT, retries: 1 }).task(stumble, 'never', 9)
  const failure = failureOf(gator.finished(dies.taskId))
  await work(gator, 2)
  expect(await failure).toMatchObject({
    code: 'TASK_FAILED',
    message: expect.stringContaining('(stumble) failed on attempt 2, its last: never stumbled') as string,
  })
  expect(await gator.lookUp(dies.taskId)).toMatchObject({
    state: 'dead',
    reason: { code: 'ERROR', attempt: 2 },
  })
  const canceled = await gator.options(KEPT).task(note, 'canceled')
  const told = failureOf(canceled.finished())
  await gator.cancel(canceled.taskId)
  expect(await told).toMatchObject({ code: 'TASK_CANCELED' })
  expect(await gator.lookUp(canceled.taskId)).toMatchObject({ state: 'removed' })
})

it('a result whose worker dies before it settles is there already, and the next run takes its place', async () => {
  const kept = new LocmemClient('locmem://')
  const [first, second] = [new WatchedClient(kept), new WatchedClient(kept)]
  await using dying = new Gator(first, { root, queueName: 'died' })
  await using gator = new Gator(second, { root, queueName: 'died' })
  const { taskId } = await gator.options(KEPT).task(note, 'done')
  first.diesBeforeAck = true
  const run = dying.runNext().catch(() => undefined)
  while (!(await second.results?.get('died', [taskId]))?.size) await turn()
  expect(await gator.finished(taskId)).toBe('done')
  await first.close()
  await work(gator, 1)
  expect([done, await gator.finished(taskId)]).toEqual([['done', 'done'], 'done'])
  first.end()
  await run
  expect(await second.counts('died')).toMatchObject({ waiting: 0, running: 0 })
})

it('a task that keeps nothing costs nothing for it, and one that does costs one write', async () => {
  const client = new WatchedClient(new LocmemClient('locmem://'))
  await using gator = new Gator(client, { root, queueName: 'costs' })
  await gator.options({ retries: 1, backoff: 0 }).task(stumble, 'plain', 2)
  await work(gator, 2)
  expect([...new Set(client.asked)]).toEqual(['get schedules', 'get pause'])
  client.asked.length = 0
  await gator.options(KEPT).task(note, 'kept')
  await work(gator, 1)
  expect(client.asked.filter((call) => /result|note/.test(call))).toEqual(['put result'])
})

it('a task that fills its job to the brim is tried again under its new id', async () => {
  const small = await startBeanstalk({ flags: ['-z', '1000'] })
  const client = new BeanstalkClient(small.dsn)
  client.keepStateIn(new LocmemClient('locmem://').state)
  await client.push('brim', '-', 'small')
  const data = 'x'.repeat(client.maxPayload)
  for (const [payload, firstId] of [
    [data, undefined],
    ['short', '2'],
    [Uint8Array.of(0x80, 0x31, 0x0a), '2'],
  ] as const) {
    const [delivery] = await client.reserve(['brim'], { lease: 30 })
    if (delivery) await client.release(delivery, { data: payload })
    const [again] = await client.reserve(['brim'], { lease: 30 })
    expect(again).toMatchObject({ data: payload, deliveries: 1 })
    expect(again?.firstId).toBe(firstId)
    if (again) await client.release(again)
  }
  await client.close()
  await small.close()
})
