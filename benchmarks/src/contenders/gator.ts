import { fileURLToPath } from 'node:url'
import { Gator, Worker, silentLogger } from '@alligator/core'
import type { Contender } from '../contender.js'
import { listener, visit } from '../task.js'

/** The folder of this package, wherever it is run from. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Alligator as an app uses it: the whole engine, with its defaults. */
export function openGator(dsn: string): Contender {
  const gator = new Gator(dsn, { root: ROOT })
  const kept = gator.options({ keepResult: '1h' })
  return {
    enqueue: (sentAt) => gator.task(visit, sentAt),
    enqueueMany: (sentAts) => gator.taskMany(visit, each(sentAts)),
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
    features: {
      enqueueUnique: (key) => gator.options({ unique: { key: String(key) } }).task(visit, key),
      enqueueManyUnique: (keys) => gator.options({ unique: true }).taskMany(visit, each(keys)),
      enqueueManyKept: (sentAts) => kept.taskMany(visit, each(sentAts)),
      schedule: (count) =>
        Promise.all(
          Array.from({ length: count }, (_, at) =>
            gator.schedule(`schedule ${at}`, { every: '1s' }).task(visit, at),
          ),
        ),
    },
    close: () => gator.close(),
  }
}

function each(numbers: readonly number[]): [number][] {
  return numbers.map((number) => [number])
}
