import { Gator, Worker, registerTasks, silentLogger } from '@alligator/core'
import { type MessageAttributeValue, SendMessageCommand } from '@aws-sdk/client-sqs'
import { Emulator } from './emulator.js'

const REASON = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }
const LIMIT = 1024 * 1024

let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
})
afterAll(() => emulator.close())

function fail(_: string): void {
  throw new Error('it fails')
}
registerTasks('foreign-test', { fail })

async function send(queue: string, body: string, attributes: Record<string, string> = {}): Promise<void> {
  const MessageAttributes: Record<string, MessageAttributeValue> = {}
  for (const [name, StringValue] of Object.entries(attributes))
    MessageAttributes[name] = { DataType: 'String', StringValue }
  const QueueUrl = await emulator.queue(queue)
  await emulator.sdk().send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }))
}

/** What a worker tells until it has settled something for good. */
async function work(gator: Gator): Promise<string[]> {
  const told: string[] = []
  const worker = new Worker(gator, { lease: 30, logger: silentLogger() })
  worker.on('*', (event) => {
    if (!event.type.startsWith('task:') || event.type === 'task:start') return
    told.push(event.type)
    if (event.type === 'task:dead') worker.stop()
  })
  await worker.runForever()
  return told
}

describe('a message of another program becomes a dead letter at its first hand-out', () => {
  it.each([
    ['that is larger than a task may be', 'x'.repeat(800_000), {}],
    ['that is as large as SQS allows', 'x'.repeat(LIMIT), {}],
    ['that is due at no time', '{}', { 'Alligator.Due': 'soon' }],
    ['that is due at no number', '{}', { 'Alligator.Due': 'NaN' }],
    ['that is due never', '{}', { 'Alligator.Due': 'Infinity' }],
    ['that was handed out so often', '{}', { 'Alligator.Deliveries': 'often' }],
    ['whose encoding is none', '{}', { 'Alligator.Encoding': 'rot13' }],
    ['whose id is a book', 'x'.repeat(700_000), { 'Alligator.Id': 'y'.repeat(300_000) }],
    ['whose group is a book', 'x'.repeat(700_000), { 'Alligator.Group': 'y'.repeat(300_000) }],
    ['that comes from a book', 'x'.repeat(700_000), { 'Alligator.From': 'y'.repeat(300_000) }],
  ])('%s', async (name, body, attributes) => {
    const queue = name.replaceAll(' ', '-')
    await send(queue, body, attributes)
    const gator = new Gator(emulator.client(), { queueName: queue })
    expect(await work(gator)).toEqual(['task:dead'])
    expect(await gator.backend.counts(queue)).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
    expect(await gator.backend.deadLetters?.kick(queue)).toBe(1)
    const [again] = await gator.backend.reserve([queue], { lease: 30, wait: 3 })
    expect(again?.data).toHaveLength(body.length)
  })
})

test('a task that is too large to be tried again becomes a dead letter', async () => {
  const client = emulator.client()
  const gator = new Gator(client, { queueName: 'brim' })
  await gator.options({ retries: 3, backoff: 0 }).task(fail, '')
  const [small] = await client.reserve(['brim'], { lease: 30, wait: 3 })
  const data = String(small?.data)
  await client.ack(small ? [small] : [])
  // To write that it is tried for the second time takes room.
  await send('brim', data.replace('""', JSON.stringify('x'.repeat(LIMIT - data.length))))
  expect(await work(gator)).toEqual(['task:dead'])
  expect(await client.counts('brim')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
})

test('a message that is filled to the brim goes back as it is, and is put off as it is', async () => {
  const client = emulator.client()
  await send('full', 'x'.repeat(LIMIT))
  for (let back = 1; back <= 2; back += 1) {
    const [held] = await client.reserve(['full'], { lease: 30, wait: 3 })
    expect(held?.data).toHaveLength(LIMIT)
    expect(held && (await client.release(held))).toBe(true)
  }
  const due = Date.now() / 1000 + 2
  const attributes = { 'Alligator.Due': String(due) }
  await send('full-later', 'x'.repeat(LIMIT - 50), attributes)
  const [held] = await client.reserve(['full-later'], { lease: 600, wait: 10 })
  expect(Date.now() / 1000).toBeGreaterThanOrEqual(due)
  expect(held && (await client.bury(held, REASON))).toBe(true)
})
