import type { Client, PushItem } from '@alligator/core'
import fc from 'fast-check'
import { expectEqual, expectRefusal } from '../expect.js'
import { type Trial, REASON, payloadOf } from '../trial.js'
import { look } from './look.js'
import { type Moment, mayBeDue, mustBeDue } from './model-task.js'
import type { Given, QueueModel } from './queue-model.js'

/** The store that a history is played on: two clients of it, and its time. */
export interface Stage {
  readonly trial: Trial
  readonly clients: readonly [Client, Client]
  readonly queues: readonly [string, string]
}

/** One step of a history. */
export type Step = fc.AsyncCommand<QueueModel, Stage>
type Run = (model: QueueModel, stage: Stage) => Promise<void>

/** Few, so that pushes meet what is held. */
const IDS: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f']
/** Seconds that outlast any history played in real time. */
const FAR = 3600

const client = fc.constantFrom<0 | 1>(0, 1)
const queue = fc.constantFrom<0 | 1>(0, 1)
const id = fc.constantFrom(...IDS)
/** How many deliveries ago: the last ones are likelier to be held, and the earlier ones stale. */
const pick = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 3 }) }, fc.nat({ max: 30 }))

/** The steps that histories are made of, as far as the store can take them: each as often as it should be frequent. */
export function stepsFor({ capabilities, time }: Trial): fc.Arbitrary<Step>[] {
  const { reserveById, remove, deadLetters } = capabilities
  const seconds = time.manual ? fc.integer({ min: 1, max: 40 }) : fc.constant(FAR)
  const delay = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: seconds },
    fc.constant(-5),
  )
  const frequencies: readonly (readonly [number, fc.Arbitrary<Step>])[] = [
    [2, pushStep(delay)],
    [3, pushManyStep(delay)],
    [5, reserveStep(seconds)],
    [reserveById ? 1 : 0, reserveByIdStep(seconds)],
    [2, ackStep()],
    [1, extendStep(seconds)],
    [2, releaseStep(delay)],
    [deadLetters ? 1 : 0, buryStep()],
    [deadLetters ? 1 : 0, kickStep()],
    [remove ? 1 : 0, removeStep()],
    [1, dropAllStep()],
    [1, lookStep()],
    [time.manual ? 1 : 0, passStep()],
    [time.manual ? 2 : 0, passToNextStep()],
  ]
  return frequencies.flatMap(([times, each]) => Array.from({ length: times }, () => each))
}

/** The moment that a stage is in. */
export function momentOf({ trial }: Stage): Moment {
  return { now: trial.time.now(), precision: trial.capabilities.delayPrecision }
}

function step(
  name: string,
  args: unknown,
  run: Run,
  check: (model: Readonly<QueueModel>) => boolean = () => true,
): Step {
  return { check, run, toString: () => `${name}(${fc.stringify(args)})` }
}

/** A step that settles deliveries, held or stale, as soon as there are any. */
function settleStep<T>(name: string, args: T, run: Run): Step {
  return step(name, args, run, (model) => model.given.length > 0)
}

/** The delivery that was given so many deliveries ago, or the first. */
function given(model: QueueModel, at: number): Given {
  const found = model.given[Math.max(0, model.given.length - 1 - at)] ?? model.given[0]
  if (!found) throw new Error('nothing was handed out yet')
  return found
}

const item = fc.record({
  id,
  variant: fc.oneof({ weight: 15, arbitrary: fc.constant('') }, fc.constant(' ')),
})

function itemOf(
  { id: taskId, variant }: { id: string; variant: string },
  delay: number | undefined,
  now: number,
): PushItem {
  return {
    taskId,
    data: payloadOf(taskId) + variant,
    delayUntil: delay === undefined ? undefined : now + delay,
  }
}

async function pushAll(
  model: QueueModel,
  stage: Stage,
  name: string,
  items: PushItem[],
  call: () => unknown,
): Promise<void> {
  const at = momentOf(stage)
  if (model.contradicts(name, items)) {
    return expectRefusal('DUPLICATE_TASK', call, 'the id of a task is not given to other content')
  }
  await call()
  model.push(name, items, at)
}

function pushStep(delay: fc.Arbitrary<number | undefined>): fc.Arbitrary<Step> {
  return fc.record({ client, queue, item, delay }).map((args) =>
    step('push', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const pushed = itemOf(args.item, args.delay, stage.trial.time.now())
      const call = () => stage.clients[args.client].push(name, pushed.taskId, pushed.data, pushed.delayUntil)
      await pushAll(model, stage, name, [pushed], call)
    }),
  )
}

function pushManyStep(delay: fc.Arbitrary<number | undefined>): fc.Arbitrary<Step> {
  const items = fc.array(fc.record({ item, delay }), { minLength: 1, maxLength: 5 })
  return fc.record({ client, queue, items }).map((args) =>
    step('pushMany', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const pushed = args.items.map((each) => itemOf(each.item, each.delay, stage.trial.time.now()))
      await pushAll(model, stage, name, pushed, () => stage.clients[args.client].pushMany(name, pushed))
    }),
  )
}

function reserveStep(lease: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  const order = fc.shuffledSubarray<0 | 1>([0, 1], { minLength: 1 })
  return fc.record({ client, order, limit: fc.integer({ min: 1, max: 4 }), lease }).map((args) =>
    step('reserve', args, async (model, stage) => {
      const names = args.order.map((each) => stage.queues[each])
      const taken = await stage.clients[args.client].reserve(names, { limit: args.limit, lease: args.lease })
      model.reserved(args.client, names, args.limit, args.lease, taken, momentOf(stage))
    }),
  )
}

function reserveByIdStep(lease: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return fc.record({ client, queue, id, lease }).map((args) =>
    step('reserveById', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const taken = await stage.clients[args.client].reserve([name], { taskId: args.id, lease: args.lease })
      model.reservedById(args.client, name, args.id, args.lease, taken, momentOf(stage))
    }),
  )
}

/** Settles several deliveries of one client in one call; gives those that the store says were held. */
async function expectLost(
  model: QueueModel,
  stage: Stage,
  at: readonly number[],
  call: (client: Client, deliveries: Given['delivery'][]) => PromiseLike<readonly Given['delivery'][]>,
): Promise<Given[]> {
  const chosen = [...new Set(at.map((each) => given(model, each)))]
  const mine = chosen.filter((each) => each.client === chosen[0]?.client)
  const lost = await call(
    stage.clients[mine[0]?.client === 1 ? 1 : 0],
    mine.map((each) => each.delivery),
  )
  const held = mine.filter((each) => model.holds(each))
  const stale = mine.filter((each) => !held.includes(each)).map((each) => each.delivery)
  expectEqual(new Set(lost), new Set(stale), 'a store tells which deliveries were no longer held')
  return held
}

function ackStep(): fc.Arbitrary<Step> {
  return fc.array(pick, { minLength: 1, maxLength: 3 }).map((at) =>
    settleStep('ack', at, async (model, stage) => {
      const held = await expectLost(model, stage, at, async (by, deliveries) => by.ack(deliveries))
      for (const each of held) model.acked(each)
    }),
  )
}

function extendStep(seconds: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return fc.record({ at: fc.array(pick, { minLength: 1, maxLength: 3 }), seconds }).map((args) =>
    settleStep('extend', args, async (model, stage) => {
      const held = await expectLost(model, stage, args.at, async (by, deliveries) =>
        by.extend(deliveries, args.seconds),
      )
      for (const each of held) model.extended(each, momentOf(stage).now + args.seconds)
    }),
  )
}

function releaseStep(delay: fc.Arbitrary<number | undefined>): fc.Arbitrary<Step> {
  return fc.record({ pick, delay, change: fc.boolean() }).map((args) =>
    settleStep('release', args, async (model, stage) => {
      const at = momentOf(stage)
      const chosen = given(model, args.pick)
      const data = args.change ? `changed ${model.given.length}` : undefined
      const delayUntil = args.delay === undefined ? undefined : at.now + args.delay
      const held = await stage.clients[chosen.client === 1 ? 1 : 0].release(chosen.delivery, {
        data,
        delayUntil,
      })
      expectEqual(held, model.holds(chosen), 'release tells whether the task was held')
      if (held) model.released(chosen, data, delayUntil ?? 0, at)
    }),
  )
}

function buryStep(): fc.Arbitrary<Step> {
  return pick.map((at) =>
    settleStep('bury', at, async (model, stage) => {
      const chosen = given(model, at)
      const held = await stage.clients[chosen.client === 1 ? 1 : 0].bury(chosen.delivery, REASON)
      expectEqual(held, model.holds(chosen), 'bury tells whether the task was held')
      if (held) model.buried(chosen)
    }),
  )
}

function kickStep(): fc.Arbitrary<Step> {
  const ids = fc.option(fc.subarray([...IDS]), { nil: undefined })
  return fc.record({ client, queue, ids }).map((args) =>
    step('kick', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const kicked = await stage.clients[args.client].kick(name, args.ids)
      expectEqual(
        kicked,
        model.kicked(name, args.ids, momentOf(stage)),
        'kick tells how many dead letters it brought back',
      )
    }),
  )
}

function removeStep(): fc.Arbitrary<Step> {
  return fc.record({ client, queue, id }).map((args) =>
    step('remove', args, async (model, stage) => {
      const [name, at] = [stage.queues[args.queue], momentOf(stage)]
      const data = await stage.clients[args.client].remove(name, args.id)
      const task = model.task(name, args.id)
      const resting = task?.state === 'dead' || task?.state === 'delayed'
      if (data !== undefined || !task || resting || mustBeDue(task, at) || !mayBeDue(task, at)) {
        const expected = task && (resting || mayBeDue(task, at)) ? task.data : undefined
        expectEqual(data, expected, 'remove takes a task that is not running, and gives its payload')
      }
      if (data !== undefined) model.removed(name, args.id)
    }),
  )
}

function dropAllStep(): fc.Arbitrary<Step> {
  // Dropping everything makes for dull histories, so it is made rare.
  return fc.record({ client, queue, dice: fc.nat({ max: 3 }) }).map((args) =>
    step('dropAll', args, async (model, stage) => {
      if (args.dice > 0) return
      await stage.clients[args.client].dropAll(stage.queues[args.queue])
      model.dropped(stage.queues[args.queue])
    }),
  )
}

function lookStep(): fc.Arbitrary<Step> {
  return client.map((by) =>
    step('look', by, (model, stage) => look(model, stage.clients[by], stage.trial, momentOf(stage))),
  )
}

function passStep(): fc.Arbitrary<Step> {
  return fc
    .oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.constant(86_400))
    .map((seconds) =>
      step('pass', seconds, (_model, { trial }) =>
        trial.time.reach(trial.time.now() + seconds - trial.capabilities.delayPrecision),
      ),
    )
}

/** Goes to the moment when something changes, or to just before it. */
function passToNextStep(): fc.Arbitrary<Step> {
  return fc.boolean().map((justBefore) =>
    step('passToNext', { justBefore }, async (model, stage) => {
      const next = model.nextChange(momentOf(stage))
      if (next === undefined) return
      if (justBefore) await stage.trial.time.before(next, async () => {})
      else await stage.trial.time.reach(next)
    }),
  )
}
