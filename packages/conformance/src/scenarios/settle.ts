import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { idsOf, payloadOf } from '../trial.js'

/** Finished, put back or taken off: every ending of a hand-out. */
export const settle: readonly Scenario[] = [
  proves('an acknowledged task is gone for good', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    expectEqual(await trial.client.ack([delivery]), [], 'ack settles what is held')
    await trial.time.reach(trial.time.now() + trial.time.unit)
    expectEqual(await trial.take(queue), [], 'a finished task never comes back')
    await trial.expectCounts(queue, {}, 'a finished task leaves no trace')
  }),

  proves('ack tells what was no longer held', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one', 'two', 'three'])
    const [one, two, three] = await trial.takeAll(queue)
    if (!one || !two || !three) throw new Error('three tasks that are due are handed out')
    expectEqual(await trial.client.ack([]), [], 'there is nothing to lose in nothing')
    expectEqual(await trial.client.ack([one]), [], 'ack settles what is held')
    expectEqual(
      idsOf(await trial.client.ack([two, one])),
      idsOf([one]),
      'ack gives those that were no longer held, and only those',
    )
    expectEqual(
      await trial.client.ack([three]),
      [],
      'what ack was given beside a stale receipt is settled all the same',
    )
    await trial.expectCounts(queue, {}, 'every task is finished')
  }),

  proves('a finished task cannot be put back', ['leases', 'deadLetters'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.ack([delivery])
    expectEqual(
      await trial.client.release(delivery),
      false,
      'release says that a finished task is no longer held',
    )
    expectEqual(idsOf(await trial.client.extend([delivery], 600)), idsOf([delivery]), 'extend says so too')
    await trial.expectCounts(queue, {}, 'a finished task stays finished')
  }),

  proves('a released task is handed out again', [], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    expectEqual(await trial.client.release(delivery), true, 'release puts back what is held')
    await trial.expectCounts(queue, { waiting: 1 }, 'a released task waits')
    const again = await trial.takeOne(queue, 'a released task is handed out again')
    expectEqual([again.taskId, again.data], [ids[0], payloadOf('one')], 'a released task is as it was')
  }),

  proves('a task is released once', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.release(delivery)
    expectEqual(await trial.client.release(delivery), false, 'a released task is no longer held')
    expectEqual(
      idsOf(await trial.client.ack([delivery])),
      idsOf([delivery]),
      'a released task cannot be acknowledged',
    )
    await trial.expectCounts(queue, { waiting: 1 }, 'a released task stands on the queue once')
  }),

  proves('a released task stands at the head of its queue', ['leases', 'ordered'], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one', 'two', 'three'])
    const first = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.release(first)
    expectEqual(idsOf(await trial.takeAll(queue)), ids, 'a released task comes before those pushed later')
  }),

  proves('release can replace the payload', [], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const changed = payloadOf('one').replace('"retries":0', '"retries":7')
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.release(delivery, { data: changed })
    const again = await trial.takeOne(queue, 'a released task is handed out again')
    expectEqual(again.data, changed, 'release replaces the payload in the same step')
  }),

  proves('release can delay', [], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    const due = trial.time.now() + trial.time.unit
    await trial.client.release(delivery, { delayUntil: due })
    await trial.time.before(due, async () => {
      await trial.expectCounts(
        queue,
        { delayed: 1 },
        'a task that is released with a delay counts as delayed',
      )
      expectEqual(await trial.take(queue), [], 'a task that is released with a delay is not handed out early')
    })
    await trial.time.reach(due)
    trial.expectIds(
      await trial.takeAll(queue),
      ids,
      'a task that is released with a delay is handed out once it is due',
    )
  }),

  proves('remove takes a task that is not running', ['remove', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one', 'two'])
    await trial.push(queue, ['later'], trial.time.now() + 600)
    for (const id of ['one', 'later']) {
      expectEqual(
        await trial.client.remove(queue, id),
        payloadOf(id),
        'remove gives the payload of a waiting or delayed task',
      )
      expectEqual(await trial.client.remove(queue, id), undefined, 'a removed task is gone')
    }
    expectEqual(
      await trial.client.remove(queue, 'unknown'),
      undefined,
      'remove gives undefined for an unknown id',
    )
    expectEqual(await trial.client.pop(queue), payloadOf('two'), 'remove leaves the other tasks alone')
  }),

  proves('remove leaves a running task to its worker', ['remove', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const ends = trial.time.now() + trial.time.unit
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    const { taskId } = delivery
    const promise = 'remove does not take a running task'
    await trial.time.before(ends, async () =>
      expectEqual(await trial.client.remove(queue, taskId), undefined, promise),
    )
    await trial.time.reach(trial.time.now() + trial.time.unit)
    expectEqual(
      await trial.client.remove(queue, delivery.taskId),
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
]
