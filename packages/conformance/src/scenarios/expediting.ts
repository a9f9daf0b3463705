import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { payloadOf } from '../trial.js'

const EXPEDITES: readonly Need[] = ['expediting', 'leases']

/** Delayed tasks that are made due. */
export const expediting: readonly Scenario[] = [
  proves('a delayed task is made due, at the tail of its queue', EXPEDITES, async (trial) => {
    const queue = trial.queue()
    const later = trial.time.now() + 600
    const [one = '', two = ''] = await trial.push(queue, ['one', 'two'], later)
    const waiting = await trial.push(queue, ['waiting'])
    expectEqual(await trial.expediting.expedite(queue, two), true, 'a delayed task is found')
    await trial.expectCounts(
      queue,
      { waiting: 2, delayed: 1 },
      'it waits, and the other is delayed as before',
    )
    trial.expectIds(await trial.takeAll(queue), [...waiting, two], 'it is handed out, behind what waited')
    expectEqual(await trial.expediting.expedite(queue, one), true, 'the other can be made due later')
  }),

  proves('nothing but what is delayed is made due', EXPEDITES, async (trial) => {
    const queue = trial.queue()
    const dead = trial.client.deadLetters ? await trial.bury(queue, 'dead') : 'nobody'
    const [running = ''] = await trial.push(queue, ['running'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    const [waiting = ''] = await trial.push(queue, ['waiting'])
    for (const id of [dead, running, waiting, '999999999'])
      expectEqual(await trial.expediting.expedite(queue, id), false, 'what is not delayed is left alone')
    expectEqual(await trial.client.ack([delivery]), [], 'what runs is still held')
    trial.expectIds(await trial.takeAll(queue), [waiting], 'and a dead letter is still dead')
  }),

  proves('a retry that waits is made due, with its new payload', EXPEDITES, async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    if (!trial.client.customIds) return
    const data = payloadOf('one', { attempt: 2 })
    await trial.client.release(delivery, { data, delayUntil: trial.time.now() + 600 })
    expectEqual(await trial.expediting.expedite(queue, 'one'), true, 'a delayed retry is found')
    const again = await trial.takeOne(queue, 'a task that was made due is handed out')
    expectEqual([again.data, again.deliveries], [data, 1], 'it is as it went back')
  }),

  proves('what is made due wakes a reserve that waits', [...EXPEDITES, 'waits'], async (trial) => {
    const queue = trial.queue()
    const [one = ''] = await trial.push(queue, ['one'], trial.time.now() + 600)
    const answer = trial.take(queue, { client: await trial.another(), wait: 500 })
    expectEqual(await trial.time.isOpen(answer), true, 'reserve waits while nothing is due')
    await trial.expediting.expedite(queue, one)
    const promise = 'a task that is made due wakes a reserve that waits'
    trial.expectIds(await trial.time.soon(answer, promise), [one], promise)
  }),

  proves('what is made due has its turn by its level', [...EXPEDITES, 'priorities'], async (trial) => {
    const queue = trial.queue()
    const later = trial.time.now() + 600
    const item = { taskId: 'high', data: payloadOf('high'), delayUntil: later, priority: 'high' } as const
    const [high = ''] = await trial.client.pushMany(queue, [item])
    const normal = await trial.push(queue, ['normal'])
    await trial.expediting.expedite(queue, high)
    const taken = await trial.takeAll(queue, { priorities: 'strict' })
    trial.expectIds(taken, [high, ...normal], 'it stands at the tail of its own level')
  }),
]
