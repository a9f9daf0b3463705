import type { After, Delivery, PushItem } from '@alligator/core'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, idsOf, payloadOf } from '../trial.js'
import { keyOf } from './uniqueness.js'

const NEEDS: readonly Need[] = ['dependents', 'listing', 'leases', 'customIds']
/** Seconds that no scenario outlives. */
const LONG = 600

/** A task that waits for others. */
function item(
  taskId: string,
  taskIds: readonly string[],
  changes: Partial<PushItem> & Partial<After> = {},
): PushItem {
  const { inAnyCase = false, ...rest } = changes
  return { taskId, data: payloadOf(taskId), after: { taskIds, inAnyCase }, ...rest }
}

async function expectNothing(trial: Trial, queue: string, promise: string): Promise<void> {
  expectEqual(idsOf(await trial.takeAll(queue)), [], promise)
}

async function ackOne(trial: Trial, queue: string, taskId: string): Promise<void> {
  const delivery = await trial.takeOne(queue, 'what is due is handed out')
  expectEqual(delivery.taskId, taskId, 'what is due first is handed out first')
  expectEqual(await trial.client.ack([delivery]), [], 'what is held is settled')
}

/** Ends a task that waits, in one of the ways that are no success. */
const FAILURES: Readonly<Record<string, (trial: Trial, queue: string, taskId: string) => Promise<unknown>>> =
  {
    bury: async (trial, queue, taskId) => {
      const delivery = await trial.byId.reserve(queue, taskId, LONG)
      return delivery && trial.client.bury(delivery, REASON)
    },
    remove: async (trial, queue, taskId) => trial.byId.remove(queue, taskId),
    cancel: async (trial, queue, taskId) => trial.cancellation.cancel(queue, taskId),
    'cancel of what runs': async (trial, queue, taskId) => {
      await trial.byId.reserve(queue, taskId, LONG)
      return trial.cancellation.cancel(queue, taskId)
    },
  }

/** Tasks that wait for others. */
export const dependents: readonly Scenario[] = [
  proves('a task is parked until what it waits for has succeeded', NEEDS, async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one', 'two'])
    await trial.client.pushMany(queue, [item('last', ['one', 'two', 'one'])])
    await trial.expectCounts(queue, { waiting: 2, delayed: 1 }, 'what is parked counts as delayed')
    const { waitsFor } = trial.dependents
    const waiting = await waitsFor(queue, ['one', 'last', 'nobody'])
    const shown = [...waiting].map(([id, ids]) => [id, [...ids].sort()])
    expectEqual(shown, [['last', ['one', 'two']]], 'it is told what a parked task waits for')
    const [listed] = (await trial.listing.list(queue, 'delayed')).tasks
    expectEqual([listed?.taskId, listed?.until], ['last', undefined], 'a parked task has no time')
    const held = await trial.takeAll(queue)
    expectEqual(idsOf(held).sort(), ['one', 'two'], 'a parked task is not handed out')
    await trial.client.ack(held.slice(0, 1))
    await expectNothing(trial, queue, 'it waits for all')
    await trial.client.ack(held.slice(1))
    await trial.expectCounts(queue, { waiting: 1 }, 'the end of the last makes it due')
    await ackOne(trial, queue, 'last')
    await trial.expectCounts(queue, {}, 'nothing is left')
  }),

  proves('a task that keeps its result makes due what waits for it', [...NEEDS, 'results'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one', 'two'])
    await trial.client.pushMany(queue, [item('first', ['one']), item('last', ['one', 'two'])])
    const [one, two] = await trial.takeAll(queue)
    if (!one || !two) throw new Error('two tasks are due')
    const keep = (delivery: Delivery) =>
      trial.results.ack([{ delivery, result: `of ${delivery.taskId}`, keepFor: LONG }])
    expectEqual(await keep(one), [], 'what is held is settled')
    trial.expectIds(await trial.takeAll(queue), ['first'], 'what waits for it alone is due')
    expectEqual(await keep(two), [], 'what is held is settled')
    trial.expectIds(await trial.takeAll(queue), ['last'], 'what waits for both is due then')
    const kept = await trial.results.get(queue, ['one', 'two'])
    const results = ['one', 'two'].map((id) => kept.get(id))
    expectEqual(results, ['of one', 'of two'], 'their results are kept')
    expectEqual(await keep(one), [one], 'what has ended is settled once')
  }),

  proves(
    'the note of a task stays when something comes to wait for it',
    [...NEEDS, 'notes', 'deadLetters'],
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one'])
      const held = await trial.takeOne(queue, 'what is due is handed out')
      await trial.notes.save(held, 'before')
      await trial.client.pushMany(queue, [item('last', ['one'])])
      expectEqual(await trial.notes.get(queue, 'one'), 'before', 'it is there as it was')
      expectEqual(await trial.notes.save(held, 'after'), true, 'what is held is written to')
      await expectNothing(trial, queue, 'the other waits on')
      await trial.client.bury(held, REASON)
      expectEqual(await trial.notes.get(queue, 'one'), 'after', 'a dead letter has it, too')
      trial.expectIds(await trial.takeAll(queue), ['last'], 'the end makes due what waited')
      await trial.deadLetters.kick(queue)
      expectEqual(await trial.notes.get(queue, 'one'), 'after', 'and so when it is brought back')
      await ackOne(trial, queue, 'one')
      expectEqual(await trial.notes.get(queue, 'one'), undefined, 'it is gone with its task')
    },
  ),

  ...Object.entries(FAILURES).map(([name, fail]) =>
    proves(
      `by a ${name} what waits for success is due, and what waits for the end only then`,
      [...NEEDS, 'byId', 'cancellation'],
      async (trial) => {
        const queue = trial.queue()
        await trial.push(queue, ['fails', 'other'], trial.time.now() + LONG)
        await trial.client.pushMany(queue, [
          item('needs', ['fails', 'other'], { delayUntil: trial.time.now() + LONG }),
          item('waits', ['fails', 'other'], { inAnyCase: true }),
        ])
        await fail(trial, queue, 'fails')
        const due = await trial.takeAll(queue)
        trial.expectIds(due, ['needs'], 'it is due at once, since it waits in vain')
        const left = await trial.dependents.waitsFor(queue, ['needs', 'waits'])
        expectEqual([...left], [['waits', ['other']]], 'the other one waits on')
        await trial.byId.remove(queue, 'other')
        trial.expectIds(await trial.takeAll(queue), ['waits'], 'it is due once all have ended')
        await trial.client.ack(due)
        await trial.expectCounts(
          queue,
          { running: 1, dead: name === 'bury' ? 1 : 0 },
          'each was handed out once',
        )
      },
    ),
  ),

  proves('what is not there, or is dead, parks nobody', [...NEEDS, 'byId'], async (trial) => {
    const queue = trial.queue()
    await trial.bury(queue, 'dead')
    await trial.push(queue, ['done', 'removed'])
    await ackOne(trial, queue, 'done')
    await trial.byId.remove(queue, 'removed')
    await trial.push(trial.queue('other'), ['elsewhere'])
    await trial.client.pushMany(queue, [item('last', ['dead', 'done', 'removed', 'elsewhere', 'last'])])
    await trial.expectCounts(queue, { waiting: 1, dead: 1 }, 'it is due at once')
    expectEqual((await trial.dependents.waitsFor(queue, ['last'])).size, 0, 'it waits for nothing')
  }),

  proves('what goes back on its queue has not ended', NEEDS, async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('last', ['one'])])
    const first = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    await trial.client.extend([first], trial.time.unit)
    await trial.time.reach(trial.time.now() + trial.time.unit)
    const second = await trial.takeOne(queue, 'a lapsed task is handed out again')
    expectEqual(second.taskId, 'one', 'a lapse is no end')
    expectEqual(idsOf(await trial.client.ack([first])), ['one'], 'a stale delivery ends nothing')
    await trial.client.release(second)
    const third = await trial.takeOne(queue, 'a released task is handed out again')
    expectEqual(third.taskId, 'one', 'a release is no end')
    expectEqual(await trial.client.ack([third]), [], 'what is held is settled')
    await ackOne(trial, queue, 'last')
  }),

  proves('what waits for others and has a delay is due after both', NEEDS, async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + 3 * trial.time.unit
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('late', ['one'], { delayUntil: due })])
    await ackOne(trial, queue, 'one')
    await trial.time.before(due, () => trial.expectCounts(queue, { delayed: 1 }, 'its delay is not over'))
    expectEqual((await trial.dependents.waitsFor(queue, ['late'])).size, 0, 'it waits for nothing but that')
    await trial.push(queue, ['two'], trial.time.now() + LONG)
    const past = trial.time.now() + trial.time.unit / 2
    await trial.client.pushMany(queue, [item('later', ['two'], { delayUntil: past })])
    await trial.time.reach(due)
    trial.expectIds(await trial.takeAll(queue), ['late'], 'a delay that is over makes nothing due that waits')
  }),

  proves(
    'what is parked can be canceled, and neither be taken by its id nor made due',
    [...NEEDS, 'byId', 'cancellation', 'expediting'],
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one'])
      await trial.client.pushMany(queue, [item('two', ['one']), item('three', ['two'])])
      expectEqual(await trial.byId.reserve(queue, 'two', LONG), undefined, 'it is given to nobody')
      expectEqual(await trial.expediting.expedite(queue, 'two'), false, 'it must not run before the other')
      const canceled = await trial.cancellation.cancel(queue, 'two')
      expectEqual(canceled?.wasRunning, false, 'it can be canceled')
      await trial.client.pushMany(queue, [item('two', ['one', 'three'])])
      const held = await trial.takeAll(queue)
      trial.expectIds(held, ['one', 'three'], 'what waited for it is due')
      await trial.client.ack(held.slice(0, 1))
      await expectNothing(trial, queue, 'what it waited for before it was pushed again counts no more')
      await trial.client.ack(held.slice(1))
      await ackOne(trial, queue, 'two')
      await trial.expectCounts(queue, {}, 'nothing is left')
    },
  ),

  proves('tasks of one push may wait for one another, in whatever order', NEEDS, async (trial) => {
    const queue = trial.queue()
    const chain = Array.from({ length: 30 }, (_, at) => (at === 0 ? [] : [`t${at - 1}`]))
    await trial.client.pushMany(queue, chain.map((ids, at) => item(`t${at}`, ids)).reverse())
    await trial.expectCounts(queue, { waiting: 1, delayed: 29 }, 'only the first is due')
    for (const at of chain.keys()) await ackOne(trial, queue, `t${at}`)
    await trial.expectCounts(queue, {}, 'nothing is left')
  }),

  proves('a push that is repeated parks nothing that is there', NEEDS, async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('two', ['one'])])
    const held = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.ack([held])
    const second = await trial.takeOne(queue, 'what it waited for has ended')
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('two', ['one'])])
    await trial.expectCounts(queue, { waiting: 1, running: 1 }, 'what runs goes on')
    expectEqual(await trial.client.ack([second]), [], 'and is held by whoever runs it')
  }),

  proves('whoever waits for tasks is given one that is due now', [...NEEDS, 'waits'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('two', ['one'])])
    const held = await trial.takeOne(queue, 'a pushed task is handed out')
    const waiting = trial.take(queue, { client: await trial.another(), wait: LONG })
    expectEqual(await trial.client.ack([held]), [], 'what is held is settled')
    const given = await trial.time.soon(waiting, 'the end of the other wakes whoever waits')
    expectEqual(idsOf(given), ['two'], 'the end of the other wakes whoever waits')
  }),

  proves('it keeps its level', [...NEEDS, 'priorities'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const high = { priority: 'high' } as const
    await trial.client.pushMany(queue, [item('low', ['one']), item('high', ['one'], high)])
    const held = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.ack([held])
    const [first] = await trial.take(queue, { priorities: 'strict' })
    expectEqual(first?.taskId, 'high', 'it joins the line of its level')
  }),

  proves('it is in the line behind those that were there', [...NEEDS, 'ordered'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('last', ['one'])])
    await trial.push(queue, ['two'])
    for (const id of ['one', 'two', 'last']) await ackOne(trial, queue, id)
  }),

  proves('to drop a queue drops what is parked', NEEDS, async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await trial.client.pushMany(queue, [item('two', ['one'])])
    await trial.client.dropAll(queue)
    await trial.expectCounts(queue, {}, 'nothing is left')
    await trial.push(queue, ['one', 'two'])
    trial.expectIds(await trial.takeAll(queue), ['one', 'two'], 'nor does anything wait any more')
  }),

  proves('a task with a key is parked as any other', [...NEEDS, 'uniqueness'], async (trial) => {
    const queue = trial.queue()
    const unique = { key: keyOf('k'), until: 'started', onConflict: 'replace' } as const
    await trial.push(queue, ['one', 'two'])
    await trial.uniqueness.push(queue, [item('keyed', ['one'], { unique })])
    const [placed] = await trial.uniqueness.push(queue, [item('again', ['two'], { unique })])
    expectEqual([placed?.taskId, placed?.isDuplicate], ['keyed', true], 'one that is parked has its key')
    await ackOne(trial, queue, 'one')
    const waits = await trial.dependents.waitsFor(queue, ['keyed'])
    expectEqual([...waits], [['keyed', ['two']]], 'what replaces it waits for its own')
    await ackOne(trial, queue, 'two')
    await ackOne(trial, queue, 'keyed')
  }),

  proves(
    'a transaction parks, and ends what is waited for, when it commits',
    [...NEEDS, 'transactions'],
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one'])
      await trial.transactInVain(async ({ transaction }) => {
        await trial.transactions.push(transaction, queue, [item('never', ['one'])])
      })
      await trial.transact(async ({ transaction }) => {
        await trial.transactions.push(transaction, queue, [item('two', ['one'])])
      })
      await trial.expectCounts(queue, { waiting: 1, delayed: 1 }, 'it is parked')
      const held = await trial.takeOne(queue, 'a pushed task is handed out')
      await trial.transactInVain(async ({ transaction }) => {
        expectEqual(await trial.transactions.ack(transaction, held), true, 'it is held')
      })
      await trial.expectCounts(queue, { running: 1, delayed: 1 }, 'what was rolled back has ended nothing')
      await trial.transact(async ({ transaction }) => {
        expectEqual(await trial.transactions.ack(transaction, held), true, 'it is held')
      })
      await ackOne(trial, queue, 'two')
    },
  ),

  proves('ends that come at once release each task once', NEEDS, async (trial) => {
    const queue = trial.queue()
    const clients = [trial.client, await trial.another()]
    for (let round = 0; round < 10; round += 1) {
      const ids = [`a${round}`, `b${round}`]
      await trial.push(queue, ids)
      await trial.client.pushMany(queue, [item(`c${round}`, ids)])
      const held = [
        await trial.takeOne(queue, 'a pushed task is handed out', { client: clients[0] }),
        await trial.takeOne(queue, 'a pushed task is handed out', { client: clients[1] }),
      ]
      const lost = await Promise.all(held.map(async (one, at) => clients[at]?.ack([one])))
      expectEqual(lost, [[], []], 'what is held is settled')
      await ackOne(trial, queue, `c${round}`)
    }
    await trial.expectCounts(queue, {}, 'nothing is left')
  }),
]
