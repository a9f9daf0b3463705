import { fileURLToPath } from 'node:url'
import { Gator, Worker, silentLogger } from '@alligator/core'
import type { Contender } from '../contender.js'
import { listener, visit } from '../task.js'

/** The folder of this package, wherever it is run from. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Alligator as an app uses it: the whole engine, with its defaults. */
export function openGator(dsn: string): Contender {
  const gator = new Gator(dsn, { root: ROOT })
  return {
    enqueue: (sentAt) => gator.task(visit, sentAt),
    enqueueMany: (sentAts) =>
      gator.taskMany(
        visit,
        sentAts.map((sentAt) => [sentAt]),
      ),
    enqueueLater: (dueAt, milliseconds) => gator.options({ delayBy: milliseconds / 1000 }).task(visit, dueAt),
    async work(concurrency, onTask) {
      listener.onTask = onTask
      const worker = new Worker(gator, { concurrency, logger: silentLogger() })
      const ended = worker.runForever()
      return async () => {
        worker.stop()
        await ended
      }
    },
    close: () => gator.close(),
  }
}
