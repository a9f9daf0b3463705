import type { After, Priority, PushItem, UniqueKey } from '@alligator/core'
import { PRIORITIES } from '@alligator/core/backend'
import fc from 'fast-check'
import { expectEqual, expectRefusal } from '../expect.js'
import { keyOf } from '../scenarios/uniqueness.js'
import { facetOf, payloadOf } from '../trial.js'
import { look } from './look.js'
import { mayBeDue, mustBeDue, statesOf } from './model-task.js'
import type { QueueModel } from './queue-model.js'
import { IDS, type Stage, type Step, client, id, momentOf, queue, step } from './step.js'

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

/** What took a key for a time, of each model: queues and ids. */
const takers = new WeakMap<QueueModel, Set<string>>()

/**
 * A state store that keeps keys beside a queue knows nothing of what else has an id: there, none is pushed while it is there, or once it has
 * taken a key for a time.
 */
function mayBePushed(model: QueueModel, { trial }: Stage, name: string, items: readonly PushItem[]): boolean {
  if (trial.client.uniqueness?.holdsBack !== true) return true
  const taken = takers.get(model) ?? new Set()
  takers.set(model, taken)
  const isKnown = ({ taskId }: PushItem) =>
    model.task(name, taskId) !== undefined || taken.has(`${name} ${taskId}`)
  if (items.some(isKnown)) return false
  for (const { taskId, unique } of items) if (unique?.for !== undefined) taken.add(`${name} ${taskId}`)
  return true
}

async function pushAll(
  model: QueueModel,
  stage: Stage,
  name: string,
  items: PushItem[],
  call: () => unknown,
): Promise<void> {
  if (!mayBePushed(model, stage, name, items)) return
  const at = momentOf(stage)
  if (model.contradicts(name, items)) {
    await expectRefusal('DUPLICATE_TASK', call, 'the id of a task is not given to other content')
    return
  }
  await call()
  model.push(name, items, at)
}

export function pushStep(delay: fc.Arbitrary<number | undefined>): fc.Arbitrary<Step> {
  return fc.record({ client, queue, item, delay }).map((args) =>
    step('push', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const pushed = itemOf(args.item, args.delay, stage.trial.time.now())
      const call = () => stage.clients[args.client].push(name, pushed.taskId, pushed.data, pushed.delayUntil)
      await pushAll(model, stage, name, [pushed], call)
    }),
  )
}

export function pushManyStep(
  delay: fc.Arbitrary<number | undefined>,
  priority: fc.Arbitrary<Priority | undefined>,
  after: fc.Arbitrary<After | undefined>,
): fc.Arbitrary<Step> {
  const items = fc.array(fc.record({ item, delay, priority, after }), { minLength: 1, maxLength: 5 })
  return fc.record({ client, queue, items }).map((args) =>
    step('pushMany', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      // At one time for all: those with the same delay are due in the same moment.
      const now = stage.trial.time.now()
      const pushed = args.items.map((each, place) => ({
        ...itemOf(each.item, each.delay, now),
        priority: each.priority,
        ...(each.after && { after: behind(each.after, args.items.slice(place)) }),
      }))
      await pushAll(model, stage, name, pushed, () => stage.clients[args.client].pushMany(name, pushed))
    }),
  )
}

/** Tasks of one push that wait for one another would do so for ever: each waits for those before it. */
function behind(
  { taskIds, inAnyCase }: After,
  others: readonly { readonly item: { readonly id: string } }[],
): After {
  const ids = new Set(others.map((other) => other.item.id))
  return { taskIds: taskIds.filter((taskId) => !ids.has(taskId)), inAnyCase }
}

/** What a task waits for, or most often nothing. */
export const anyAfter: fc.Arbitrary<After | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  fc.record({ taskIds: fc.subarray([...IDS], { minLength: 1, maxLength: 3 }), inAnyCase: fc.boolean() }),
)

/** A level, or most often none. */
export const anyPriority: fc.Arbitrary<Priority | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  fc.constantFrom(...PRIORITIES),
)

export function placeStep(
  delay: fc.Arbitrary<number | undefined>,
  seconds: fc.Arbitrary<number>,
  priority: fc.Arbitrary<Priority | undefined>,
): fc.Arbitrary<Step> {
  const unique = fc.record({
    key: fc.constantFrom(keyOf('one'), keyOf('two')),
    until: fc.constantFrom<UniqueKey['until'][]>('started', 'finished'),
    onConflict: fc.constantFrom<UniqueKey['onConflict'][]>('keep', 'replace', 'throw'),
    for: fc.option(seconds, { nil: undefined, freq: 4 }),
    atMost: fc.option(seconds, { nil: undefined }),
  })
  return fc.record({ client, queue, item, delay, priority, unique }).map((args) =>
    step('place', args, async (model, stage) => {
      const [name, at] = [stage.queues[args.queue], momentOf(stage)]
      const { priority: level, unique: key } = args
      const pushed = { ...itemOf(args.item, args.delay, at.now), priority: level, unique: key }
      if (!mayBePushed(model, stage, name, [pushed])) return
      const call = () => facetOf(stage.clients[args.client], 'uniqueness').push(name, [pushed])
      const others = model.inTheWay(name, args.unique, at)
      const isRefused =
        others.length === 0
          ? model.contradicts(name, [pushed])
          : args.unique.onConflict === 'throw' && !others.includes(pushed.taskId)
      if (isRefused) return void (await expectRefusal('DUPLICATE_TASK', call, 'what is in the way refuses'))
      // Of several that are in its way it may be told of another, which refuses it.
      if (others.length > 1 && args.unique.onConflict === 'throw') return
      const [placed] = await call()
      model.placed(name, pushed, placed, at)
    }),
  )
}

export function reserveStep(lease: fc.Arbitrary<number>, mayBeStrict: boolean): fc.Arbitrary<Step> {
  const isStrict = mayBeStrict ? fc.boolean() : fc.constant(false)
  const order = fc.shuffledSubarray<0 | 1>([0, 1], { minLength: 1 })
  return fc.record({ client, order, limit: fc.integer({ min: 1, max: 4 }), lease, isStrict }).map((args) =>
    step('reserve', args, async (model, stage) => {
      const names = args.order.map((each) => stage.queues[each])
      const { limit, lease, isStrict } = args
      const how = { limit, lease, ...(isStrict && { priorities: 'strict' as const }) }
      const taken = await stage.clients[args.client].reserve(names, how)
      model.reserved({ ...args, names }, taken, momentOf(stage))
    }),
  )
}

export function reserveByIdStep(lease: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return fc.record({ client, queue, id, lease }).map((args) =>
    step('reserveById', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const byId = facetOf(stage.clients[args.client], 'byId')
      const taken = await byId.reserve(name, args.id, args.lease)
      model.reservedById({ ...args, queue: name }, taken, momentOf(stage))
    }),
  )
}

export function kickStep(): fc.Arbitrary<Step> {
  const ids = fc.option(fc.subarray([...IDS]), { nil: undefined })
  return fc.record({ client, queue, ids }).map((args) =>
    step('kick', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const kicked = await facetOf(stage.clients[args.client], 'deadLetters').kick(name, args.ids)
      expectEqual(
        kicked,
        model.kicked(name, args.ids, momentOf(stage)),
        'kick tells how many dead letters it brought back',
      )
    }),
  )
}

export function removeStep(): fc.Arbitrary<Step> {
  return fc.record({ client, queue, id }).map((args) =>
    step('remove', args, async (model, stage) => {
      const [name, at] = [stage.queues[args.queue], momentOf(stage)]
      const data = await facetOf(stage.clients[args.client], 'byId').remove(name, args.id)
      const task = model.task(name, args.id)
      const running = task?.state === 'running'
      const removable = task && (!running || (data === undefined ? mustBeDue(task, at) : mayBeDue(task, at)))
      const expected = removable ? task.data : undefined
      expectEqual(data, expected, 'remove takes a task that is not running, and gives its payload')
      if (data !== undefined) model.removed(name, args.id, at)
    }),
  )
}

export function cancelStep(): fc.Arbitrary<Step> {
  return fc.record({ client, queue, id }).map((args) =>
    step('cancel', args, async (model, stage) => {
      const [name, at] = [stage.queues[args.queue], momentOf(stage)]
      const canceled = await facetOf(stage.clients[args.client], 'cancellation').cancel(name, args.id)
      const task = model.task(name, args.id)
      expectEqual(canceled?.data, task?.data, 'cancel takes a task in whatever state, and gives its payload')
      if (!canceled || !task) return
      const states = statesOf(task, at)
      const isPossible = states.some((state) => canceled.wasRunning === (state === 'running'))
      expectEqual(isPossible, true, `cancel tells whether a task was running that is ${states.join(' or ')}`)
      model.removed(name, args.id, at)
    }),
  )
}

export function pauseStep(seconds: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return fc.record({ client, queue, seconds: fc.option(seconds, { nil: undefined }) }).map((args) =>
    step('pause', args, async (model, stage) => {
      const [name, { now }] = [stage.queues[args.queue], momentOf(stage)]
      await facetOf(stage.clients[args.client], 'pausing').pause(name, { for: args.seconds })
      model.paused(name, now + (args.seconds ?? Infinity))
    }),
  )
}

export function resumeStep(): fc.Arbitrary<Step> {
  return fc.record({ client, queue }).map((args) =>
    step('resume', args, async (model, stage) => {
      const [name, at] = [stage.queues[args.queue], momentOf(stage)]
      const was = await facetOf(stage.clients[args.client], 'pausing').resume(name)
      expectEqual(was, model.resumed(name, at) ?? was, 'resume tells whether a queue was paused')
    }),
  )
}

export function expediteStep(): fc.Arbitrary<Step> {
  return fc.record({ client, queue, id }).map((args) =>
    step('expedite', args, async (model, stage) => {
      const [name, at] = [stage.queues[args.queue], momentOf(stage)]
      const done = await facetOf(stage.clients[args.client], 'expediting').expedite(name, args.id)
      const task = model.task(name, args.id)
      const isDelayed =
        task?.state === 'delayed' && !task.parked && (done ? !mustBeDue(task, at) : !mayBeDue(task, at))
      expectEqual(done, isDelayed, 'expedite makes a delayed task due, and no other')
      if (done) model.expedited(name, args.id, at)
    }),
  )
}

export function dropAllStep(): fc.Arbitrary<Step> {
  // Dropping everything makes for dull histories, so it is made rare.
  return fc.record({ client, queue, dice: fc.nat({ max: 3 }) }).map((args) =>
    step('dropAll', args, async (model, stage) => {
      if (args.dice > 0) return
      await stage.clients[args.client].dropAll(stage.queues[args.queue])
      model.dropped(stage.queues[args.queue])
    }),
  )
}

export function lookStep(): fc.Arbitrary<Step> {
  return client.map((by) =>
    step('look', by, (model, stage) => look(model, stage.clients[by], stage.trial, momentOf(stage))),
  )
}

export function passStep(): fc.Arbitrary<Step> {
  return fc
    .oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.constant(86_400))
    .map((seconds) =>
      step('pass', seconds, (_model, { trial }) =>
        trial.time.reach(trial.time.now() + seconds - trial.qualities.delayPrecision),
      ),
    )
}

/** Goes to the moment when something changes, or to just before it. */
export function passToNextStep(): fc.Arbitrary<Step> {
  return fc.boolean().map((justBefore) =>
    step('passToNext', { justBefore }, async (model, stage) => {
      const next = model.nextChange(momentOf(stage))
      if (next === undefined) return
      if (justBefore) await stage.trial.time.before(next, async () => {})
      else await stage.trial.time.reach(next)
    }),
  )
}
