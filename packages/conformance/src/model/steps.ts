import fc from 'fast-check'
import type { Trial } from '../trial.js'
import { closeBatchStep, openBatchStep, pushMembersStep } from './batch-steps.js'
import {
  anyAfter,
  anyPriority,
  cancelStep,
  dropAllStep,
  expediteStep,
  kickStep,
  lookStep,
  passStep,
  passToNextStep,
  pauseStep,
  placeStep,
  pushManyStep,
  pushStep,
  removeStep,
  reserveByIdStep,
  reserveStep,
  resumeStep,
} from './queue-steps.js'
import { ackStep, buryStep, extendStep, releaseStep } from './settle-steps.js'
import type { Step } from './step.js'

/** Seconds that outlast any history played in real time. */
const FAR = 3600

/** The steps that histories are made of, as far as the store can take them: each as often as it should be frequent. */
export function stepsFor({ client, time }: Trial): fc.Arbitrary<Step>[] {
  const {
    byId,
    cancellation,
    deadLetters,
    priorities,
    pausing,
    expediting,
    uniqueness,
    dependents,
    batches,
  } = client
  const priority = priorities ? anyPriority : fc.constant(undefined)
  const seconds = time.manual ? fc.integer({ min: 1, max: 40 }) : fc.constant(FAR)
  const delay = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: seconds },
    fc.constant(-5),
  )
  const frequencies: readonly (readonly [number, fc.Arbitrary<Step>])[] = [
    [2, pushStep(delay)],
    [3, pushManyStep(delay, priority, dependents ? anyAfter : fc.constant(undefined))],
    [batches ? 1 : 0, openBatchStep()],
    [batches ? 3 : 0, pushMembersStep()],
    [batches ? 2 : 0, closeBatchStep()],
    [uniqueness ? 3 : 0, placeStep(delay, seconds, priority)],
    [5, reserveStep(seconds, priorities !== undefined)],
    [byId ? 1 : 0, reserveByIdStep(seconds)],
    [2, ackStep()],
    [1, extendStep(seconds)],
    [2, releaseStep(delay)],
    [1, buryStep()],
    [deadLetters ? 2 : 0, kickStep()],
    [byId ? 1 : 0, removeStep()],
    [cancellation ? 1 : 0, cancelStep()],
    [pausing ? 1 : 0, pauseStep(seconds)],
    [pausing ? 2 : 0, resumeStep()],
    [expediting ? 1 : 0, expediteStep()],
    [1, dropAllStep()],
    [1, lookStep()],
    [time.manual ? 1 : 0, passStep()],
    [time.manual ? 2 : 0, passToNextStep()],
  ]
  return frequencies.flatMap(([times, each]) => Array.from({ length: times }, () => each))
}
