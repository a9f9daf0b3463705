import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'

/** The queue that all of them use: that of a gator whose options say nothing. */
const QUEUE = 'all'
export const REGION = 'us-east-1'

/** One client of the SDK. */
export function connect(endpoint: string): SQSClient {
  return new SQSClient({ region: REGION, endpoint })
}

export async function createQueue(endpoint: string): Promise<void> {
  const sqs = connect(endpoint)
  await sqs.send(new CreateQueueCommand({ QueueName: QUEUE }))
  sqs.destroy()
}

/** Asks where the queue is. */
export async function findQueue(sqs: SQSClient): Promise<string> {
  return (await sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }))).QueueUrl ?? ''
}
