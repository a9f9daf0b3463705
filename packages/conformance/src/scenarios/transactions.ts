import type { PushItem } from '@alligator/core'
import { expectEqual, expectRefusal } from '../expect.js'
import { hostilePayloads } from '../hostile-payloads.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, idsOf, payloadOf, plain } from '../trial.js'

const PUSHES: readonly Need[] = ['transactions']
const ENDS: readonly Need[] = ['transactions', 'leases']

function item(taskId: string, delayUntil?: number): PushItem {
  return { taskId, data: payloadOf(taskId), delayUntil }
}

/** Pushes one task, and hands it out. */
async function handOut(trial: Trial, queue: string, id = 'one') {
  await trial.push(queue, [id])
  return trial.takeOne(queue, 'a pushed task is handed out')
}

/** What is kept with the rows of an app, or not at all. */
export const transactions: readonly Scenario[] = [
  proves(
    'what is pushed in a transaction is there once that commits, and not before',
    PUSHES,
    async (trial) => {
      const queue = trial.queue()
      const later = trial.time.now() + 600
      await trial.transact(async ({ transaction }) => {
        await trial.transactions.push(transaction, queue, [item('one'), item('two')])
        await trial.transactions.push(transaction, queue, [item('three'), item('four', later)])
        await trial.expectCounts(queue, {}, 'what is not committed is seen by nobody')
      })
      await trial.expectCounts(queue, { waiting: 3, delayed: 1 }, 'a commit puts all of it on the queue')
      trial.expectIds(await trial.takeAll(queue), ['one', 'two', 'three'], 'tasks keep the order of pushing')
    },
  ),

  proves('what is pushed in a transaction that rolls back never was', PUSHES, async (trial) => {
    const [queue, other] = [trial.queue(), trial.queue('other')]
    for (const times of [1, 2]) {
      await trial.transactInVain(({ transaction }) =>
        Promise.resolve(trial.transactions.push(transaction, queue, [item('one')])),
      )
      await trial.expectCounts(queue, {}, `nothing is left of a rollback (${times})`)
    }
    await trial.push(other, ['two'])
    await trial.push(queue, ['one'])
    expectEqual(idsOf(await trial.takeAll(queue)), ['one'], 'its queue can be used as if nothing had been')
  }),

  proves('a savepoint that is rolled back takes with it what was pushed since', PUSHES, async (trial) => {
    const queue = trial.queue()
    await trial.transact(async ({ transaction, run }) => {
      await trial.transactions.push(transaction, queue, [item('one')])
      await run('SAVEPOINT a_part')
      await trial.transactions.push(transaction, queue, [item('two')])
      await run('ROLLBACK TO SAVEPOINT a_part')
      await trial.transactions.push(transaction, queue, [item('three')])
    })
    trial.expectIds(await trial.takeAll(queue), ['one', 'three'], 'only the part is undone')
  }),

  proves(
    'a batch that is refused in a transaction is so as a whole, and leaves the rest',
    PUSHES,
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one'])
      const other = { taskId: 'one', data: payloadOf('one', { args: ['other'] }) }
      const clash = { taskId: 'two', data: payloadOf('two', { args: ['other'] }) }
      await trial.transact(async ({ transaction }) => {
        for (const batch of [
          [item('two'), other],
          [item('two'), clash],
        ]) {
          const refused = () => trial.transactions.push(transaction, queue, batch)
          await expectRefusal('DUPLICATE_TASK', refused, 'an id that is held for another task is refused')
        }
        await trial.transactions.push(transaction, queue, [item('one'), item('three'), item('three')])
        await trial.transactions.push(transaction, queue, [])
      })
      trial.expectIds(await trial.takeAll(queue), ['one', 'three'], 'the same task is pushed once')
    },
  ),

  proves(
    'any payload and any id can be pushed in a transaction',
    [...PUSHES, 'anyQueueName'],
    async (trial) => {
      const queue = trial.queue(`it's "odd" \\ ? $1 \0`)
      const payloads = hostilePayloads().filter(([what]) => what !== 'half of a pair')
      const items = payloads.map(([what, data], nr) => ({ taskId: `${nr} ${what} '"\\?$1\0`, data }))
      await trial.transact(({ transaction }) =>
        Promise.resolve(trial.transactions.push(transaction, queue, items)),
      )
      const taken = await trial.takeAll(queue, { limit: 100 })
      const found = new Map(taken.map(({ taskId, data }) => [taskId, plain(data)]))
      const pushed = new Map(items.map(({ taskId, data }) => [taskId, plain(data)]))
      expectEqual(found, pushed, 'each comes out as it was pushed')
    },
  ),

  proves(
    'a task that ends in a transaction is gone once that commits, and held until then',
    ENDS,
    async (trial) => {
      const queue = trial.queue()
      const delivery = await handOut(trial, queue)
      const other = await trial.another()
      await trial.transact(async ({ transaction }) => {
        expectEqual(await trial.transactions.ack(transaction, delivery), true, 'what is held can end')
        expectEqual(
          await trial.take(queue, { client: other }),
          [],
          'what may yet end is handed out to nobody',
        )
      })
      await trial.expectCounts(queue, {}, 'a commit removes it')
      expectEqual(await trial.client.release(delivery), false, 'what has ended cannot come back')
    },
  ),

  proves('a task whose end is rolled back is held as before', ENDS, async (trial) => {
    const queue = trial.queue()
    const delivery = await handOut(trial, queue)
    await trial.transactInVain(async ({ transaction }) => {
      expectEqual(await trial.transactions.ack(transaction, delivery), true, 'what is held can end')
    })
    await trial.transact(async ({ transaction, run }) => {
      await run('SAVEPOINT a_part')
      await trial.transactions.ack(transaction, delivery)
      await run('ROLLBACK TO SAVEPOINT a_part')
    })
    expectEqual(await trial.client.extend([delivery], 600), [], 'its worker still holds it')
    expectEqual(await trial.client.ack([delivery]), [], 'and can end it by itself')
    await trial.expectCounts(queue, {}, 'what has ended is gone')
  }),

  proves('a transaction ends no task that its worker does not hold', ENDS, async (trial) => {
    const queue = trial.queue()
    const [released, ended] = [await handOut(trial, queue, 'one'), await handOut(trial, queue, 'two')]
    await trial.client.release(released)
    await trial.takeOne(queue, 'a released task is handed out again')
    await trial.client.ack([ended])
    await trial.transact(async ({ transaction }) => {
      for (const delivery of [released, ended]) {
        const promise = `${delivery.taskId} is not its to end`
        expectEqual(await trial.transactions.ack(transaction, delivery), false, promise)
      }
      await trial.transactions.push(transaction, queue, [item('three')])
    })
    await trial.expectCounts(queue, { running: 1, waiting: 1 }, 'the other worker keeps its task')
  }),

  proves(
    'what was canceled can be pushed again in a transaction, and has then not left without success',
    [...PUSHES, 'cancellation', 'listing'],
    async (trial) => {
      const queue = trial.queue()
      const ids = ['one', 'two']
      await trial.push(queue, ids)
      for (const id of ids) await trial.cancellation.cancel(queue, id)
      const other = { taskId: 'one', data: payloadOf('one', { args: ['other'] }) }
      await trial.transact(async ({ transaction }) => {
        await trial.transactions.push(transaction, queue, [other])
      })
      const left = [...(await trial.listing.removed(queue, ids))]
      expectEqual(left, ['two'], 'what is pushed again is a task like any other')
      const again = await trial.takeOne(queue, 'what was pushed again is handed out')
      expectEqual(again.data, other.data, 'it has its new payload')
    },
  ),

  proves('what is no transaction is refused', PUSHES, async (trial) => {
    const queue = trial.queue()
    const refused = () => trial.transactions.push({}, queue, [item('one')])
    await expectRefusal('INVALID_OPTION', refused, 'an object without a meaning is no transaction')
    await trial.expectCounts(queue, {}, 'what is refused is not on the queue')
  }),
]
