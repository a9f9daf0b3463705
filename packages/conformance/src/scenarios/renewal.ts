import { createRequire } from 'node:module'
import type { Client, RenewalModule, Renewer } from '@alligator/core'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, facetOf, idsOf } from '../trial.js'

const NEEDS: readonly Need[] = ['renewal', 'leases']

/** What a thread would open for a client, and close again. */
async function withRenewer(client: Client, use: (renewer: Renewer) => Promise<void>): Promise<void> {
  const { module, data } = facetOf(client, 'renewal')
  const { openRenewer } = createRequire(module)(module) as RenewalModule
  const renewer = await openRenewer(structuredClone(data))
  try {
    await use(renewer)
  } finally {
    await renewer.close()
  }
}

/** Pushes one task, and hands it out for so long. */
async function handOut(trial: Trial, queue: string, lease: number, client = trial.client) {
  await trial.push(queue, ['one'])
  return trial.takeOne(queue, 'a pushed task is handed out', { client, lease })
}

/** What a worker can do to a task that it holds, and the counts of the queue afterwards. */
const ENDS = {
  ack: [async (trial: Trial, queue: string) => trial.client.ack(await trial.take(queue)), {}],
  release: [
    async (trial: Trial, queue: string) => {
      for (const delivery of await trial.take(queue)) await trial.client.release(delivery)
    },
    { waiting: 1 },
  ],
  'release with a delay': [
    async (trial: Trial, queue: string) => {
      const delayUntil = trial.time.now() + 600
      for (const delivery of await trial.take(queue)) await trial.client.release(delivery, { delayUntil })
    },
    { delayed: 1 },
  ],
  bury: [
    async (trial: Trial, queue: string) => {
      for (const delivery of await trial.take(queue)) await trial.client.bury(delivery, REASON)
    },
    { dead: 1 },
  ],
} as const

/** What a thread renews while the event loop of a client stands still: all that this client holds, and nothing else. */
export const renewal: readonly Scenario[] = [
  proves('a renewal holds all that its client holds, from now on', NEEDS, (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const { time } = trial
      const lease = 3 * time.unit
      const queues = [trial.queue('one'), trial.queue('two')]
      for (const queue of queues) await trial.push(queue, ['a', 'b'])
      const first = time.now() + lease
      const deliveries = await trial.take(queues, { limit: 3, lease })
      expectEqual(deliveries.length, 3, 'what was pushed is handed out')
      await time.reach(time.now() + time.unit)
      const ends = time.now() + lease
      await renewer.renew(queues, lease)
      const latest = time.now() + lease
      await time.reach(first)
      const other = await trial.another()
      await time.before(ends, async () => {
        const taken = idsOf(await trial.take(queues, { client: other, limit: 4 }))
        expectEqual(taken, ['b'], 'what was renewed is not handed out beyond its first end')
      })
      await time.reach(latest)
      const again = await trial.take(queues, { client: other, limit: 4 })
      const counted = again.map((delivery) => delivery.deliveries)
      expectEqual(counted, [2, 2, 2], 'a renewed lease lapses in the end, and renewing is not a hand-out')
    }),
  ),

  proves('a renewal leaves its client the deliveries that it has', NEEDS, (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const queue = trial.queue()
      const delivery = await handOut(trial, queue, 600)
      await renewer.renew([queue], 600)
      expectEqual(await trial.client.ack([delivery]), [], 'what was renewed can be settled as before')
      await trial.expectCounts(queue, {}, 'what was renewed and then acknowledged is gone')
    }),
  ),

  proves('a renewal keeps nothing that another client holds', NEEDS, (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const queue = trial.queue()
      const { unit } = trial.time
      await handOut(trial, queue, unit, await trial.another())
      await renewer.renew([queue], 600)
      await trial.time.reach(trial.time.now() + unit)
      const taken = await trial.take(queue)
      expectEqual(idsOf(taken), ['one'], 'what another holds is handed out when that lease lapses')
    }),
  ),

  proves('a renewal keeps nothing of a queue that it does not name', NEEDS, (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const [named, other] = [trial.queue('named'), trial.queue('other')]
      const { unit } = trial.time
      await handOut(trial, other, unit)
      await renewer.renew([named], 600)
      await trial.time.reach(trial.time.now() + unit)
      expectEqual((await trial.take(other)).length, 1, 'a task of another queue is handed out again')
    }),
  ),

  proves('a renewal makes no lease shorter', NEEDS, (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const queue = trial.queue()
      const { unit } = trial.time
      await handOut(trial, queue, 600)
      await renewer.renew([queue], unit)
      await trial.time.reach(trial.time.now() + unit)
      expectEqual(await trial.take(queue), [], 'what is held for longer stays so')
    }),
  ),

  proves('a renewal takes nothing back that another was given meanwhile', NEEDS, (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const queue = trial.queue()
      const other = await trial.another()
      const { unit } = trial.time
      await handOut(trial, queue, unit)
      await trial.time.reach(trial.time.now() + unit)
      const promise = 'a lapsed task is handed out to another'
      await trial.takeOne(queue, promise, { client: other, lease: unit })
      await renewer.renew([queue], 600)
      await trial.time.reach(trial.time.now() + unit)
      const third = await trial.takeOne(queue, 'the lease of the other lapses when it would have anyway')
      expectEqual(third.deliveries, 3, 'each of them was handed it once')
    }),
  ),

  ...Object.entries(ENDS).map(([how, [end, counts]]) =>
    proves(`a renewal brings nothing back after ${how}`, NEEDS, (trial) =>
      withRenewer(trial.client, async (renewer) => {
        const queue = trial.queue()
        await trial.push(queue, ['one'])
        await end(trial, queue)
        await renewer.renew([queue], 600)
        await trial.expectCounts(queue, counts, `a renewal changes nothing after ${how}`)
      }),
    ),
  ),

  proves('a renewal brings nothing back that was canceled', [...NEEDS, 'cancellation'], (trial) =>
    withRenewer(trial.client, async (renewer) => {
      const queue = trial.queue()
      const delivery = await handOut(trial, queue, 600)
      await trial.cancellation.cancel(queue, delivery.taskId)
      await renewer.renew([queue], 600)
      await trial.expectCounts(queue, {}, 'a task that was canceled stays away')
      expectEqual(idsOf(await trial.client.extend([delivery], 600)), ['one'], 'its worker is told so')
    }),
  ),
]
