import { setTimeout } from 'node:timers/promises'
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
    // By hand: its own worker pauses for half a second after each batch.
    async work(concurrency, onTask) {
      let stopped = false
      const loop = async () => {
        while (!stopped) {
          const jobs = await boss.fetch<Payload>(QUEUE, { batchSize: concurrency })
          for (const { data } of jobs) onTask(data.sentAt)
          if (jobs.length > 0)
            await boss.complete(
              QUEUE,
              jobs.map(({ id }) => id),
            )
          else await setTimeout(5)
        }
      }
      const ended = loop()
      return async () => {
        stopped = true
        await ended
      }
    },
    close: () => boss.stop({ graceful: false, close: true }),
  }
}
