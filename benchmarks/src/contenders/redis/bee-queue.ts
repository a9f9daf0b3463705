import BeeQueue from 'bee-queue'
import { type Contender, type Payload, payloadOf } from '../../contender.js'

/** bee-queue: no events, finished jobs are removed, nothing is kept in the producer. */
export async function open(url: string): Promise<Contender> {
  const connect = (isWorker: boolean) =>
    new BeeQueue<Payload>('visit', {
      redis: { url },
      isWorker,
      getEvents: false,
      sendEvents: false,
      storeJobs: false,
      removeOnSuccess: true,
      removeOnFailure: true,
      activateDelayedJobs: isWorker,
      delayedDebounce: 1,
    })
  const queue = await connect(false).ready()
  return {
    enqueue: (sentAt) => queue.createJob(payloadOf(sentAt)).save(),
    enqueueMany: (sentAts) => queue.saveAll(sentAts.map((sentAt) => queue.createJob(payloadOf(sentAt)))),
    enqueueLater: (dueAt, milliseconds) =>
      queue
        .createJob(payloadOf(dueAt))
        .delayUntil(Date.now() + milliseconds)
        .save(),
    async work(concurrency, onTask) {
      const worker = await connect(true).ready()
      worker.process(concurrency, async ({ data }: { data: Payload }) => onTask(data.sentAt))
      return () => worker.close(5000)
    },
    close: () => queue.close(5000),
  }
}
