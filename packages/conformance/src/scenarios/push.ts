import type { PushItem } from '@alligator/core'
import { expectEqual, expectRefusal } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, idsOf, payloadOf } from '../trial.js'

const item = (taskId: string, data = payloadOf(taskId)): PushItem => ({ taskId, data })

/** Brings one task into each state that a queue can hold it in. */
async function pushInEveryState(trial: Trial, queue: string): Promise<string[]> {
  await trial.bury(queue, 'dead')
  await trial.push(queue, ['running'])
  await trial.takeOne(queue, 'a pushed task is handed out')
  await trial.push(queue, ['waiting'])
  await trial.push(queue, ['delayed'], trial.time.now() + 600)
  return ['dead', 'running', 'waiting', 'delayed']
}

/** Batches, and what happens to an id that the queue already holds. */
export const push: readonly Scenario[] = [
  proves('pushMany pushes a batch in its order', [], async (trial) => {
    const queue = trial.queue()
    const items = Array.from({ length: 25 }, (_, number) => item(`task-${number}`))
    const ids = await trial.client.pushMany(queue, items)
    expectEqual(ids.length, 25, 'pushMany gives an id for each task')
    if (trial.client.customIds)
      expectEqual(ids, idsOfItems(items), 'pushMany gives the ids in the order of the batch')
    trial.expectIds(await trial.takeAll(queue), ids, 'a batch is handed out in its order')
  }),

  proves('pushMany takes an empty batch, and delays of its own for each task', [], async (trial) => {
    const queue = trial.queue()
    expectEqual(await trial.client.pushMany(queue, []), [], 'an empty batch is no task')
    const later = { ...item('later'), delayUntil: trial.time.now() + 600 }
    await trial.client.pushMany(queue, [later, item('now')])
    await trial.expectCounts(queue, { waiting: 1, delayed: 1 }, 'each task of a batch has its own delay')
    const [data, nothing] = [await trial.client.pop(queue), await trial.client.pop(queue)]
    expectEqual(
      [data, nothing],
      [payloadOf('now'), undefined],
      'a delayed task of a batch does not come early',
    )
  }),

  proves('pushing the same task again changes nothing', ['leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    const ids = await pushInEveryState(trial, queue)
    const before = await trial.client.counts(queue)
    for (const id of ids) {
      expectEqual(await trial.client.push(queue, id, payloadOf(id)), id, `a ${id} task may be pushed again`)
      expectEqual(
        await trial.client.pushMany(queue, [item(id)]),
        [id],
        `a ${id} task may be pushed again in a batch`,
      )
    }
    expectEqual(
      await trial.client.counts(queue),
      before,
      'pushing what the queue already holds adds and moves nothing',
    )
  }),

  proves('another task with an id that is held is refused', ['leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    for (const id of await pushInEveryState(trial, queue)) {
      const promise = `the id of a ${id} task is not given to other content`
      await expectRefusal('DUPLICATE_TASK', () => trial.client.push(queue, id, 'other'), promise)
      await expectRefusal('DUPLICATE_TASK', () => trial.client.push(queue, id, new Uint8Array([1])), promise)
    }
  }),

  proves('a batch is written as a whole or not at all', ['leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['held'])
    const batch = [item('new-1'), item('held', 'other'), item('new-2')]
    await expectRefusal(
      'DUPLICATE_TASK',
      () => trial.client.pushMany(queue, batch),
      'one duplicate refuses the batch',
    )
    trial.expectIds(await trial.takeAll(queue), ['held'], 'a refused batch writes nothing')
    await trial.client.pushMany(queue, [item('new-1')])
    trial.expectIds(await trial.takeAll(queue), ['new-1'], 'an id of a refused batch is free')
  }),

  proves(
    'an id may stand twice in a batch only with the same content',
    ['leases', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      const clash = [item('one'), item('one', 'other')]
      await expectRefusal(
        'DUPLICATE_TASK',
        () => trial.client.pushMany(queue, clash),
        'a batch that contradicts itself is refused',
      )
      await trial.expectCounts(queue, {}, 'a refused batch writes nothing')
      expectEqual(
        await trial.client.pushMany(queue, [item('one'), item('one')]),
        ['one', 'one'],
        'a batch may repeat a task',
      )
      trial.expectIds(await trial.takeAll(queue), ['one'], 'a task that a batch repeats is pushed once')
    },
  ),

  proves('an id is free again once its task is finished', ['leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const first = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.ack([first])
    await trial.client.push(queue, 'one', 'other')
    const second = await trial.takeOne(queue, 'the id of a finished task can be used again')
    expectEqual(
      [second.data, second.deliveries],
      ['other', 1],
      'a new task with an old id has nothing of the old one',
    )
    expectEqual(
      idsOf(await trial.client.ack([first])),
      ['one'],
      'the receipt of a finished task does not settle a new one',
    )
    expectEqual(
      await trial.client.ack([second]),
      [],
      'a new task with an old id is settled by its own receipt',
    )
  }),
]

function idsOfItems(items: readonly PushItem[]): string[] {
  return items.map(({ taskId }) => taskId)
}
