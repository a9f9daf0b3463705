import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { facetOf, idsOf, payloadOf } from '../trial.js'

/** How often a race is run. */
const ROUNDS = 10

/** One task, reached by its id. */
export const byId: readonly Scenario[] = [
  proves('get takes the task named, due or not', ['byId', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one', 'two'])
    await trial.push(queue, ['later'], trial.time.now() + 600)
    for (const id of ['two', 'later']) {
      expectEqual(
        await trial.client.get(queue, id),
        payloadOf(id),
        'get gives the task named, whatever its place and delay',
      )
      expectEqual(await trial.client.get(queue, id), undefined, 'get takes the task off the queue')
    }
    expectEqual(await trial.client.get(queue, 'three'), undefined, 'get gives undefined for an unknown id')
    expectEqual(await trial.client.pop(queue), payloadOf('one'), 'get leaves the other tasks alone')
  }),

  proves('a task can be reserved by its id', ['byId', 'leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.bury(queue, 'dead')
    await trial.push(queue, ['one', 'two'])
    await trial.push(queue, ['later'], trial.time.now() + 600)
    const named = async (taskId: string, lease = 600) =>
      (await trial.byId.reserve(queue, taskId, lease))?.taskId
    expectEqual(await named('two', trial.time.unit), 'two', 'a waiting task can be reserved by its id')
    expectEqual(await named('later'), 'later', 'a delayed task can be reserved by its id')
    expectEqual(await named('later'), undefined, 'a running task is not handed out by its id')
    expectEqual(await named('dead'), undefined, 'a dead letter is not handed out by its id')
    expectEqual(await named('unknown'), undefined, 'an unknown id gives nothing')
    await trial.time.reach(trial.time.now() + trial.time.unit)
    expectEqual(await named('two'), 'two', 'a lapsed task can be reserved by its id')
  }),

  proves('what is no id takes nothing, and cancels nothing', ['byId', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const { client } = trial
    for (const id of [undefined, null, ''] as unknown as string[]) {
      const asked: Record<string, () => unknown> = {
        get: () => client.get(queue, id),
        reserve: () => trial.byId.reserve(queue, id, 600),
        remove: () => trial.byId.remove(queue, id),
        ...(client.cancellation && { cancel: () => client.cancellation?.cancel(queue, id) }),
      }
      for (const [name, ask] of Object.entries(asked)) {
        // Whether it is refused or not found is the client's own affair.
        const found = await (async () => ask())().catch(() => undefined)
        expectEqual(found, undefined, `${name} finds nothing by ${String(id)}, which is no id`)
      }
      const { waiting, running } = await client.counts(queue)
      expectEqual({ waiting, running }, { waiting: 1, running: 0 }, 'the task that is next is left alone')
    }
    expectEqual(await client.pop(queue), payloadOf('one'), 'what is no id leaves the tasks alone')
  }),

  proves('remove takes a task that is not running', ['byId', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one', 'two'])
    await trial.push(queue, ['later'], trial.time.now() + 600)
    for (const id of ['one', 'later']) {
      expectEqual(
        await trial.byId.remove(queue, id),
        payloadOf(id),
        'remove gives the payload of a waiting or delayed task',
      )
      expectEqual(await trial.byId.remove(queue, id), undefined, 'a removed task is gone')
    }
    expectEqual(
      await trial.byId.remove(queue, 'unknown'),
      undefined,
      'remove gives undefined for an unknown id',
    )
    expectEqual(await trial.client.pop(queue), payloadOf('two'), 'remove leaves the other tasks alone')
  }),

  proves('remove leaves a running task to its worker', ['byId', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const ends = trial.time.now() + trial.time.unit
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    const { taskId } = delivery
    const promise = 'remove does not take a running task'
    await trial.time.before(ends, async () =>
      expectEqual(await trial.byId.remove(queue, taskId), undefined, promise),
    )
    await trial.time.reach(trial.time.now() + trial.time.unit)
    expectEqual(
      await trial.byId.remove(queue, delivery.taskId),
      payloadOf('one'),
      'remove takes a task whose lease has lapsed',
    )
    expectEqual(
      idsOf(await trial.client.ack([delivery])),
      idsOf([delivery]),
      'a removed task is no longer held',
    )
    await trial.expectCounts(queue, {}, 'a removed task leaves no trace')
  }),

  proves('a task is removed or handed out, not both', ['byId', 'leases'], async (trial) => {
    const queue = trial.queue()
    const { client } = trial
    const remover = facetOf(await trial.another(), 'byId')
    for (let round = 0; round < ROUNDS; round += 1) {
      const [id = ''] = await trial.push(queue, [`task-${round}`])
      const [removed, taken] = await Promise.all([remover.remove(queue, id), trial.take(queue, { client })])
      expectEqual(
        [removed !== undefined, taken.length === 1].filter(Boolean).length,
        1,
        'either the remover or a worker gets a task',
      )
      await client.ack(taken)
    }
  }),

  proves('a dead letter can be removed', ['byId', 'deadLetters', 'leases'], async (trial) => {
    const queue = trial.queue()
    const id = await trial.bury(queue, 'one')
    expectEqual(
      await trial.byId.remove(queue, id),
      payloadOf('one'),
      'remove gives the payload of a dead letter',
    )
    await trial.expectCounts(queue, {}, 'a removed dead letter leaves no trace')
    expectEqual(await trial.deadLetters.kick(queue), 0, 'a removed dead letter does not come back')
  }),

  proves('a task released with a count is reached by its id', ['byId', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const first = await trial.takeOne(queue, 'a pushed task is handed out')
    const { taskId } = first
    await trial.client.release(first, { deliveries: 2 })
    const third = await trial.byId.reserve(queue, taskId, 600)
    if (!third) throw new Error('a task released with a count can be reserved by its id')
    expectEqual(third.deliveries, 3, 'a hand-out by id counts on from what release says')
    await trial.client.release(third, { deliveries: 2 })
    const promise = 'a task released with a count can be removed'
    expectEqual(await trial.byId.remove(queue, taskId), payloadOf('one'), promise)
    await trial.expectCounts(queue, {}, 'a removed task leaves no trace')
    expectEqual(await trial.take(queue), [], 'a removed task is not handed out')
  }),
]
