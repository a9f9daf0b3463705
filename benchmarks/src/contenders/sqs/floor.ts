import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { type Contender, floorPayload } from '../../contender.js'
import { inFlight } from '../../measure.js'
import { connect, findQueue } from './queue.js'

/** The most that one request of SQS takes. */
const BATCH = 10
/** Requests under way at once, of a bulk. */
const LANES = 16

async function sendMany(sqs: SQSClient, QueueUrl: string, sentAts: readonly number[]): Promise<void> {
  let begin = 0
  await inFlight(LANES, async () => {
    const part = sentAts.slice(begin, (begin += BATCH))
    if (part.length === 0) return false
    const Entries = part.map((sentAt, at) => ({ Id: String(at), MessageBody: floorPayload(sentAt) }))
    return sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  })
}

function removeAll(sqs: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<unknown> {
  const Entries = messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }))
  return sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
}

/** A long poll cannot be broken off: what it is given too late is handed back. */
async function handBack(sqs: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<false> {
  const Entries = messages.map(({ ReceiptHandle }, at) => ({
    Id: String(at),
    ReceiptHandle,
    VisibilityTimeout: 0,
  }))
  if (messages.length > 0) await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
  return false
}

/** The least that SQS allows: requests of ten, and what is finished is deleted while the next ten are received. */
export async function open(url: string): Promise<Contender> {
  const sqs = connect(url)
  const QueueUrl = await findQueue(sqs)
  return {
    enqueue: (sentAt) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: floorPayload(sentAt) })),
    enqueueMany: (sentAts) => sendMany(sqs, QueueUrl, sentAts),
    async work(concurrency, onTask) {
      const receive = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(BATCH, concurrency),
        WaitTimeSeconds: 20,
      })
      let stopped = false
      void inFlight(Math.ceil(concurrency / BATCH), async () => {
        const { Messages = [] } = await sqs.send(receive)
        if (stopped) return handBack(sqs, QueueUrl, Messages)
        for (const { Body = '' } of Messages) onTask(Number.parseFloat(Body))
        if (Messages.length > 0) void removeAll(sqs, QueueUrl, Messages)
        return true
      })
      return async () => {
        stopped = true
      }
    },
    close: async () => sqs.destroy(),
  }
}
