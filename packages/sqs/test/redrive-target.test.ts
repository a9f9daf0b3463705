import { Gator, Worker, silentLogger } from '@alligator/core'
import { DeleteQueueCommand } from '@aws-sdk/client-sqs'
import { Emulator } from './emulator.js'

let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
})
afterAll(() => emulator.close())

async function queueWithTarget(queue: string, target: Record<string, string>): Promise<string> {
  const QueueUrl = await emulator.queue(`${queue}-failed`, target)
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: emulator.arn(`${queue}-failed`),
    maxReceiveCount: 10,
  })
  await emulator.queue(queue, { RedrivePolicy })
  return QueueUrl
}

/** How a worker of this queue ends. */
function work(queueName: string): Promise<unknown> {
  const gator = new Gator(emulator.client({ createQueues: false }), { queueName })
  return new Worker(gator, { maxTasks: 1, logger: silentLogger() }).runForever()
}

describe('a worker does not begin where a task that fails for good could go nowhere:', () => {
  test('the redrive target is not there any more', async () => {
    const QueueUrl = await queueWithTarget('orphan', {})
    await emulator.sdk().send(new DeleteQueueCommand({ QueueUrl }))
    await expect(work('orphan')).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(`there is no queue "${emulator.prefix}orphan-failed"`),
    })
  })

  test('the redrive target takes less than its queue', async () => {
    await queueWithTarget('large', { MaximumMessageSize: '262144' })
    await expect(work('large')).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('takes messages of 262144 bytes at most'),
    })
  })
})
