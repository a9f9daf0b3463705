// Uploads, and calls the handler with the messages of the queue, as AWS Lambda would.
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { gator } from '../gator.js'
import { handler } from '../handler.js'
import { uploaded } from '../upload.js'

await uploaded('cat.png')
await uploaded('setup.exe')
const endpoint = new URL(process.env.ALLIGATOR_CONN).searchParams.get('endpoint')
const sqs = new SQSClient({ region: 'us-east-1', endpoint })
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'thumbnails' }))
const { Messages } = await sqs.send(
  new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
    WaitTimeSeconds: 2,
  }),
)
const { batchItemFailures } = await handler({ Records: Messages.map(asRecord) })
const { waiting, delayed } = await gator.backend.counts('thumbnails')
console.log(JSON.stringify({ failures: batchItemFailures, waiting, delayed }))
sqs.destroy()
await gator.close()

function asRecord({ MessageId, ReceiptHandle, Body, Attributes = {}, MessageAttributes = {} }) {
  const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
    name,
    { stringValue: StringValue },
  ])
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: Object.fromEntries(attributes),
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:thumbnails',
  }
}
