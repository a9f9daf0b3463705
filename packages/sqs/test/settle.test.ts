import type { DeathReason, Delivery } from '@alligator/core'
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SqsClient, SqsConnection } from '../src/index.js'
import { Emulator, type SentRequest } from './emulator.js'

const REASON: DeathReason = {
  code: 'ERROR',
  message: 'żółw \0',
  at: 1,
  worker: 'w',
  attempt: 2,
  stack: 'x'.repeat(9000),
}

let emulator: Emulator
let sent: SentRequest[]
/** The request that fails, after or before it has reached the queue. */
let failing: string | undefined

beforeAll(async () => {
  emulator = await Emulator.start()
})
beforeEach(() => {
  sent = []
  failing = undefined
})
afterAll(() => emulator.close())

function open(): SqsClient {
  const sdk = emulator.sdk((request) => {
    if (request.name === failing) throw Object.assign(new Error('no network'), { name: 'TimeoutError' })
    sent.push(request)
  })
  return emulator.client({}, sdk)
}

async function take(client: SqsClient, queue: string): Promise<Delivery> {
  const [delivery] = await client.reserve([queue], { lease: 30, wait: 3 })
  if (!delivery) throw new Error(`${queue} has nothing that is due`)
  return delivery
}

const names = () => sent.map(({ name }) => name)

describe('release', () => {
  test('shows a task again in one step', async () => {
    const client = open()
    await client.push('shown', 'one', 'x')
    const delivery = await take(client, 'shown')
    sent = []
    expect(await client.release(delivery)).toBe(true)
    expect(names()).toEqual(['ChangeMessageVisibilityBatch'])
    expect(sent[0]?.input['Entries']).toMatchObject([{ VisibilityTimeout: 0 }])
    const again = await take(client, 'shown')
    sent = []
    // The second time it is sent anew, so that it counts from 1 again.
    expect(await client.release(again)).toBe(true)
    expect(names()).toEqual(['SendMessageBatch', 'DeleteMessageBatch'])
    expect(await take(client, 'shown')).toMatchObject({ taskId: delivery.taskId, deliveries: 1 })
  })

  test('with a count sends it anew, with what it counts from', async () => {
    const client = open()
    await client.push('counted', 'one', 'x')
    const delivery = await take(client, 'counted')
    sent = []
    expect(await client.release(delivery, { deliveries: 3 })).toBe(true)
    expect(names()).toEqual(['SendMessageBatch', 'DeleteMessageBatch'])
    const attributes = { 'Alligator.Deliveries': { StringValue: '3' } }
    expect(sent[0]?.input['Entries']).toMatchObject([{ MessageAttributes: attributes }])
    const again = await take(client, 'counted')
    expect(again).toMatchObject({ taskId: delivery.taskId, data: 'x', deliveries: 4 })
    // Without a count it is sent anew once more: to show it would count on.
    expect(await client.release(again)).toBe(true)
    expect(await take(client, 'counted')).toMatchObject({ taskId: delivery.taskId, deliveries: 1 })
  })

  test('with a delay hides it in one step, as long as SQS allows', async () => {
    const client = open()
    await client.push('hidden', 'one', 'x')
    sent = []
    await client.release(await take(client, 'hidden'), { delayUntil: Date.now() / 1000 + 3600 })
    await client.push('hidden', 'two', 'x')
    await client.release(await take(client, 'hidden'), { delayUntil: Date.now() / 1000 + 13 * 3600 })
    const [hidden, , , resent] = sent.filter(({ name }) => !/^(Receive|Get)/.test(name))
    expect(hidden).toMatchObject({ name: 'ChangeMessageVisibilityBatch' })
    expect(sent.at(-2)).toMatchObject({
      name: 'SendMessageBatch',
      input: { Entries: [{ DelaySeconds: 900 }] },
    })
    expect(resent?.name).toBe('DeleteMessageBatch')
  })

  test('with another payload sends it before it deletes: a failure in between doubles and does not lose', async () => {
    const client = open()
    await client.push('changed', 'one', 'old')
    const delivery = await take(client, 'changed')
    failing = 'SendMessageBatch'
    await expect(client.release(delivery, { data: 'new' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    failing = 'DeleteMessageBatch'
    expect(await client.release(delivery, { data: 'new' })).toBe(true)
    failing = undefined
    expect(await take(client, 'changed')).toMatchObject({
      data: 'new',
      taskId: delivery.taskId,
      deliveries: 1,
    })
    expect(await client.counts('changed')).toMatchObject({ running: 2 })
  })
})

describe('dead letters', () => {
  test('lie in <queue>-dead with their reason', async () => {
    const client = open()
    const id = await client.push('work', 'one', 'x')
    expect(await client.bury(await take(client, 'work'), REASON)).toBe(true)
    expect(await client.counts('work')).toMatchObject({ waiting: 0, running: 0, dead: 1 })
    const command = new ReceiveMessageCommand({
      QueueUrl: await emulator.queue('work-dead', { MessageRetentionPeriod: '1209600' }),
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 0,
    })
    const [message] = (await emulator.sdk().send(command)).Messages ?? []
    expect(message?.Body).toBe('x')
    const { 'Alligator.Id': letterId, 'Alligator.Reason': reason } = message?.MessageAttributes ?? {}
    expect(letterId?.StringValue).toBe(id)
    expect(JSON.parse(reason?.StringValue ?? '')).toMatchObject({
      code: 'ERROR',
      message: 'żółw \0',
      attempt: 2,
    })
    expect(await client.deadLetters.kick('work')).toBe(1)
    expect(await take(client, 'work')).toMatchObject({ taskId: id, data: 'x', deliveries: 1 })
  })

  test('go to the redrive target, where those of other queues stay', async () => {
    await emulator.queue('shared')
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: emulator.arn('shared'), maxReceiveCount: 20 })
    for (const queue of ['a', 'b']) await emulator.queue(queue, { RedrivePolicy })
    const client = open()
    for (const queue of ['a', 'b', 'b']) {
      await client.push(queue, 'one', queue)
      await client.bury(await take(client, queue), REASON)
    }
    expect((await client.counts('a')).dead).toBe(3)
    expect(await client.deadLetters.kick('a')).toBe(1)
    expect(await take(client, 'a')).toMatchObject({ data: 'a' })
    const { taskId } = await bury(client, 'b', 'third')
    expect(await client.deadLetters.kick('b', [taskId, 'unknown'])).toBe(1)
    expect(await take(client, 'b')).toMatchObject({ data: 'third' })
    await client.dropAll('a')
    expect((await client.counts('b')).dead).toBe(2)
    expect(await client.deadLetters.kick('b')).toBe(2)
  })

  test('that SQS moved to a shared target stay those of their own queue', async () => {
    await emulator.queue('failed')
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: emulator.arn('failed'), maxReceiveCount: 1 })
    const sdk = emulator.sdk()
    const cameFrom = new Map<string | undefined, string>()
    // The emulator lacks an attribute that AWS gives to whoever asks for it.
    const send: SqsConnection['send'] = async (command, options) => {
      const answer = await sdk.send(command as ReceiveMessageCommand, options)
      const asked = (command as ReceiveMessageCommand).input.MessageSystemAttributeNames ?? []
      if (asked.includes('DeadLetterQueueSourceArn'))
        for (const { MessageId, Attributes } of answer.Messages ?? []) {
          const arn = cameFrom.get(MessageId)
          if (Attributes && arn !== undefined) Attributes.DeadLetterQueueSourceArn = arn
        }
      return answer
    }
    const client = emulator.client({}, { send } as SQSClient)
    for (const queue of ['mails', 'bills', 'news']) {
      const QueueUrl = await emulator.queue(queue, { RedrivePolicy })
      cameFrom.set(await client.push(queue, '', queue), emulator.arn(queue))
      for (let receive = 0; receive < 2; receive += 1)
        await sdk.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }))
    }
    expect(await client.deadLetters.kick('mails')).toBe(1)
    expect(await take(client, 'mails')).toMatchObject({ data: 'mails' })
    await client.dropAll('news')
    expect(await client.counts('bills')).toMatchObject({ waiting: 0, dead: 1 })
    expect(await client.deadLetters.kick('bills')).toBe(1)
    expect(await take(client, 'bills')).toMatchObject({ data: 'bills' })
  })

  test('that SQS moved by itself are kicked too', async () => {
    await emulator.queue('redriven-dead')
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: emulator.arn('redriven-dead'),
      maxReceiveCount: 2,
    })
    await emulator.queue('redriven', { RedrivePolicy })
    const client = open()
    await client.push('redriven', 'one', 'x')
    for (let receive = 0; receive < 2; receive += 1)
      expect(await client.reserve(['redriven'], { lease: 1, wait: 3 })).toHaveLength(1)
    expect(await client.reserve(['redriven'], { lease: 1, wait: 2 })).toEqual([])
    expect(await client.deadLetters.kick('redriven')).toBe(1)
    expect(await take(client, 'redriven')).toMatchObject({ data: 'x' })
  })

  test('are not lost when burying fails halfway', async () => {
    const client = open()
    await client.push('halfway', 'one', 'x')
    const delivery = await take(client, 'halfway')
    failing = 'SendMessageBatch'
    await expect(client.bury(delivery, REASON)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    failing = undefined
    expect(await client.bury(delivery, REASON)).toBe(true)
    expect(await client.counts('halfway')).toMatchObject({ running: 0, dead: 1 })
  })

  async function bury(client: SqsClient, queue: string, data: string): Promise<Delivery> {
    await client.push(queue, data, data)
    const delivery = await take(client, queue)
    await client.bury(delivery, REASON)
    return delivery
  }
})
