import { join } from 'node:path'
import { Gator, LocmemClient, Worker, silentLogger } from '@alligator/core'
import { type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { done, note, stumble } from './tasks.js'

let server: Server
const root = join(__dirname, '..')

beforeAll(async () => {
  server = await startBeanstalk()
})
beforeEach(() => (done.length = 0))
afterAll(() => server.close())

it('a pause is refused without a state store, in words that name the option', async () => {
  await using gator = new Gator(server.dsn, { root })
  await expect(gator.pause()).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    message: expect.stringContaining("{ state: 'redis://…' }") as string,
  })
  const none = () => new Gator('locmem://', { state: server.dsn })
  expect(none).toThrow(
    /BeanstalkClient cannot do .*`state`.* it has no "state"\. Use a store that has it: memory/,
  )
})

it('a worker leaves a paused queue alone, and goes on with it once it is resumed', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://pauses', queueName: 'held' })
  await using open = new Gator(server.dsn, { root, state: 'locmem://pauses', queueName: 'open' })
  await gator.pause({ reason: 'the mail server moves' })
  expect(await gator.paused()).toMatchObject({ reason: 'the mail server moves' })
  await gator.task(note, 'held')
  const worker = new Worker(open, { toConsume: ['held', 'open'], maxTasks: 2, logger: silentLogger() })
  for (const label of ['first', 'second']) await open.task(note, label)
  await worker.runForever()
  expect(done).toEqual(['first', 'second'])
  expect(await gator.resume()).toBe(true)
  await new Worker(gator, { maxTasks: 1, logger: silentLogger() }).runForever()
  expect(done).toEqual(['first', 'second', 'held'])
})

it('while its state store is away a queue hands nothing out, and what it had taken goes back as it was', async () => {
  const [first, second] = [new LocmemClient('locmem://'), new LocmemClient('locmem://')]
  const client = new BeanstalkClient(server.dsn)
  client.keepStateIn(first.state)
  await client.push('away', 'one', 'data')
  await first.close()
  for (const look of ['takes it, and asks', 'asks first']) {
    const taken = client.reserve(['away'], { lease: 30 })
    await expect(taken.catch((error: { code: string }) => `${look}: ${error.code}`)).resolves.toBe(
      `${look}: CLOSED`,
    )
  }
  expect(await client.counts('away')).toMatchObject({ waiting: 1, running: 0 })
  client.keepStateIn(second.state)
  const [delivery] = await client.reserve(['away'], { lease: 30 })
  expect(delivery).toMatchObject({ data: 'data', deliveries: 1 })
  await Promise.all([client.close(), second.close()])
})

it('whatever stands in the place of a pause keeps the queue back', async () => {
  const { state } = new LocmemClient('locmem://')
  const client = new BeanstalkClient(server.dsn)
  client.keepStateIn(state)
  await client.push('odd', 'one', 'data')
  for (const text of ['', 'no JSON', 'null', '[]', '{"reason":{}}']) {
    await state.put('pause:odd', text)
    expect(await client.pausing?.paused('odd')).toMatchObject({ since: 0 })
    expect(await client.reserve(['odd'], { lease: 30 })).toEqual([])
  }
  expect(await client.pausing?.resume('odd')).toBe(true)
  expect(await client.reserve(['odd'], { lease: 30 })).toMatchObject([{ data: 'data' }])
  await client.close()
})

it('a client that is closed ends the wait for a paused queue', async () => {
  const state = new LocmemClient('locmem://')
  const client = new BeanstalkClient(server.dsn)
  client.keepStateIn(state.state)
  await client.pausing?.pause('paused')
  const waiting = client.reserve(['paused'], { lease: 30, wait: 600 })
  await client.close()
  expect(await waiting).toEqual([])
  await state.close()
})

it('tasks of one function are put aside for a minute at a time, and others go on', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://functions', queueName: 'functions' })
  await gator.pause({ task: note, for: '1h' })
  await gator.task(note, 'kept back')
  await gator.task(stumble, 'goes on', 1)
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
  expect(done).toEqual(['goes on'])
  expect(await gator.backend.counts('functions')).toMatchObject({ waiting: 0, delayed: 1 })
  expect(await gator.resume({ task: 'note' })).toBe(false)
  expect(await gator.resume({ task: note })).toBe(true)
  await using bare = new Gator(server.dsn, { root })
  await expect(bare.pause({ task: note })).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    operation: 'gator.pause of one function',
  })
})
