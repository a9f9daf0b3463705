import type { BatchEnd, BatchState, PushItem } from '@alligator/core'
import { expectEqual, expectRefusal } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, idsOf, payloadOf } from '../trial.js'

const NEEDS: readonly Need[] = ['batches', 'dependents', 'listing', 'leases', 'customIds']
const ENDS: readonly BatchEnd[] = ['success', 'failure', 'done']
/** Seconds that no scenario outlives. */
const LONG = 600

function member(taskId: string, batch: string, changes: Partial<PushItem> = {}): PushItem {
  return { taskId, data: payloadOf(taskId), batch, ...changes }
}

/** Makes a batch with a callback for each end, named after both. */
async function open(trial: Trial, queue: string, batchId: string, parent?: string): Promise<void> {
  const callbacks = Object.fromEntries(
    ENDS.map((end) => [
      end,
      { taskId: `${batchId}:${end}`, data: payloadOf(`${batchId}:${end}`) } satisfies PushItem,
    ]),
  )
  await trial.batches.open(queue, { batchId, callbacks, parent })
}

/** Makes a batch that has these members, and is full. */
async function fill(trial: Trial, queue: string, batchId: string, ids: readonly string[]): Promise<void> {
  await open(trial, queue, batchId)
  await trial.client.pushMany(
    queue,
    ids.map((id) => member(id, batchId)),
  )
  expectEqual(await trial.batches.close(queue, batchId, 'full'), true, 'a batch is there until it ends')
}

/** How far a batch is, without the time. */
async function far(trial: Trial, queue: string, batchId: string): Promise<unknown> {
  const state = await trial.batches.find(queue, batchId)
  if (!state) return undefined
  const { endedAt, ...rest } = state
  return { ...rest, hasEnded: endedAt !== undefined }
}

const state = (changes: Partial<BatchState> & { readonly hasEnded?: boolean }) => ({
  total: 0,
  succeeded: 0,
  failed: 0,
  pending: 0,
  isFull: true,
  isCanceled: false,
  hasEnded: false,
  ...changes,
})

/** Takes what is due, which must be the callbacks for this end, and acknowledges it. */
async function expectEnd(
  trial: Trial,
  queue: string,
  batchId: string,
  end: BatchEnd,
  others: readonly string[] = [],
): Promise<void> {
  const taken = await trial.takeAll(queue)
  const expected = [`${batchId}:${end}`, `${batchId}:done`, ...others].sort()
  expectEqual(idsOf(taken).sort(), expected, `${batchId} ends in ${end}, and calls back once`)
  expectEqual(await trial.client.ack(taken), [], 'a callback is settled as any other')
}

async function take(trial: Trial, queue: string, taskId: string) {
  const delivery = await trial.byId.reserve(queue, taskId, LONG)
  if (!delivery) throw new Error(`${taskId} is there and is not handed out`)
  return delivery
}

/** Many tasks with one end. */
export const batches: readonly Scenario[] = [
  proves('a batch ends in success with the last of its members', NEEDS, async (trial) => {
    const queue = trial.queue()
    await open(trial, queue, 'b')
    await trial.client.pushMany(queue, [member('one', 'b'), member('two', 'b')])
    await trial.expectCounts(queue, { waiting: 2, delayed: 3 }, 'callbacks are parked')
    const waits = await trial.dependents.waitsFor(queue, ['b:success', 'one'])
    expectEqual([...waits], [['b:success', ['b']]], 'a callback waits for its batch')
    const held = await trial.takeAll(queue)
    expectEqual(idsOf(held).sort(), ['one', 'two'], 'a parked task is not handed out')
    expectEqual(
      await far(trial, queue, 'b'),
      state({ total: 2, pending: 2, isFull: false }),
      'it is told how far it is',
    )
    await trial.client.ack(held)
    expectEqual(idsOf(await trial.takeAll(queue)), [], 'it does not end before it is full')
    await trial.client.pushMany(queue, [member('three', 'b')])
    await trial.batches.close(queue, 'b', 'full')
    const [last] = await trial.takeAll(queue)
    expectEqual(last?.taskId, 'three', 'nor before its last member')
    expectEqual(await trial.client.ack(last ? [last] : []), [], 'a member is settled as any other')
    await expectEnd(trial, queue, 'b', 'success')
    await trial.expectCounts(queue, {}, 'what is for another end is gone')
    const ended = state({ total: 3, succeeded: 3, hasEnded: true })
    expectEqual(await far(trial, queue, 'b'), ended, 'it is told how it ended')
    expectEqual(await trial.batches.close(queue, 'b', 'canceled'), false, 'what is over stays as it is')
    expectEqual(await far(trial, queue, 'b'), ended, 'what is over stays as it is')
    expectEqual(await far(trial, queue, 'nobody'), undefined, 'what was never made is not there')
  }),

  proves('an empty batch ends when it is full', NEEDS, async (trial) => {
    const queue = trial.queue()
    await fill(trial, queue, 'b', [])
    await expectEnd(trial, queue, 'b', 'success')
    await trial.batches.open(queue, { batchId: 'bare', callbacks: {} })
    await trial.client.pushMany(queue, [member('one', 'bare')])
    await trial.batches.close(queue, 'bare', 'full')
    await trial.client.ack(await trial.takeAll(queue))
    const ended = state({ total: 1, succeeded: 1, hasEnded: true })
    expectEqual(await far(trial, queue, 'bare'), ended, 'one that calls nobody back ends all the same')
  }),

  proves(
    'a batch ends in failure, and not before its last member, when one did not succeed',
    [...NEEDS, 'byId', 'cancellation', 'deadLetters'],
    async (trial) => {
      const queue = trial.queue()
      const fates: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
        dead: async (id) => trial.client.bury(await take(trial, queue, id), REASON),
        removed: async (id) => trial.byId.remove(queue, id),
        canceled: async (id) => trial.cancellation.cancel(queue, id),
        stopped: async (id) => {
          await take(trial, queue, id)
          return trial.cancellation.cancel(queue, id)
        },
      }
      for (const [name, end] of Object.entries(fates)) {
        const batchId = `of-${name}`
        await fill(trial, queue, batchId, [name, `${name}-2`])
        await end(name)
        expectEqual(
          await far(trial, queue, batchId),
          state({ total: 2, failed: 1, pending: 1 }),
          `what is ${name} has ended without success`,
        )
        await trial.client.ack([await take(trial, queue, `${name}-2`)])
        await expectEnd(trial, queue, batchId, 'failure')
      }
      expectEqual(await trial.deadLetters.kick(queue), 1, 'the dead letter is there')
      await trial.client.ack(await trial.takeAll(queue))
      expectEqual(
        await far(trial, queue, 'of-dead'),
        state({ total: 2, succeeded: 1, failed: 1, hasEnded: true }),
        'what has died is no member any more',
      )
      await trial.expectCounts(queue, {}, 'nothing is left')
    },
  ),

  proves('a retry, a lapse and a repeated push are no end', NEEDS, async (trial) => {
    const queue = trial.queue()
    await fill(trial, queue, 'b', ['one'])
    const first = await trial.takeOne(queue, 'a member is handed out', { lease: trial.time.unit })
    await trial.client.pushMany(queue, [member('one', 'b')])
    await trial.time.reach(trial.time.now() + trial.time.unit)
    const second = await trial.takeOne(queue, 'a member is handed out again')
    expectEqual(await trial.client.release(second, { data: 'changed' }), true, 'what is held goes back')
    const third = await trial.takeOne(queue, 'a member is handed out again')
    expectEqual(idsOf(await trial.client.ack([first])), ['one'], 'a stale delivery ends nothing')
    expectEqual(await far(trial, queue, 'b'), state({ total: 1, pending: 1 }), 'it has one member')
    await trial.client.ack([third, third])
    await expectEnd(trial, queue, 'b', 'success')
  }),

  proves('a batch that is over, canceled or was never made takes no members', NEEDS, async (trial) => {
    const queue = trial.queue()
    const refused = async (batchId: string) => {
      const push = () => trial.client.pushMany(queue, [{ taskId: 'x', data: 'x' }, member('late', batchId)])
      await expectRefusal('BATCH_OVER', push, `${batchId} takes no members`)
      const nested = () => trial.batches.open(queue, { batchId: 'n', callbacks: {}, parent: batchId })
      await expectRefusal('BATCH_OVER', nested, `${batchId} takes no batches`)
    }
    await fill(trial, queue, 'over', ['one'])
    const one = await trial.takeOne(queue, 'a member is handed out')
    await trial.client.pushMany(queue, [member('added', 'over')])
    await trial.client.ack([one])
    await trial.client.ack(await trial.takeAll(queue))
    await expectEnd(trial, queue, 'over', 'success')
    await refused('over')
    await open(trial, queue, 'canceled')
    await trial.client.pushMany(queue, [member('two', 'canceled')])
    await trial.batches.close(queue, 'canceled', 'canceled')
    await refused('canceled')
    await refused('never')
    expectEqual(await trial.batches.close(queue, 'never', 'full'), false, 'it is not there')
    await trial.client.ack(await trial.takeAll(queue))
    await expectEnd(trial, queue, 'canceled', 'failure')
    await trial.expectCounts(queue, {}, 'what is refused is not on the queue, nor what was pushed with it')
  }),

  proves('a batch within a batch is a member until it ends', [...NEEDS, 'byId'], async (trial) => {
    const queue = trial.queue()
    await open(trial, queue, 'outer')
    await open(trial, queue, 'inner', 'outer')
    await trial.client.pushMany(queue, [member('one', 'outer'), member('two', 'inner')])
    for (const id of ['outer', 'inner']) await trial.batches.close(queue, id, 'full')
    const { taskIds, batchIds } = await trial.batches.members(queue, 'outer')
    expectEqual([taskIds, batchIds], [['one'], ['inner']], 'members are told')
    await trial.client.ack([await take(trial, queue, 'one')])
    expectEqual(
      await far(trial, queue, 'outer'),
      state({ total: 2, succeeded: 1, pending: 1 }),
      'it is a member',
    )
    await trial.client.bury(await take(trial, queue, 'two'), REASON)
    await expectEnd(trial, queue, 'inner', 'failure', ['outer:done', 'outer:failure'])
    const over = state({ total: 2, succeeded: 1, failed: 1, hasEnded: true })
    expectEqual(await far(trial, queue, 'outer'), over, 'it ends with the inner one, as that did')
  }),

  proves('members that end at once end a batch once', NEEDS, async (trial) => {
    const queue = trial.queue()
    const clients = [trial.client, await trial.another()]
    for (let round = 0; round < 10; round += 1) {
      await fill(trial, queue, `b${round}`, [`x${round}`, `y${round}`])
      const held = [
        await trial.takeOne(queue, 'a member is handed out', { client: clients[0] }),
        await trial.takeOne(queue, 'a member is handed out', { client: clients[1] }),
      ]
      await Promise.all(held.map(async (one, at) => clients[at]?.ack([one])))
      await expectEnd(trial, queue, `b${round}`, 'success')
    }
    await trial.expectCounts(queue, {}, 'nothing is left')
  }),

  proves(
    'a member may wait for another, and a callback be waited for',
    [...NEEDS, 'cancellation'],
    async (trial) => {
      const queue = trial.queue()
      await open(trial, queue, 'b')
      const after = (taskId: string) => ({ after: { taskIds: [taskId], inAnyCase: false } })
      await trial.client.pushMany(queue, [member('one', 'b'), member('two', 'b', after('one'))])
      const [thanks, regrets] = ['b:success', 'b:failure'].map((id) => ({
        taskId: `after-${id}`,
        data: 'x',
        ...after(id),
      }))
      if (thanks && regrets) await trial.client.pushMany(queue, [thanks, regrets])
      await trial.batches.close(queue, 'b', 'full')
      for (const id of ['one', 'two']) {
        const taken = await trial.takeAll(queue)
        expectEqual(idsOf(taken), [id], 'one comes after the other')
        await trial.client.ack(taken)
      }
      const due = await trial.takeAll(queue)
      const expected = ['after-b:failure', 'b:done', 'b:success']
      expectEqual(idsOf(due).sort(), expected, 'what waits for a callback that is gone waits in vain')
      await trial.client.ack(due)
      trial.expectIds(await trial.takeAll(queue), ['after-b:success'], 'and for another until it has run')
    },
  ),

  proves(
    'a callback can be canceled, and has its delay and level',
    [...NEEDS, 'cancellation', 'priorities'],
    async (trial) => {
      const queue = trial.queue()
      const done = { taskId: 'done', data: 'x', delayUntil: trial.time.now() + LONG }
      const success = { taskId: 'success', data: 'y', priority: 'high' } as const
      const failure = { taskId: 'failure', data: 'z' }
      await trial.batches.open(queue, { batchId: 'b', callbacks: { done, success, failure } })
      await trial.batches.open(queue, { batchId: 'b', callbacks: { done: { taskId: 'no', data: 'x' } } })
      await trial.cancellation.cancel(queue, 'failure')
      await trial.batches.close(queue, 'b', 'full')
      await trial.expectCounts(queue, { waiting: 1, delayed: 1 }, 'a delay goes on behind the end')
      const [taken] = await trial.take(queue)
      expectEqual(taken?.taskId, 'success', 'what is due is handed out')
      const [later] = (await trial.listing.list(queue, 'delayed')).tasks
      expectEqual([later?.taskId, later?.until !== undefined], ['done', true], 'it has its time')
    },
  ),

  proves(
    'batches are listed a page at a time, those that go on and those that have ended, the last one first',
    NEEDS,
    async (trial) => {
      const queue = trial.queue()
      const ids = Array.from({ length: 6 }, (_, at) => `b${at}`)
      for (const id of ids) await fill(trial, queue, id, [`one of ${id}`, `two of ${id}`])
      await fill(trial, trial.queue('other'), 'b9', ['one of b9'])
      const all = async (which: 'open' | 'ended') => {
        const found: string[] = []
        for (let after: string | undefined; ;) {
          const page = await trial.batches.list(queue, which, { limit: 2, after })
          expectEqual(page.batches.length <= 2, true, 'a page holds no more than was asked for')
          for (const { batchId, ...rest } of page.batches) {
            expectEqual(rest, await trial.batches.find(queue, batchId), 'each is shown as it is found')
            found.push(batchId)
          }
          if (page.next === undefined) return found
          after = page.next
          if (found.length > ids.length) throw new Error('a listing of batches comes to an end')
        }
      }
      expectEqual(await all('open'), ids.toReversed(), 'the one that was made last is the first')
      expectEqual(await all('ended'), [], 'none has ended')
      for (const id of ['b4', 'b0', 'b2']) {
        for (const member of ['one', 'two'])
          await trial.client.ack([await take(trial, queue, `${member} of ${id}`)])
        // By a clock of milliseconds, some of them would have ended at once.
        await trial.time.reach(trial.time.now() + trial.time.unit / 100)
      }
      expectEqual(await all('open'), ['b5', 'b3', 'b1'], 'what has ended is among the others no longer')
      expectEqual(await all('ended'), ['b2', 'b0', 'b4'], 'the one that ended last is the first')
      const { next } = await trial.batches.list(queue, 'open', { limit: 1 })
      for (const member of ['one', 'two'])
        await trial.client.ack([await take(trial, queue, `${member} of b5`)])
      const { batches: rest } = await trial.batches.list(queue, 'open', { limit: 5, after: next })
      expectEqual(
        rest.map(({ batchId }) => batchId),
        ['b3', 'b1'],
        'nothing is passed over once others are gone',
      )
      await trial.client.dropAll(queue)
      expectEqual(
        [...(await all('open')), ...(await all('ended'))],
        [],
        'what is dropped is listed no longer',
      )
      for (const which of ['open', 'ended'] as const) {
        const list = () => trial.batches.list(queue, which, { after: '' })
        await expectRefusal('INVALID_OPTION', list, 'a page that follows none is refused')
      }
    },
  ),

  proves('to drop a queue drops its batches', NEEDS, async (trial) => {
    const queue = trial.queue()
    await fill(trial, queue, 'b', ['one', 'two'])
    await trial.client.dropAll(queue)
    await trial.expectCounts(queue, {}, 'nothing is left')
    expectEqual(await far(trial, queue, 'b'), undefined, 'the batch is gone')
    await fill(trial, queue, 'b', ['one'])
    await trial.client.ack(await trial.takeAll(queue))
    await expectEnd(trial, queue, 'b', 'success')
  }),

  proves(
    'a transaction that completes a member ends its batch when it commits',
    [...NEEDS, 'transactions'],
    async (trial) => {
      const queue = trial.queue()
      await fill(trial, queue, 'b', ['one'])
      const one = await trial.takeOne(queue, 'a member is handed out')
      await trial.transactInVain(async ({ transaction }) => {
        expectEqual(await trial.transactions.ack(transaction, one), true, 'it is held')
        await trial.transactions.push(transaction, queue, [])
      })
      expectEqual(await far(trial, queue, 'b'), state({ total: 1, pending: 1 }), 'nothing has ended')
      await trial.transact(async ({ transaction }) => {
        await trial.transactions.push(transaction, queue, [member('two', 'b')])
        expectEqual(await trial.transactions.ack(transaction, one), true, 'it is held')
      })
      const [two] = await trial.takeAll(queue)
      expectEqual(two?.taskId, 'two', 'what a member adds is a member')
      await trial.client.ack(two ? [two] : [])
      await expectEnd(trial, queue, 'b', 'success')
    },
  ),
]
