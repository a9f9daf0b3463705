import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { type Contender, type Payload, payloadOf } from '../../contender.js'

const TASK = 'visit'
const logger = new Logger(() => () => undefined)

/** graphile-worker with the settings that its documents recommend for speed: jobs are taken and completed in batches. */
export async function open(url: string): Promise<Contender> {
  const utils = await makeWorkerUtils({ connectionString: url, logger })
  await utils.migrate()
  return {
    enqueue: (sentAt) => utils.addJob(TASK, payloadOf(sentAt)),
    enqueueMany: (sentAts) =>
      utils.addJobs(sentAts.map((sentAt) => ({ identifier: TASK, payload: payloadOf(sentAt) }))),
    enqueueLater: (dueAt, delay) =>
      utils.addJob(TASK, payloadOf(dueAt), { runAt: new Date(Date.now() + delay) }),
    async work(concurrency, onTask) {
      const preset = {
        worker: {
          connectionString: url,
          concurrentJobs: concurrency,
          maxPoolSize: 10,
          pollInterval: 500,
          logger,
          ...(concurrency > 1 && {
            localQueue: { size: 5 * concurrency },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          }),
        },
      }
      const taskList = { [TASK]: (payload: unknown) => onTask((payload as Payload).sentAt) }
      const runner = await run({ preset, taskList, noHandleSignals: true })
      return () => runner.stop()
    },
    close: async () => utils.release(),
  }
}
