import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expectSameNames } from '../expect.js'
import { look } from '../model/look.js'
import { QueueModel } from '../model/queue-model.js'
import { type Stage, type Step, momentOf } from '../model/step.js'
import { stepsFor } from '../model/steps.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, idsOf } from '../trial.js'

/** Steps of a history at most. */
const LONGEST = 60
/** Milliseconds after which no further history begins, and none is made shorter. */
const TIME_LIMIT = 40_000
/** Seconds in which every delay and lease of a history ends. */
const ALL_DUE = 100_000

/** Random histories of two clients, compared step by step with a model. A failure prints the shortest history and its seed. */
export function properties(runs: number | undefined, seed: number | undefined): readonly Scenario[] {
  return [
    proves('random histories agree with the model', ['leases', 'customIds'], async (trial) => {
      const clients = [trial.client, await trial.another()] as const
      const histories = fc.commands(stepsFor(trial), { maxCommands: LONGEST, size: 'max' })
      const property = fc.asyncProperty(histories, (history) => playHistory(history, stageOf(trial, clients)))
      const numRuns = runs ?? (trial.time.manual ? 200 : 50)
      const replay = seed === undefined ? {} : { seed }
      await fc.assert(property, {
        numRuns,
        ...replay,
        interruptAfterTimeLimit: TIME_LIMIT,
        includeErrorInReport: true,
      })
    }),
  ]
}

/** Each history has queues that were never used: what only happens to a new one must not hide behind the first history. */
function stageOf(trial: Trial, clients: Stage['clients']): Stage {
  const name = randomUUID()
  return { trial, clients, queues: [trial.queue(`first-${name}`), trial.queue(`second-${name}`)] }
}

async function playHistory(history: Iterable<Step>, stage: Stage): Promise<void> {
  const { trial } = stage
  const strictness = { ordered: trial.has('ordered'), exact: trial.has('exactCounts') }
  const model = new QueueModel(stage.queues, strictness)
  try {
    await fc.asyncModelRun(() => ({ model, real: stage }), history)
    await look(model, stage.trial.client, stage.trial, momentOf(stage))
    if (stage.trial.time.manual) await drain(model, stage)
  } finally {
    for (const queue of stage.queues) {
      await stage.trial.client.dropAll(queue)
      await stage.trial.client.pausing?.resume(queue)
    }
  }
}

/** In the end every task that is neither finished nor dead is handed out, once. */
async function drain(model: QueueModel, stage: Stage): Promise<void> {
  const { trial } = stage
  await trial.time.reach(trial.time.now() + ALL_DUE)
  for (const queue of stage.queues) {
    await trial.client.pausing?.resume(queue)
    for (const batchId of model.batches.unended(queue))
      await trial.client.batches?.close(queue, batchId, 'full')
    const handedOut: string[] = []
    // What is parked comes behind what it waits for.
    for (let taken = await trial.takeAll(queue); taken.length > 0; taken = await trial.takeAll(queue)) {
      handedOut.push(...idsOf(taken))
      await trial.client.ack(taken)
    }
    const { gone } = model.batches.endAll(queue, trial.time.now())
    const alive = model.tasks(queue).filter((task) => task.state !== 'dead' && !gone.includes(task.id))
    expectSameNames(
      handedOut,
      alive.map((task) => task.id),
      'no task is lost, and none is there twice',
    )
  }
}
