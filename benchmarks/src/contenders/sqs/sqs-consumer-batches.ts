import { randomUUID } from 'node:crypto'
import { Producer } from 'sqs-producer'
import { type Contender, payloadOf } from '../../contender.js'
import { consumeWith } from './consumers.js'
import { connect, findQueue } from './queue.js'

/** sqs-consumer with a function for up to ten messages, which succeed or fail together, and sqs-producer to send them. */
export async function open(url: string): Promise<Contender> {
  const sqs = connect(url)
  const queueUrl = await findQueue(sqs)
  const producer = Producer.create({ sqs, queueUrl })
  const message = (sentAt: number, delaySeconds = 0) => ({
    id: randomUUID(),
    body: JSON.stringify(payloadOf(sentAt)),
    delaySeconds,
  })
  return {
    enqueue: (sentAt) => producer.send(message(sentAt)),
    enqueueMany: (sentAts) => producer.send(sentAts.map((sentAt) => message(sentAt))),
    enqueueLater: (dueAt, milliseconds) => producer.send(message(dueAt, Math.ceil(milliseconds / 1000))),
    work: consumeWith(sqs, queueUrl, (visit) => ({
      handleMessageBatch: async (messages) => {
        for (const message of messages) visit(message)
        return messages
      },
    })),
    close: async () => sqs.destroy(),
  }
}
