import type { Client } from '@alligator/core'
import fc from 'fast-check'
import type { Trial } from '../trial.js'
import type { Moment } from './model-task.js'
import type { QueueModel } from './queue-model.js'

/** The store that a history is played on: two clients of it, and its time. */
export interface Stage {
  readonly trial: Trial
  readonly clients: readonly [Client, Client]
  readonly queues: readonly [string, string]
}

/** One step of a history. */
export type Step = fc.AsyncCommand<QueueModel, Stage>

/** What a step does to the store, and tells the model. */
export type Run = (model: QueueModel, stage: Stage) => Promise<void>

/** Few, so that pushes meet what is held. */
export const IDS: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f']

/** Which client takes a step. */
export const client: fc.Arbitrary<0 | 1> = fc.constantFrom<0 | 1>(0, 1)
/** Which queue a step is about. */
export const queue: fc.Arbitrary<0 | 1> = fc.constantFrom<0 | 1>(0, 1)
/** Which task a step is about. */
export const id: fc.Arbitrary<string> = fc.constantFrom(...IDS)

/** The moment that a stage is in. */
export function momentOf({ trial }: Stage): Moment {
  return { now: trial.time.now(), precision: trial.qualities.delayPrecision }
}

/** Makes a step, shown with its arguments when a history fails. */
export function step(
  name: string,
  args: unknown,
  run: Run,
  check: (model: Readonly<QueueModel>) => boolean = () => true,
): Step {
  return { check, run, toString: () => `${name}(${fc.stringify(args)})` }
}
