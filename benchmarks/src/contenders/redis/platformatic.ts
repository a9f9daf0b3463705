import { randomUUID } from 'node:crypto'
import { Queue, RedisStorage } from '@platformatic/job-queue'
import { type Contender, type Payload, payloadOf } from '../../contender.js'

/** @platformatic/job-queue: results are kept for the shortest time that it knows. It has neither bulk nor delays. */
export async function open(url: string): Promise<Contender> {
  const connect = (concurrency: number) =>
    new Queue<Payload>({ storage: new RedisStorage({ url }), concurrency, resultTTL: 1 })
  const producer = connect(1)
  await producer.start()
  return {
    enqueue: (sentAt) => producer.enqueue(randomUUID(), payloadOf(sentAt)),
    async work(concurrency, onTask) {
      const consumer = connect(concurrency)
      consumer.execute(async ({ payload }: { payload: Payload }) => onTask(payload.sentAt))
      await consumer.start()
      return () => consumer.stop()
    },
    close: () => producer.stop(),
  }
}
