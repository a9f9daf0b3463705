import type { Client, Counts, Delivery } from '@alligator/core'
import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, idsOf, payloadOf } from '../trial.js'

/** Reserves a task and lets its lease lapse. */
async function lapse(trial: Trial, queue: string): Promise<Delivery> {
  const { unit } = trial.time
  const delivery = await trial.takeOne(queue, 'a due task is handed out', { lease: unit })
  await trial.time.reach(trial.time.now() + unit)
  return delivery
}

/** One task, handed out to a worker that went silent, and then to another. */
async function loseToAnother(
  trial: Trial,
  queue: string,
): Promise<{ late: Delivery; other: Client; current: Delivery }> {
  const other = await trial.another()
  await trial.push(queue, ['one'])
  const late = await lapse(trial, queue)
  const current = await trial.takeOne(queue, 'a lapsed task is handed out to another worker', {
    client: other,
  })
  return { late, other, current }
}

/** What a worker can do to a task it holds; each tells whether it was still held. */
const SETTLEMENTS: Readonly<Record<string, (client: Client, delivery: Delivery) => Promise<boolean>>> = {
  ack: async (client, delivery) => (await client.ack([delivery])).length === 0,
  extend: async (client, delivery) => (await client.extend([delivery], 600)).length === 0,
  release: async (client, delivery) => client.release(delivery, { data: 'changed' }),
  'release with a count': async (client, delivery) => client.release(delivery, { deliveries: 2 }),
  bury: async (client, delivery) => client.bury(delivery, REASON),
}

/** What each of them leaves on the queue. */
const AFTERWARDS: Readonly<Record<string, Partial<Counts>>> = {
  ack: {},
  extend: { running: 1 },
  release: { waiting: 1 },
  'release with a count': { waiting: 1 },
  bury: { dead: 1 },
}

/** Held by one worker at a time, and never lost with it. */
export const lease: readonly Scenario[] = [
  proves('a task that is handed out is held by nobody else', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const ends = trial.time.now() + trial.time.unit
    await trial.take(queue, { lease: trial.time.unit })
    const promise = 'a task is not handed out again while its lease lasts'
    await trial.time.before(ends, async () => {
      await trial.expectCounts(queue, { running: 1 }, 'a task that is handed out counts as running')
      expectEqual(await trial.take(queue, { client: await trial.another() }), [], promise)
    })
  }),

  proves('a task whose lease has lapsed is handed out again', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const deliveries = [await lapse(trial, queue), await lapse(trial, queue), await lapse(trial, queue)]
    await trial.expectCounts(queue, { waiting: 1 }, 'a task whose lease has lapsed counts as waiting')
    const counted = deliveries.map((delivery) => delivery.deliveries)
    expectEqual(counted, [1, 2, 3], 'each hand-out of an unsettled task is counted')
    const receipts = new Set(deliveries.map((delivery) => delivery.receipt))
    expectEqual(receipts.size, 3, 'each hand-out has a receipt of its own')
    expectEqual(deliveries[2]?.data, payloadOf('one'), 'a task that is handed out again is unchanged')
  }),

  proves('extend holds a task for so long from now on', ['leases'], async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    const lease = 3 * time.unit
    const first = time.now() + lease
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease })
    await time.reach(time.now() + time.unit)
    const ends = time.now() + lease
    expectEqual(await trial.client.extend([delivery], lease), [], 'extend keeps what is held')
    const latest = time.now() + lease
    await time.reach(first)
    const promise = 'an extended lease keeps a task beyond its first end'
    await time.before(ends, async () => expectEqual(await trial.take(queue), [], promise))
    await time.reach(latest)
    const again = await trial.takeOne(queue, 'an extended lease lapses in the end')
    expectEqual(again.deliveries, 2, 'extending is not a hand-out')
  }),

  proves('extend tells what is no longer held', ['leases'], async (trial) => {
    const queue = trial.queue()
    const { late } = await loseToAnother(trial, queue)
    await trial.push(queue, ['two'])
    const held = await trial.takeOne(queue, 'a pushed task is handed out')
    const lost = await trial.client.extend([held, late], 600)
    expectEqual(idsOf(lost), idsOf([late]), 'extend gives those that were no longer held, and only those')
  }),

  ...Object.entries(SETTLEMENTS).map(([verb, settle]) =>
    proves(`a late worker cannot ${verb} what another now holds`, ['leases'], async (trial) => {
      const queue = trial.queue()
      const { late, other, current } = await loseToAnother(trial, queue)
      expectEqual(
        await settle(trial.client, late),
        false,
        `${verb} with a stale receipt says that the task is no longer held`,
      )
      await trial.expectCounts(queue, { running: 1 }, `${verb} with a stale receipt changes nothing`)
      expectEqual(
        await other.ack([current]),
        [],
        `${verb} with a stale receipt leaves the task to its holder`,
      )
      await trial.expectCounts(queue, {}, `${verb} with a stale receipt brings nothing back`)
    }),
  ),

  ...Object.entries(SETTLEMENTS).map(([verb, settle]) =>
    proves(
      `a late worker may still ${verb} what nobody else was given`,
      ['leases', 'lateSettling'],
      async (trial) => {
        const queue = trial.queue()
        await trial.push(queue, ['one'])
        const late = await lapse(trial, queue)
        expectEqual(
          await settle(trial.client, late),
          true,
          `${verb} works as long as nobody else was given the task`,
        )
        const expected = AFTERWARDS[verb]
        await trial.expectCounts(queue, expected ?? {}, `${verb} after a lapse does what it does before`)
      },
    ),
  ),

  proves(
    'deliveries starts again when a task is put back',
    ['leases', 'restartsDeliveries'],
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one'])
      await lapse(trial, queue)
      const second = await trial.takeOne(queue, 'a lapsed task is handed out again')
      await trial.client.release(second)
      const third = await trial.takeOne(queue, 'a released task is handed out again')
      expectEqual(
        [second.deliveries, third.deliveries],
        [2, 1],
        'deliveries counts hand-outs since the task was last settled',
      )
    },
  ),

  proves('limit is the most that is handed out', [], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one', 'two', 'three', 'four'])
    expectEqual((await trial.take(queue)).length, 1, 'one task is handed out when no limit is given')
    expectEqual(
      (await trial.take(queue, { limit: 2 })).length,
      2,
      'as many tasks are handed out as the limit says',
    )
    const rest = await trial.take(queue, { limit: 5 })
    expectEqual(rest.length, ids.length - 3, 'what is there is handed out when the limit is higher')
  }),

  proves('queues are served in strict order of priority', [], async (trial) => {
    const [high, low] = [trial.queue('high'), trial.queue('low')]
    await trial.push(low, ['low-1', 'low-2'])
    await trial.push(high, ['high-1', 'high-2'])
    const from = async (limit: number) => (await trial.take([high, low], { limit })).map(({ queue }) => queue)
    expectEqual(await from(1), [high], 'the queue named first goes first')
    expectEqual(await from(2), [high, low], 'the next queue is served when the one before it has no more')
    expectEqual(await from(2), [low], 'every queue that is named is served')
  }),
]
