import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type Contender, type Payload, payloadOf } from '../../contender.js'

const NAME = 'visit'

/** BullMQ: finished jobs are removed, one event at most is kept. */
export function open(url: string): Contender {
  const connect = () => new Redis(url, { maxRetriesPerRequest: null })
  const connections = [connect(), connect()]
  const [connection, workers] = connections as [Redis, Redis]
  const queue = new Queue<Payload>(NAME, {
    connection,
    skipMetasUpdate: true,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    streams: { events: { maxLen: 1 } },
  })
  const job = (sentAt: number) => ({ name: NAME, data: payloadOf(sentAt) })
  return {
    enqueue: (sentAt) => queue.add(NAME, payloadOf(sentAt)),
    enqueueMany: (sentAts) => queue.addBulk(sentAts.map(job)),
    enqueueLater: (dueAt, delay) => queue.add(NAME, payloadOf(dueAt), { delay }),
    async work(concurrency, onTask) {
      const run = async ({ data }: { data: Payload }) => onTask(data.sentAt)
      const options = { connection: workers, concurrency }
      const worker = new Worker<Payload>(NAME, run, options)
      await worker.waitUntilReady()
      return () => worker.close()
    },
    async close() {
      await queue.close()
      for (const open of connections) open.disconnect()
    },
  }
}
