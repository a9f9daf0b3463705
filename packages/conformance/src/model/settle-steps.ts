import type { Client } from '@alligator/core'
import fc from 'fast-check'
import { expectEqual } from '../expect.js'
import { REASON } from '../trial.js'
import type { Given, QueueModel } from './queue-model.js'
import { type Run, type Stage, type Step, momentOf, step } from './step.js'

/** How many deliveries ago: the last ones are likelier to be held, and the earlier ones stale. */
const pick = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 3 }) }, fc.nat({ max: 30 }))

/** A step that settles deliveries, held or stale, as soon as there are any. */
function settleStep<T>(name: string, args: T, run: Run): Step {
  return step(name, args, run, (model) => model.given.length > 0)
}

/** The delivery that was given that number of deliveries ago, or the first. */
function given(model: QueueModel, at: number): Given {
  const found = model.given[Math.max(0, model.given.length - 1 - at)] ?? model.given[0]
  if (!found) throw new Error('nothing was handed out yet')
  return found
}

/** Settles several deliveries of one client in one call; gives those that were held. */
async function settleAll(
  model: QueueModel,
  stage: Stage,
  at: readonly number[],
  call: (client: Client, deliveries: Given['delivery'][]) => PromiseLike<readonly Given['delivery'][]>,
): Promise<Given[]> {
  const chosen = [...new Set(at.map((each) => given(model, each)))]
  const mine = chosen.filter((each) => each.client === chosen[0]?.client)
  const lost = await call(
    stage.clients[chosen[0]?.client ?? 0],
    mine.map((each) => each.delivery),
  )
  const held = mine.filter((each) => model.holds(each))
  const stale = mine.filter((each) => !held.includes(each)).map((each) => each.delivery)
  expectEqual(new Set(lost), new Set(stale), 'a store tells which deliveries were no longer held')
  return held
}

export function ackStep(): fc.Arbitrary<Step> {
  return fc.array(pick, { minLength: 1, maxLength: 3 }).map((at) =>
    settleStep('ack', at, async (model, stage) => {
      const held = await settleAll(model, stage, at, async (by, deliveries) => by.ack(deliveries))
      for (const each of held) model.acked(each, momentOf(stage))
    }),
  )
}

export function extendStep(seconds: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return fc.record({ at: fc.array(pick, { minLength: 1, maxLength: 3 }), seconds }).map((args) =>
    settleStep('extend', args, async (model, stage) => {
      const held = await settleAll(model, stage, args.at, async (by, deliveries) =>
        by.extend(deliveries, args.seconds),
      )
      for (const each of held) model.extended(each, momentOf(stage).now + args.seconds)
    }),
  )
}

export function releaseStep(delay: fc.Arbitrary<number | undefined>): fc.Arbitrary<Step> {
  return fc.record({ pick, delay, change: fc.boolean(), count: fc.nat({ max: 3 }) }).map((args) =>
    settleStep('release', args, async (model, stage) => {
      const at = momentOf(stage)
      const chosen = given(model, args.pick)
      const data = args.change ? `changed ${model.given.length}` : undefined
      const delayUntil = args.delay === undefined ? undefined : at.now + args.delay
      // Beside a payload or a delay a store need not heed it.
      const deliveries = data === undefined && delayUntil === undefined ? args.count : 0
      const how = { data, delayUntil, ...(deliveries > 0 && { deliveries }) }
      const held = await stage.clients[chosen.client].release(chosen.delivery, how)
      expectEqual(held, model.holds(chosen), 'release tells whether the task was held')
      if (held) model.released(chosen, { data, until: delayUntil ?? 0, deliveries }, at)
    }),
  )
}

export function buryStep(): fc.Arbitrary<Step> {
  return pick.map((at) =>
    settleStep('bury', at, async (model, stage) => {
      const chosen = given(model, at)
      const held = await stage.clients[chosen.client].bury(chosen.delivery, REASON)
      expectEqual(held, model.holds(chosen), 'bury tells whether the task was held')
      if (held) model.buried(chosen, momentOf(stage))
    }),
  )
}
