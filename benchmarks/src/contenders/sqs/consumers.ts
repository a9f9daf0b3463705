import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import { Consumer, type ConsumerOptions } from 'sqs-consumer'
import type { Contender, Payload } from '../../contender.js'

type Handler = Pick<ConsumerOptions, 'handleMessage' | 'handleMessageBatch'>

/** The most that one request of SQS gives. */
const BATCH = 10

/**
 * Works with as many consumers as it takes to run that number of tasks at once. A long poll that is broken off may still be given
 * messages, which nobody sees until their visibility ends; so that polls are left to end by themselves, and what they
 * are given too late is handed back.
 */
export function consumeWith(
  sqs: SQSClient,
  queueUrl: string,
  handlerOf: (visit: (message: Message) => void) => Handler,
): Contender['work'] {
  return async (concurrency, onTask) => {
    let stopped = false
    const visit = ({ Body = '{}' }: Message) => {
      if (stopped) throw new Error('It has been stopped.')
      onTask((JSON.parse(Body) as Payload).sentAt)
    }
    const complain = (error: Error) => {
      if (!stopped) console.error(error)
    }
    const consumers = Array.from({ length: Math.ceil(concurrency / BATCH) }, () =>
      Consumer.create({
        sqs,
        queueUrl,
        batchSize: Math.min(BATCH, concurrency),
        waitTimeSeconds: 20,
        terminateVisibilityTimeout: true,
        ...handlerOf(visit),
      }),
    )
    for (const consumer of consumers) {
      consumer.on('error', complain).on('processing_error', complain)
      consumer.start()
    }
    return async () => {
      stopped = true
      for (const consumer of consumers) consumer.stop()
    }
  }
}
