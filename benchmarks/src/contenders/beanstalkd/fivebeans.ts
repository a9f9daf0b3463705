import { type Contender, type Payload, payloadOf } from '../../contender.js'
import { connect } from './line.js'

/** Seconds that one request waits for a job. */
const WAIT = 1

/**
 * The bare driver as its own worker uses it: a job is reserved, run and deleted, each step after the other, by as many
 * connections as jobs are to run at once. It has no bulk call, but sends without waiting for answers.
 */
export async function open(url: string): Promise<Contender> {
  const producer = await connect(url)
  const put = (sentAt: number, delay = 0) => producer.put(JSON.stringify(payloadOf(sentAt)), delay)
  return {
    enqueue: (sentAt) => put(sentAt),
    enqueueMany: (sentAts) => Promise.all(sentAts.map((sentAt) => put(sentAt))),
    enqueueLater: (dueAt, milliseconds) => put(dueAt, Math.ceil(milliseconds / 1000)),
    async work(concurrency, onTask) {
      let stopped = false
      const lines = await Promise.all(Array.from({ length: concurrency }, () => connect(url)))
      const loops = lines.map(async (line) => {
        while (!stopped) {
          const job = await line.reserve(WAIT)
          if (!job) continue
          onTask((JSON.parse(job.body.toString()) as Payload).sentAt)
          await line.destroy(job.id)
        }
        line.end()
      })
      return async () => {
        stopped = true
        await Promise.all(loops)
      }
    },
    close: async () => producer.end(),
  }
}
