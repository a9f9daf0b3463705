import { Gator, Worker, registerTasks, silentLogger } from '@alligator/core'
import { Emulator, type SentRequest } from './emulator.js'

let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
})
afterAll(() => emulator.close())

const entriesOf = (sent: readonly SentRequest[]) =>
  sent
    .filter(({ name }) => name === 'SendMessageBatch')
    .flatMap(({ input }) => input['Entries'] as Record<string, unknown>[])

test('tasks of a FIFO queue come in order, and one id once', async () => {
  const sent: SentRequest[] = []
  const client = emulator.client(
    {},
    emulator.sdk((request) => sent.push(request)),
  )
  const ids = Array.from({ length: 25 }, (_, at) => `task-${at}`)
  await Promise.all(ids.map((id) => client.push('order.fifo', id, id)))
  await client.push('order.fifo', 'task-3', 'task-3')
  const taken: string[] = []
  for (let look = 0; look < 25; look += 1) {
    const deliveries = await client.reserve(['order.fifo'], { lease: 30, limit: 10 })
    taken.push(...deliveries.map(({ data }) => String(data)))
    await client.ack(deliveries)
  }
  expect(taken).toEqual(ids)
  for (const entry of entriesOf(sent)) expect(entry).not.toHaveProperty('DelaySeconds')
  expect(entriesOf(sent)[0]).toMatchObject({ MessageGroupId: 'alligator', MessageDeduplicationId: 'task-0' })
})

test('a task that goes back with a count keeps its place, and counts one more', async () => {
  const sent: SentRequest[] = []
  const client = emulator.client(
    {},
    emulator.sdk((request) => sent.push(request)),
  )
  for (const id of ['one', 'two']) await client.push('back.fifo', id, id)
  const [first] = await client.reserve(['back.fifo'], { lease: 30, wait: 3 })
  if (!first) throw new Error('a pushed task is handed out')
  sent.splice(0)
  expect(await client.release(first, { deliveries: first.deliveries - 1 })).toBe(true)
  expect(sent.map(({ name }) => name)).toEqual(['ChangeMessageVisibilityBatch'])
  const [again] = await client.reserve(['back.fifo'], { lease: 30, wait: 3 })
  expect(again).toMatchObject({ data: 'one', deliveries: 2 })
})

test('groups run beside each other, whatever they and the ids are called', async () => {
  const sent: SentRequest[] = []
  const group = ({ taskId }: { taskId: string }) => `user ${taskId.slice(0, 1)}`
  const client = emulator.client(
    { group },
    emulator.sdk((request) => sent.push(request)),
  )
  for (const id of ['a 1', 'a 2', 'b 1']) await client.push('groups.fifo', id, id)
  const taken = [
    ...(await client.reserve(['groups.fifo'], { lease: 30, limit: 10 })),
    ...(await client.reserve(['groups.fifo'], { lease: 30, limit: 10 })),
    ...(await client.reserve(['groups.fifo'], { lease: 30, limit: 10 })),
  ]
  expect(taken.map(({ data }) => data)).toEqual(['a 1', 'b 1'])
  // SQS would give several of a group at once, and a worker would run them at once.
  const limits = sent
    .filter(({ name }) => name === 'ReceiveMessage')
    .map(({ input }) => input['MaxNumberOfMessages'])
  expect(new Set(limits)).toEqual(new Set([1]))
  for (const { MessageGroupId, MessageDeduplicationId } of entriesOf(sent)) {
    expect(MessageGroupId).toMatch(/^[0-9a-f]{64}$/)
    expect(MessageDeduplicationId).toMatch(/^[0-9a-f]{64}$/)
  }
})

test('a delay is refused, with the way out', async () => {
  const client = emulator.client()
  const push = client.push('delays.fifo', 'one', 'x', Date.now() / 1000 + 60)
  await expect(push).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('use a standard queue'),
  })
})

test('a released task keeps its place, and a failing one is tried again after its pause', async () => {
  const client = emulator.client()
  for (const id of ['one', 'two']) await client.push('place.fifo', id, id)
  for (let round = 0; round < 3; round += 1) {
    const [first] = await client.reserve(['place.fifo'], { lease: 30, wait: 1 })
    expect(first?.data).toBe('one')
    if (first) await client.release(first)
  }
})

let tries: number[] = []
function flaky(): void {
  tries.push(performance.now())
  if (tries.length < 3) throw new Error('not yet')
}
registerTasks('fifo-test', { flaky })

test('a worker retries and buries tasks of a FIFO queue', async () => {
  tries = []
  const client = emulator.client()
  const gator = new Gator(client, { queueName: 'retries.fifo' })
  await gator.options({ retries: 2, backoff: 1 }).task(flaky)
  await new Worker(gator, { maxTasks: 3, logger: silentLogger() }).runForever()
  expect(tries).toHaveLength(3)
  expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBeGreaterThanOrEqual(990)
  tries = []
  await gator.task(flaky)
  await new Worker(gator, { maxTasks: 1, logger: silentLogger() }).runForever()
  expect(await client.counts('retries.fifo')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  expect(await client.deadLetters.kick('retries.fifo')).toBe(1)
})

test('each of several dead letters can be chosen, and goes back to its group', async () => {
  const sent: SentRequest[] = []
  const client = emulator.client(
    { group: 'mine' },
    emulator.sdk((request) => sent.push(request)),
  )
  const reason = { code: 'ERROR', message: '', at: 1, worker: 'w', attempt: 1 }
  const ids: string[] = []
  for (const id of ['one', 'two', 'three']) {
    ids.push(await client.push('choose.fifo', id, id))
    const [delivery] = await client.reserve(['choose.fifo'], { lease: 30, wait: 1 })
    if (delivery) await client.bury(delivery, reason)
  }
  expect(await client.deadLetters.kick('choose.fifo', ids.slice(1, 2))).toBe(1)
  expect(await client.reserve(['choose.fifo'], { lease: 30, wait: 1 })).toMatchObject([{ data: 'two' }])
  expect(entriesOf(sent).at(-1)).toMatchObject({ MessageGroupId: 'mine' })
  expect((await client.counts('choose.fifo')).dead).toBe(2)
})

test('ids that UTF-8 cannot tell apart are apart', async () => {
  const client = emulator.client()
  for (const id of ['\ud800', '\ud801']) await client.push('halves.fifo', id, 'x')
  expect(await client.counts('halves.fifo')).toMatchObject({ waiting: 2 })
})
