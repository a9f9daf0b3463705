import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { REASON, idsOf, payloadOf } from '../trial.js'

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

  proves('a finished task cannot be put back', ['leases'], async (trial) => {
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

  proves('a released task counts as handed out as often as release says', ['leases'], async (trial) => {
    const queue = trial.queue()
    const next = () => trial.takeOne(queue, 'a released task is handed out again')
    await trial.push(queue, ['one'])
    await trial.client.release(await next(), { deliveries: 1 })
    const second = await next()
    expectEqual(second.deliveries, 2, 'deliveries goes on from what release says')
    await trial.client.release(second, { deliveries: second.deliveries - 1 })
    const again = await next()
    const came = [again.taskId, again.data, again.deliveries]
    expectEqual(came, [second.taskId, payloadOf('one'), 2], 'a task that was not begun comes back as it came')
    await trial.client.release(again, { deliveries: 7 })
    const eighth = await next()
    expectEqual(eighth.deliveries, 8, 'deliveries goes on from what release said last')
    await trial.client.release(eighth)
    const { freshDeliveries } = trial.client
    const isFresh = (await next()).deliveries <= freshDeliveries
    expectEqual(isFresh, true, `a release without a count starts again, at ${freshDeliveries} at most`)
  }),

  proves('a task released with a count counts on when its lease lapses', ['leases'], async (trial) => {
    const queue = trial.queue()
    const { unit } = trial.time
    await trial.push(queue, ['one'])
    await trial.client.release(await trial.takeOne(queue, 'a pushed task is handed out'), { deliveries: 1 })
    const counted: number[] = []
    for (let lapses = 0; lapses < 2; lapses += 1) {
      const delivery = await trial.takeOne(queue, 'a released task is handed out again', { lease: unit })
      counted.push(delivery.deliveries)
      await trial.time.reach(trial.time.now() + unit)
    }
    expectEqual(counted, [2, 3], 'hand-outs that nobody settles are counted on from there')
  }),

  proves(
    'tasks released with a count stand at the head of their queue',
    ['leases', 'ordered'],
    async (trial) => {
      const queue = trial.queue()
      const ids = await trial.push(queue, ['one', 'two', 'three', 'four'])
      const taken = await trial.take(queue, { limit: 3 })
      // As a worker does that must go: the last one first.
      for (const delivery of taken.toReversed()) await trial.client.release(delivery, { deliveries: 1 })
      const promise = 'what goes back with a count comes before what was pushed later'
      expectEqual(idsOf(await trial.takeAll(queue)), ids, promise)
    },
  ),

  proves('a task released with a count is held by nobody', ['leases'], async (trial) => {
    const { client } = trial
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one'])
    const old = await trial.takeOne(queue, 'a pushed task is handed out')
    expectEqual(await client.release(old, { deliveries: 1 }), true, 'release puts back what is held')
    const expectLost = async (promise: string) => {
      expectEqual(idsOf(await client.ack([old])), ids, promise)
      expectEqual(idsOf(await client.extend([old], 600)), ids, promise)
      expectEqual(await client.release(old, { deliveries: 1 }), false, promise)
      expectEqual(await client.release(old), false, promise)
      expectEqual(await client.bury(old, REASON), false, promise)
    }
    await expectLost('what went back is no longer held')
    await trial.expectCounts(queue, { waiting: 1 }, 'what went back waits, once')
    const current = await trial.takeOne(queue, 'a released task is handed out again')
    await expectLost('what went back and was handed out again is not held by its first worker')
    expectEqual(
      await client.ack([current]),
      [],
      'what went back and was handed out again is held by its second',
    )
    await trial.expectCounts(queue, {}, 'nothing of it is left')
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

  proves('a buried task is kept, and not handed out', [], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    expectEqual(await trial.client.bury(delivery, REASON), true, 'bury takes what is held')
    await trial.time.reach(trial.time.now() + trial.time.unit)
    await trial.expectCounts(queue, { dead: 1 }, 'a dead letter counts as dead only')
    expectEqual(await trial.take(queue), [], 'a dead letter is not handed out')
  }),

  proves('a buried task is buried once', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.bury(delivery, REASON)
    expectEqual(await trial.client.bury(delivery, REASON), false, 'a dead letter is no longer held')
    expectEqual(
      await trial.client.release(delivery),
      false,
      'a dead letter cannot be released by its last worker',
    )
    expectEqual(
      idsOf(await trial.client.ack([delivery])),
      idsOf([delivery]),
      'a dead letter cannot be acknowledged',
    )
    await trial.expectCounts(queue, { dead: 1 }, 'a dead letter is kept once')
  }),
]
