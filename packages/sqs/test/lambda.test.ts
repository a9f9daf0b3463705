import { Gator, Worker, currentTask, registerTasks, silentLogger } from '@alligator/core'
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { type SqsEvent, type SqsRecord, lambdaHandler } from '../src/index.js'
import { Emulator } from './emulator.js'

let emulator: Emulator
let ran: string[]

beforeAll(async () => {
  emulator = await Emulator.start()
})
beforeEach(() => {
  ran = []
})
afterAll(() => emulator.close())

function greet(name: string): void {
  ran.push(name)
}
function fail(name: string): void {
  ran.push(`${name}, try ${currentTask()?.attempt}`)
  throw new Error('it fails')
}
function hooked(): void {
  ran.push('hooked')
}
registerTasks('lambda-test', { greet, fail, hooked })

/** What AWS Lambda would be called with, from the messages that the queue has. */
async function eventOf(queue: string): Promise<SqsEvent> {
  const command = new ReceiveMessageCommand({
    QueueUrl: await emulator.queue(queue, { MessageRetentionPeriod: '1209600' }),
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
    VisibilityTimeout: 60,
    WaitTimeSeconds: 3,
  })
  const { Messages = [] } = await emulator.sdk().send(command)
  const Records = Messages.map((message): SqsRecord => {
    const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} } = message
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
      name,
      { stringValue: StringValue },
    ])
    return {
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes,
      messageAttributes: Object.fromEntries(attributes) as SqsRecord['messageAttributes'],
      eventSourceARN: emulator.arn(queue),
    }
  })
  return { Records }
}

const EMPTY = { waiting: 0, delayed: 0, running: 0, dead: 0 }
const options = { logger: silentLogger() }

test('an event is run, and what is done leaves the queue', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'done' })
  await gator.taskMany(greet, [['a'], ['b']])
  await gator.options({ onSuccess: hooked }).task(greet, 'c')
  const response = await lambdaHandler(gator, options)(await eventOf('done'))
  expect(response).toEqual({ batchItemFailures: [] })
  expect(ran.sort()).toEqual(['a', 'b', 'c', 'hooked'])
  expect(await gator.backend.counts('done')).toEqual(EMPTY)
})

test('middleware is around each try', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'around' })
  gator.use({
    enqueue(tasks, next) {
      for (const task of tasks) task.headers = { tenant: 'one' }
      return next(tasks)
    },
    run(task, next) {
      ran.push(`around for ${task.headers['tenant']} on ${task.queue}`)
      return next()
    },
  })
  await gator.task(greet, 'a')
  await lambdaHandler(gator, options)(await eventOf('around'))
  expect(ran).toEqual(['around for one on around', 'a'])
})

test('what fails is tried again as it says, by whoever is next, and becomes a dead letter', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'fails' })
  await gator.options({ retries: 2, backoff: 0 }).task(fail, 'x')
  const handler = lambdaHandler(gator, options)
  expect(await handler(await eventOf('fails'))).toEqual({ batchItemFailures: [] })
  expect(await handler(await eventOf('fails'))).toEqual({ batchItemFailures: [] })
  await new Worker(gator, { maxTasks: 1, logger: silentLogger() }).runForever()
  expect(ran).toEqual(['x, try 1', 'x, try 2', 'x, try 3'])
  expect(await gator.backend.counts('fails')).toEqual({ ...EMPTY, dead: 1 })
})

test('what is no task becomes a dead letter, and does not hold up the others', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'mixed' })
  await gator.backend.push('mixed', 'bad', 'not a task')
  await gator.task(greet, 'good')
  expect(await lambdaHandler(gator, options)(await eventOf('mixed'))).toEqual({ batchItemFailures: [] })
  expect(ran).toEqual(['good'])
  expect(await gator.backend.counts('mixed')).toEqual({ ...EMPTY, dead: 1 })
})

test('what could not be settled is reported, and shown again', async () => {
  const sdk = emulator.sdk(({ name }) => {
    if (name === 'DeleteMessageBatch' && isDown)
      throw Object.assign(new Error('denied'), { name: 'AccessDenied' })
  })
  let isDown = true
  const gator = new Gator(emulator.client({}, sdk), { queueName: 'unsettled', lease: '3s' })
  await gator.task(greet, 'a')
  const event = await eventOf('unsettled')
  const failures = event.Records.map(({ messageId }) => ({ itemIdentifier: messageId }))
  expect(await lambdaHandler(gator, options)(event)).toEqual({ batchItemFailures: failures })
  expect(await gator.backend.counts('unsettled')).toEqual({ ...EMPTY, running: 1 })
  isDown = false
})

test('a task whose code is not deployed yet goes back, no try charged', async () => {
  const gator = new Gator(emulator.client(), { queueName: 'new' })
  const task = { task_id: 'one', retries: 0, is_async: true, module: 'not/deployed', callable: 'x', args: [] }
  await gator.backend.push('new', 'one', JSON.stringify(task))
  const event = await eventOf('new')
  const failures = event.Records.map(({ messageId }) => ({ itemIdentifier: messageId }))
  expect(await lambdaHandler(gator, options)(event)).toEqual({ batchItemFailures: failures })
  expect(await gator.backend.counts('new')).toEqual({ ...EMPTY, delayed: 1 })
})

test('what comes before it is due is put off', async () => {
  let late = 0
  const sdk = emulator.sdk(({ input }) => {
    const entries = (input['Entries'] ?? []) as { DelaySeconds?: number }[]
    for (const entry of entries) if ((late += 1) === 1) entry.DelaySeconds = 0
  })
  const gator = new Gator(emulator.client({}, sdk), { queueName: 'early' })
  await gator.options({ delayBy: 600 }).task(greet, 'later')
  const event = await eventOf('early')
  expect(event.Records).toHaveLength(1)
  await lambdaHandler(gator, options)(event)
  expect(ran).toEqual([])
  expect(await gator.backend.counts('early')).toEqual({ ...EMPTY, delayed: 1 })
})

test('a FIFO queue stops at the first that fails', async () => {
  const group = ({ taskId }: { taskId: string }) => taskId
  const gator = new Gator(emulator.client({ group }), { queueName: 'order.fifo' })
  const task = { task_id: 'one', retries: 0, is_async: true, module: 'not/deployed', callable: 'x', args: [] }
  await gator.task(greet, 'first')
  await gator.backend.push('order.fifo', 'one', JSON.stringify(task))
  await gator.task(greet, 'last')
  const event = await eventOf('order.fifo')
  expect(event.Records).toHaveLength(3)
  const { batchItemFailures } = await lambdaHandler(gator, options)(event)
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
    event.Records.slice(1).map(({ messageId }) => messageId),
  )
  expect(ran).toEqual(['first'])
})

test('with a secret, only what is signed for that very queue runs', async () => {
  const client = emulator.client()
  const gator = new Gator(client, { queueName: 'sealed', secret: 'a secret of this test '.repeat(2) })
  const task = (taskId: string) => {
    const call = { module: 'lambda-test', callable: 'greet', args: [taskId] }
    return JSON.stringify({ task_id: taskId, retries: 0, is_async: true, ...call })
  }
  await client.push('sealed', 'unsigned', task('unsigned'))
  await client.push('sealed', 'moved', gator.seal(task('moved'), 'another'))
  await client.push('sealed', 'genuine', gator.seal(task('genuine')))
  const event = await eventOf('sealed')
  expect(event.Records).toHaveLength(3)
  expect(await lambdaHandler(gator, options)(event)).toEqual({ batchItemFailures: [] })
  expect(ran).toEqual(['genuine'])
  expect(await gator.backend.counts('sealed')).toMatchObject({ dead: 2 })
})

test('a gator of another backend is refused, and an event of another queue', async () => {
  expect(() => lambdaHandler(new Gator('locmem://'))).toThrow('use sqs://')
  const gator = new Gator(emulator.client({ prefix: 'other-' }), { queueName: 'done' })
  await emulator.client().push('elsewhere', 'one', 'x')
  const event = await eventOf('elsewhere')
  expect((await lambdaHandler(gator, options)(event)).batchItemFailures).toHaveLength(1)
})

test('a task with a key has it until it was run, and what came too early goes back', async () => {
  const client = emulator.client()
  const gator = new Gator(client, { queueName: 'keys', state: 'locmem://lambda-keys' })
  const once = gator.options({ unique: { key: 'k', until: 'finished', onConflict: 'replace' } })
  await once.task(greet, 'first')
  expect((await once.task(greet, 'second')).isDuplicate).toBe(true)
  await lambdaHandler(gator, options)(await eventOf('keys'))
  expect(ran).toEqual(['second'])
  expect((await once.task(greet, 'third')).isDuplicate).toBe(false)
  // The message is there; its task is put off.
  const later = gator.options({ unique: { key: 'k', onConflict: 'replace' }, delayBy: '1h' })
  expect((await later.task(greet, 'later')).isDuplicate).toBe(true)
  const event = await eventOf('keys')
  const [message = ''] = event.Records.map(({ messageId }) => messageId)
  const response = await lambdaHandler(gator, options)(event)
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: message }] })
  expect(ran).toEqual(['second'])
  await expect(once.task(greet, 'sooner')).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    missing: 'expediting',
  })
  await gator.close()
})
