import { expectEqual, expectSameNames } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { REASON, idsOf, payloadOf } from '../trial.js'

/** Kept with their reason, and brought back on demand. */
export const deadLetters: readonly Scenario[] = [
  proves('a buried task is kept, and not handed out', ['deadLetters'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    expectEqual(await trial.client.bury(delivery, REASON), true, 'bury takes what is held')
    await trial.time.reach(trial.time.now() + trial.time.unit)
    await trial.expectCounts(queue, { dead: 1 }, 'a dead letter counts as dead only')
    expectEqual(await trial.take(queue), [], 'a dead letter is not handed out')
  }),

  proves('a buried task is buried once', ['deadLetters', 'leases'], async (trial) => {
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

  proves('a dead letter keeps its payload and its reason', ['deadLetters', 'list'], async (trial) => {
    const queue = trial.queue()
    const id = await trial.bury(queue, 'one')
    const bare = { code: 'ERROR', message: 'żółw\n🐊', at: 1, worker: '', attempt: 0 }
    const other = await trial.bury(queue, 'two', bare)
    const { tasks } = await trial.client.list(queue, 'dead')
    const kept = tasks.map(({ taskId, state, data, reason }) => ({
      taskId,
      state,
      data,
      reason: { ...reason },
    }))
    // A reason without a stack may come back with one that is undefined.
    const reasons = [REASON, { ...bare, ...('stack' in (kept[1]?.reason ?? {}) ? { stack: undefined } : {}) }]
    const expected = [id, other].map((taskId, at) => {
      return { taskId, state: 'dead', data: payloadOf(at === 0 ? 'one' : 'two'), reason: { ...reasons[at] } }
    })
    expectEqual(kept, expected, 'bury keeps the payload and every part of the reason')
  }),

  proves('kick brings every dead letter back', ['deadLetters'], async (trial) => {
    const queue = trial.queue()
    const payloads = new Map<string, string>()
    for (const name of ['one', 'two']) payloads.set(await trial.bury(queue, name), payloadOf(name))
    expectEqual(await trial.client.kick(queue), 2, 'kick tells how many it brought back')
    await trial.expectCounts(queue, { waiting: 2 }, 'a kicked dead letter waits')
    const taken = await trial.takeAll(queue)
    expectSameNames(idsOf(taken), [...payloads.keys()], 'a kicked dead letter is handed out')
    for (const { data, deliveries, taskId } of taken) {
      expectEqual(
        [data, deliveries],
        [payloads.get(taskId), 1],
        'a kicked dead letter is as fresh as when it was pushed',
      )
    }
    expectEqual(await trial.client.kick(queue), 0, 'kick finds nothing where there is nothing')
  }),

  proves('kick can choose', ['deadLetters', 'customIds', 'reserveById'], async (trial) => {
    const queue = trial.queue()
    for (const id of ['one', 'two', 'three']) await trial.bury(queue, id)
    expectEqual(
      await trial.client.kick(queue, ['two', 'unknown']),
      1,
      'kick brings back those named that are dead',
    )
    expectEqual(await trial.client.kick(queue, []), 0, 'kick of no ids brings back nothing')
    await trial.expectCounts(queue, { waiting: 1, dead: 2 }, 'kick leaves those it was not asked for')
    expectEqual(idsOf(await trial.takeAll(queue)), ['two'], 'the dead letter that was named is handed out')
  }),

  proves('kick leaves living tasks alone', ['deadLetters', 'leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['running', 'waiting'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.push(queue, ['delayed'], trial.time.now() + 600)
    expectEqual(
      await trial.client.kick(queue, ['running', 'waiting', 'delayed']),
      0,
      'kick brings back dead letters only',
    )
    await trial.expectCounts(
      queue,
      { waiting: 1, running: 1, delayed: 1 },
      'kick changes nothing but dead letters',
    )
    expectEqual(await trial.client.ack([delivery]), [], 'kick leaves a running task to its worker')
  }),

  proves('a kicked task joins the tail', ['deadLetters', 'leases', 'ordered'], async (trial) => {
    const queue = trial.queue()
    const dead = await trial.bury(queue, 'dead')
    const ids = await trial.push(queue, ['one', 'two'])
    await trial.client.kick(queue)
    expectEqual(idsOf(await trial.takeAll(queue)), [...ids, dead], 'a kicked dead letter does not overtake')
  }),

  proves('a dead letter can be removed', ['deadLetters', 'remove', 'leases'], async (trial) => {
    const queue = trial.queue()
    const id = await trial.bury(queue, 'one')
    expectEqual(
      await trial.client.remove(queue, id),
      payloadOf('one'),
      'remove gives the payload of a dead letter',
    )
    await trial.expectCounts(queue, {}, 'a removed dead letter leaves no trace')
    expectEqual(await trial.client.kick(queue), 0, 'a removed dead letter does not come back')
  }),
]
