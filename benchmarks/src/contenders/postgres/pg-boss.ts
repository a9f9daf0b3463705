import { PgBoss } from 'pg-boss'
import { type Contender, type Payload, payloadOf } from '../../contender.js'

const QUEUE = 'visit'

/** pg-boss: fetches a batch, runs it, completes it; what is done is deleted. Nothing that it does beside that is switched on. */
export async function open(url: string): Promise<Contender> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  boss.on('error', console.error)
  await boss.start()
  await boss.createQueue(QUEUE, { deleteAfterSeconds: 1, retryLimit: 0 })
  return {
    enqueue: (sentAt) => boss.send(QUEUE, payloadOf(sentAt)),
    enqueueMany: (sentAts) =>
      boss.insert(
        QUEUE,
        sentAts.map((sentAt) => ({ data: payloadOf(sentAt) })),
      ),
    enqueueLater: (dueAt, delay) =>
      boss.send(QUEUE, payloadOf(dueAt), { startAfter: new Date(Date.now() + delay) }),
    async work(concurrency, onTask) {
      await boss.work<Payload>(
        QUEUE,
        { batchSize: concurrency, pollingIntervalSeconds: 0.5 },
        async (jobs) => {
          for (const { data } of jobs) onTask(data.sentAt)
        },
      )
      return async () => void (await boss.offWork(QUEUE))
    },
    close: () => boss.stop({ graceful: false, close: true }),
  }
}
