import type { Client, Delivery } from '@alligator/core'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, facetOf, idsOf, payloadOf } from '../trial.js'

const NEEDS: readonly Need[] = ['cancellation', 'leases', 'customIds']
/** How often each race is run. */
const ROUNDS = 10

/** What a worker may do to a task at the moment when somebody cancels it; each tells whether it was held. */
const SETTLEMENTS: Readonly<Record<string, (client: Client, delivery: Delivery) => Promise<boolean>>> = {
  ack: async (client, delivery) => (await client.ack([delivery])).length === 0,
  extend: async (client, delivery) => (await client.extend([delivery], 600)).length === 0,
  release: async (client, delivery) => client.release(delivery),
  'release with a count': async (client, delivery) => client.release(delivery, { deliveries: 2 }),
  bury: async (client, delivery) => client.bury(delivery, REASON),
}

/** Cancels a task that must be there. */
async function expectCanceled(trial: Trial, queue: string, id: string, wasRunning: boolean, promise: string) {
  const canceled = await trial.cancellation.cancel(queue, id)
  expectEqual([canceled?.data, canceled?.wasRunning], [payloadOf(id), wasRunning], promise)
}

/** Hands one task to a worker. */
async function start(trial: Trial, queue: string, id: string, lease?: number): Promise<Delivery> {
  await trial.push(queue, [id])
  return trial.takeOne(queue, 'a pushed task is handed out', lease === undefined ? {} : { lease })
}

/** Taken off for good, also from the worker that runs it. */
export const cancellation: readonly Scenario[] = [
  proves('cancel takes a task in whatever state, and tells whether it was running', NEEDS, async (trial) => {
    const queue = trial.queue()
    await trial.bury(queue, 'dead')
    await start(trial, queue, 'running')
    await trial.push(queue, ['delayed'], trial.time.now() + 600)
    await trial.push(queue, ['waiting', 'other'])
    for (const id of ['waiting', 'delayed', 'running', 'dead']) {
      await expectCanceled(trial, queue, id, id === 'running', `cancel takes a task that is ${id}`)
      expectEqual(await trial.cancellation.cancel(queue, id), undefined, 'a canceled task is gone')
    }
    expectEqual(
      await trial.cancellation.cancel(queue, 'unknown'),
      undefined,
      'what is not there is not canceled',
    )
    await trial.expectCounts(queue, { waiting: 1 }, 'cancel leaves the other tasks alone')
  }),

  proves('a canceled task is no longer held by its worker, and never comes back', NEEDS, async (trial) => {
    const { client, time } = trial
    const queue = trial.queue()
    for (const [verb, settle] of Object.entries(SETTLEMENTS)) {
      const delivery = await start(trial, queue, 'one', time.unit)
      await trial.cancellation.cancel(queue, 'one')
      expectEqual(await settle(client, delivery), false, `${verb} says that a canceled task is not held`)
      await trial.expectCounts(queue, {}, `${verb} does not bring a canceled task back`)
    }
    await time.reach(time.now() + time.unit)
    expectEqual(await trial.take(queue), [], 'a canceled task is not handed out when its lease ends')
  }),

  proves(
    'the id of a canceled task is free, and its old worker cannot touch the new one',
    NEEDS,
    async (trial) => {
      const queue = trial.queue()
      const old = await start(trial, queue, 'one')
      await trial.cancellation.cancel(queue, 'one')
      await trial.client.push(queue, 'one', 'other content')
      const current = await trial.takeOne(queue, 'a task with the id of a canceled one is handed out')
      expectEqual(current.data, 'other content', 'a canceled task leaves nothing behind')
      for (const [verb, settle] of Object.entries(SETTLEMENTS)) {
        expectEqual(await settle(trial.client, old), false, `${verb} of the canceled task is refused`)
      }
      expectEqual(await trial.client.ack([current]), [], 'the new task stays with its worker')
    },
  ),

  proves('a task whose lease has lapsed is canceled as one that waits', NEEDS, async (trial) => {
    const { client, time } = trial
    const queue = trial.queue()
    const late = await start(trial, queue, 'one', time.unit)
    await time.reach(time.now() + time.unit)
    await expectCanceled(trial, queue, 'one', false, 'a task whose lease has lapsed is not running')
    expectEqual(idsOf(await client.ack([late])), ['one'], 'its late worker is told that it is not held')
    const back = await start(trial, queue, 'one')
    await client.release(back, { deliveries: 1 })
    await expectCanceled(trial, queue, 'one', false, 'a task that was released with a count is not running')
    await trial.expectCounts(queue, {}, 'a canceled task leaves no trace')
  }),

  proves(
    'whoever waits for tasks hears of a cancel of what it holds',
    [...NEEDS, 'waits', 'hearsOfCancels'],
    async (trial) => {
      const queue = trial.queue()
      const other = await trial.another()
      await trial.push(queue, ['one', 'two'])
      const promise = 'onCancel calls its listener soon after a cancel'
      for (const id of ['one', 'two']) {
        const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { wait: trial.time.unit })
        let end: (() => void) | undefined
        const heard = new Promise<void>((resolve) => (end = trial.cancellation.onCancel(resolve)))
        await facetOf(other, 'cancellation').cancel(queue, id)
        await trial.time.soon(heard, promise).finally(() => end?.())
        expectEqual(
          idsOf(await trial.client.extend([delivery], 600)),
          [id],
          'extend then tells what was canceled',
        )
      }
    },
  ),

  ...Object.entries(SETTLEMENTS).map(([verb, settle]) =>
    proves(`a cancel and ${verb} at the same time are both told the truth`, NEEDS, async (trial) => {
      const queue = trial.queue()
      const other = await trial.another()
      for (let round = 0; round < ROUNDS; round += 1) {
        const id = `task-${round}`
        const delivery = await start(trial, queue, id)
        const settling = round % 2 ? settle(trial.client, delivery) : undefined
        const canceling = Promise.resolve(facetOf(other, 'cancellation').cancel(queue, id))
        const held = await (settling ?? settle(trial.client, delivery))
        const canceled = await canceling
        // An acknowledged task is gone; in every other state, cancel takes it.
        const expected = verb === 'ack' ? !held : true
        expectEqual(canceled !== undefined, expected, `cancel gives a task that ${verb} has left to it`)
        if (!held) expectEqual(canceled?.wasRunning, true, `${verb} is refused because cancel was first`)
        await trial.expectCounts(queue, {}, 'a task is finished or canceled, and gone')
      }
    }),
  ),

  proves('a task is canceled once', NEEDS, async (trial) => {
    const queue = trial.queue()
    const other = await trial.another()
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `task-${round}`
      await start(trial, queue, id)
      const calls = [trial.client, other, trial.client].map(async (client) =>
        facetOf(client, 'cancellation').cancel(queue, id),
      )
      const given = (await Promise.all(calls)).filter((canceled) => canceled !== undefined)
      expectEqual(given.length, 1, 'one of several cancels at once gets the task')
    }
  }),
]
