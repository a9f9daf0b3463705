import type { Delivery, Priority, PushItem } from '@alligator/core'
import { PRIORITIES, SHARES } from '@alligator/core/backend'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, idsOf, payloadOf } from '../trial.js'

const LEVELS: readonly Need[] = ['priorities', 'leases']
/** Of 62 tasks, how many are of each level. */
const ROUND = 62
/** By how much a share of a round may differ from what it should be, where one round follows another. */
const SLACK = 2

/** Pushes tasks of one level; gives their ids in the store. */
function pushAt(
  trial: Trial,
  queue: string,
  priority: Priority,
  ids: readonly string[],
  delayUntil?: number,
): Promise<string[]> {
  return trial.client.pushMany(
    queue,
    ids.map((taskId): PushItem => ({ taskId, data: payloadOf(taskId), delayUntil, priority })),
  )
}

/** The ids of all that is due, the first level first. */
async function strictly(trial: Trial, queue: string, limit = 10): Promise<string[]> {
  return idsOf(await trial.takeAll(queue, { priorities: 'strict', limit }))
}

/** Pushes a task of each level, from the last to the first; gives their ids, the first level first. */
async function pushEachLevel(trial: Trial, queue: string, label: string): Promise<string[]> {
  const ids: string[] = []
  for (const priority of PRIORITIES.toReversed())
    ids.unshift(...(await pushAt(trial, queue, priority, [`${label}-${priority}`])))
  return ids
}

/** Sees that a task of the level `high` that went some way still stands behind the highest, and before all that is normal. */
async function keepsItsLevel(
  trial: Trial,
  what: string,
  go: (queue: string, delivery: Delivery) => Promise<unknown>,
): Promise<void> {
  const queue = trial.queue(what.replaceAll(' ', '-'))
  const [task = ''] = await pushAt(trial, queue, 'high', ['one'])
  const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
  const [normal = ''] = await trial.push(queue, ['normal'])
  const [highest = ''] = await pushAt(trial, queue, 'highest', ['highest'])
  await go(queue, delivery)
  expectEqual(await strictly(trial, queue), [highest, task, normal], `${what} keeps its level`)
}

/** Levels of the tasks of one queue. */
export const priorities: readonly Scenario[] = [
  proves('strictly, no level is served before those above it are empty', LEVELS, async (trial) => {
    const queue = trial.queue()
    const first = await pushEachLevel(trial, queue, 'first')
    const second = await pushEachLevel(trial, queue, 'second')
    const inTurn = first.flatMap((id, at) => [id, second[at] ?? ''])
    const promise = 'the highest level first, and in order within it'
    expectEqual(await strictly(trial, queue, 3), inTurn, promise)
  }),

  proves('levels are shared 16 : 8 : 4 : 2 : 1, whatever is taken at once', LEVELS, async (trial) => {
    const queue = trial.queue()
    const levels = new Map<string, number>()
    for (const [level, priority] of PRIORITIES.entries()) {
      const names = Array.from({ length: 2 * ROUND }, (_, at) => `${priority}-${at}`)
      for (const id of await pushAt(trial, queue, priority, names)) levels.set(id, level)
    }
    for (const limit of [1, ROUND]) {
      const counts = PRIORITIES.map(() => 0)
      for (let taken = 0; taken < ROUND; taken += limit)
        for (const { taskId } of await trial.take(queue, { limit })) {
          const level = levels.get(taskId) ?? 0
          counts[level] = (counts[level] ?? 0) + 1
        }
      const wanted =
        trial.client.priorities?.order === 'strict' ? [ROUND, 0, 0, 0, 0] : SHARES.map((n) => 2 * n)
      const off = counts.map((count, level) => Math.abs(count - (wanted[level] ?? 0)))
      const promise = `of ${ROUND} tasks, taken by ${limit}, ${wanted.join()} are of the levels, and not ${counts.join()}`
      expectEqual(Math.max(...off) <= SLACK, true, promise)
    }
  }),

  proves('what a queue holds is handed out whole, in order within each level', LEVELS, async (trial) => {
    const queue = trial.queue()
    const pushed = new Map<Priority, string[]>(PRIORITIES.map((priority) => [priority, []]))
    for (const at of [0, 1, 2, 3])
      for (const priority of PRIORITIES)
        pushed.get(priority)?.push(...(await pushAt(trial, queue, priority, [`${priority}-${at}`])))
    const taken = idsOf(await trial.takeAll(queue, { limit: 3 }))
    expectEqual(taken.length, 4 * PRIORITIES.length, 'every task is handed out once')
    for (const [priority, ids] of pushed) {
      const promise = `tasks of the level ${priority} are handed out in the order of pushing`
      expectEqual(
        taken.filter((id) => ids.includes(id)),
        ids,
        promise,
      )
    }
  }),

  proves('a level is one of its queue, and does not reach beyond', LEVELS, async (trial) => {
    const [first, second] = [trial.queue('first'), trial.queue('second')]
    const low = await pushAt(trial, first, 'lowest', ['one'])
    const high = await pushAt(trial, second, 'highest', ['two'])
    const taken = idsOf(await trial.take([first, second], { limit: 2 }))
    expectEqual(
      taken,
      [...low, ...high],
      'the queue that is named first is served first, whatever its levels',
    )
  }),

  proves('a task that goes back keeps its level', LEVELS, async (trial) => {
    const { client, time } = trial
    await keepsItsLevel(trial, 'a released task', (_, delivery) => client.release(delivery))
    await keepsItsLevel(trial, 'a task released with a count', (_, delivery) =>
      client.release(delivery, { deliveries: 1 }),
    )
    await keepsItsLevel(trial, 'a task whose lease lapses', () => time.reach(time.now() + time.unit))
    await keepsItsLevel(trial, 'a retried task that waited', async (_, delivery) => {
      const due = time.now() + time.unit
      await client.release(delivery, { delayUntil: due })
      await time.reach(due)
    })
  }),

  proves('a released task is the first of its level', LEVELS, async (trial) => {
    for (const priority of PRIORITIES) {
      const queue = trial.queue(priority)
      const [first = ''] = await pushAt(trial, queue, priority, ['first'])
      const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
      const [second = ''] = await pushAt(trial, queue, priority, ['second'])
      await trial.client.release(delivery)
      expectEqual(await strictly(trial, queue), [first, second], `${priority}: it has its old place again`)
    }
  }),

  proves('a payload that is replaced changes no level', LEVELS, async (trial) => {
    const queue = trial.queue()
    await pushAt(trial, queue, 'low', ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.push(queue, ['normal'])
    await pushAt(trial, queue, 'lowest', ['last'])
    const data = payloadOf('one', { attempt: 2 })
    await trial.client.release(delivery, { data })
    const taken = await trial.takeAll(queue, { priorities: 'strict' })
    const payloads = [payloadOf('normal'), data, payloadOf('last')]
    expectEqual(
      taken.map((one) => one.data),
      payloads,
      'a retried task keeps its level, with its new payload',
    )
  }),

  proves('a delayed task falls due at its level', LEVELS, async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + trial.time.unit
    const low = await pushAt(trial, queue, 'low', ['low'], due)
    const highest = await pushAt(trial, queue, 'highest', ['highest'], due)
    const later = await trial.push(queue, ['later'], due)
    await trial.time.reach(due)
    const high = await pushAt(trial, queue, 'high', ['high'])
    const promise = 'what falls due has its turn by its level'
    expectEqual(await strictly(trial, queue), [...highest, ...high, ...later, ...low], promise)
  }),

  proves('a dead letter comes back at its level', [...LEVELS, 'deadLetters'], async (trial) => {
    const queue = trial.queue()
    const dead = [
      ...(await pushAt(trial, queue, 'high', ['high'])),
      ...(await pushAt(trial, queue, 'low', ['low'])),
    ]
    for (const delivery of await trial.takeAll(queue)) await trial.client.bury(delivery, REASON)
    const normal = await trial.push(queue, ['normal'])
    await trial.deadLetters.kick(queue)
    const promise = 'a kicked task has its turn by its level'
    expectEqual(await strictly(trial, queue), [dead[0], ...normal, dead[1]], promise)
  }),

  proves('a task of any level is counted, and removed', [...LEVELS, 'byId'], async (trial) => {
    const queue = trial.queue()
    const ids = await pushEachLevel(trial, queue, 'one')
    await trial.expectCounts(queue, { waiting: 5 }, 'tasks of all levels count as waiting')
    const waiting = await trial.client.priorities?.waiting(queue)
    const each = { highest: 1, high: 1, normal: 1, low: 1, lowest: 1 }
    if (waiting) expectEqual(waiting, each, 'a store that can tells how many wait at each level')
    for (const id of ids)
      expectEqual(
        typeof (await trial.byId.remove(queue, id)),
        'string',
        'a task of any level is removed by its id',
      )
    await trial.expectCounts(queue, {}, 'removed tasks leave no trace')
    expectEqual(await trial.takeAll(queue), [], 'a removed task is not handed out')
    await pushEachLevel(trial, queue, 'two')
    await trial.client.dropAll(queue)
    expectEqual(await trial.takeAll(queue), [], 'to drop a queue is to drop all of its levels')
  }),

  proves('a task of any level is listed with it', [...LEVELS, 'listing'], async (trial) => {
    const queue = trial.queue()
    const later = trial.time.now() + 600
    await pushEachLevel(trial, queue, 'waiting')
    for (const priority of ['highest', 'low'] as const)
      await pushAt(trial, queue, priority, [`delayed-${priority}`], later)
    const { tasks: waiting } = await trial.listing.list(queue, 'waiting')
    const told = new Map(
      [...waiting, ...(await trial.listing.list(queue, 'delayed')).tasks].map((task) => [
        task.taskId,
        task.priority,
      ]),
    )
    for (const priority of PRIORITIES)
      expectEqual(
        told.get(`waiting-${priority}`) ?? 'normal',
        priority,
        'what waits is listed with its level',
      )
    expectEqual(told.get('delayed-highest'), 'highest', 'what is delayed is listed with its level')
    const [running] = await trial.take(queue, { priorities: 'strict' })
    if (!running) throw new Error('what waits is handed out')
    const [runs] = (await trial.listing.list(queue, 'running')).tasks
    expectEqual(runs?.priority, 'highest', 'what runs is listed with its level')
    await trial.client.bury(running, REASON)
    const [dead] = (await trial.listing.list(queue, 'dead')).tasks
    expectEqual(dead?.priority, 'highest', 'a dead letter is listed with its level')
    const ids = ['waiting-low', 'delayed-low', 'waiting-highest']
    const found = await trial.listing.find(queue, ids)
    const states = ['waiting', 'delayed', 'dead']
    expectEqual(
      ids.map((id) => found.get(id)),
      states,
      'find tells the state of a task, whatever its level',
    )
  }),

  proves('a task that is there already keeps its level', [...LEVELS, 'customIds'], async (trial) => {
    const queue = trial.queue()
    await pushAt(trial, queue, 'high', ['one'])
    await pushAt(trial, queue, 'lowest', ['one'])
    await trial.push(queue, ['one', 'two'])
    expectEqual(await strictly(trial, queue), ['one', 'two'], 'the same task pushed again changes nothing')
  }),

  proves('a push at any level wakes a reserve that waits', [...LEVELS, 'waits'], async (trial) => {
    for (const priority of PRIORITIES) {
      const queue = trial.queue(priority)
      const answer = trial.take(queue, { client: await trial.another(), wait: 500 })
      expectEqual(await trial.time.isOpen(answer), true, 'reserve waits while nothing is due')
      await pushAt(trial, queue, priority, ['one'])
      const promise = `a task of the level ${priority} wakes a reserve that waits`
      expectEqual((await trial.time.soon(answer, promise)).length, 1, promise)
    }
  }),

  proves('a task of any level goes to one of those who ask at once', LEVELS, async (trial) => {
    const queue = trial.queue()
    const others = [trial.client, await trial.another()]
    const pushed: string[] = []
    for (const priority of PRIORITIES)
      pushed.push(
        ...(await pushAt(
          trial,
          queue,
          priority,
          Array.from({ length: 20 }, (_, at) => `${priority}-${at}`),
        )),
      )
    const takers = [...others, ...others].map((client) => trial.takeAll(queue, { client, limit: 7 }))
    const taken = (await Promise.all(takers)).flat()
    // One may look while the other holds what it is about to take.
    taken.push(...(await trial.takeAll(queue)))
    expectEqual(idsOf(taken).toSorted(), pushed.toSorted(), 'every task is handed out once')
  }),

  proves('a task is pushed at its level in a transaction', [...LEVELS, 'transactions'], async (trial) => {
    const queue = trial.queue()
    await trial.transact(async ({ transaction }) => {
      const item = (taskId: string, priority?: Priority): PushItem => ({
        taskId,
        data: payloadOf(taskId),
        priority,
      })
      const items = [item('low', 'low'), item('normal'), item('high', 'high')]
      await trial.transactions.push(transaction, queue, items)
    })
    expectEqual(await strictly(trial, queue), ['high', 'normal', 'low'], 'each has its turn by its level')
  }),
]
