import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { type Contender, payloadOf } from '../../contender.js'
import { consumeWith } from './consumers.js'
import { connect, findQueue } from './queue.js'

/** sqs-consumer with a function for each message, which it deletes by itself, and the SDK to send them. */
export async function open(url: string): Promise<Contender> {
  const sqs = connect(url)
  const queueUrl = await findQueue(sqs)
  const send = (sentAt: number, DelaySeconds = 0) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(payloadOf(sentAt)),
        DelaySeconds,
      }),
    )
  return {
    enqueue: (sentAt) => send(sentAt),
    enqueueLater: (dueAt, milliseconds) => send(dueAt, Math.ceil(milliseconds / 1000)),
    work: consumeWith(sqs, queueUrl, (visit) => ({
      handleMessage: async (message) => {
        visit(message)
        return message
      },
    })),
    close: async () => sqs.destroy(),
  }
}
