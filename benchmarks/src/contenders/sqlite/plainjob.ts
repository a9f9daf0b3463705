import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'
import { type Contender, type Payload, payloadOf } from '../../contender.js'

const TYPE = 'visit'
const logger = { debug: ignore, info: ignore, warn: console.warn, error: console.error }

function ignore(): void {}

/** plainjob: synchronous; one of its workers runs one job at a time, so that concurrency takes several of them. */
export function open(path: string): Contender {
  const queue = defineQueue({ connection: better(new Database(path)), logger })
  return {
    enqueue: (sentAt) => queue.add(TYPE, payloadOf(sentAt)),
    enqueueMany: (sentAts) => queue.addMany(TYPE, sentAts.map(payloadOf)),
    enqueueLater: (dueAt, delay) => queue.add(TYPE, payloadOf(dueAt), { delay }),
    async work(concurrency, onTask) {
      const process = ({ data }: { data: string }) => onTask((JSON.parse(data) as Payload).sentAt)
      const workers = Array.from({ length: concurrency }, () =>
        defineWorker(TYPE, process, { queue, logger, pollIntervall: 5 }),
      )
      const ended = workers.map((worker) => worker.start())
      return async () => {
        await Promise.all(workers.map((worker) => worker.stop()))
        await Promise.all(ended)
      }
    },
    close: async () => queue.close(),
  }
}
