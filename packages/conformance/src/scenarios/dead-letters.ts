import { expectEqual, expectSameNames } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { facetOf, idsOf, payloadOf } from '../trial.js'

/** Kept with their reason, and brought back on demand. */
export const deadLetters: readonly Scenario[] = [
  proves('kick brings every dead letter back', ['deadLetters'], async (trial) => {
    const queue = trial.queue()
    const payloads = new Map<string, string>()
    for (const name of ['one', 'two']) payloads.set(await trial.bury(queue, name), payloadOf(name))
    expectEqual(await trial.deadLetters.kick(queue), 2, 'kick tells how many it brought back')
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
    expectEqual(await trial.deadLetters.kick(queue), 0, 'kick finds nothing where there is nothing')
  }),

  proves('kick can choose', ['deadLetters', 'byId', 'customIds'], async (trial) => {
    const queue = trial.queue()
    for (const id of ['one', 'two', 'three']) await trial.bury(queue, id)
    expectEqual(
      await trial.deadLetters.kick(queue, ['two', 'unknown']),
      1,
      'kick brings back those named that are dead',
    )
    expectEqual(await trial.deadLetters.kick(queue, []), 0, 'kick of no ids brings back nothing')
    await trial.expectCounts(queue, { waiting: 1, dead: 2 }, 'kick leaves those it was not asked for')
    expectEqual(idsOf(await trial.takeAll(queue)), ['two'], 'the dead letter that was named is handed out')
  }),

  proves('kick leaves living tasks alone', ['deadLetters', 'leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['running', 'waiting'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.push(queue, ['delayed'], trial.time.now() + 600)
    expectEqual(
      await trial.deadLetters.kick(queue, ['running', 'waiting', 'delayed']),
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
    await trial.deadLetters.kick(queue)
    expectEqual(idsOf(await trial.takeAll(queue)), [...ids, dead], 'a kicked dead letter does not overtake')
  }),

  proves('a dead letter is kicked once', ['deadLetters', 'leases'], async (trial) => {
    const queue = trial.queue()
    for (const id of ['one', 'two', 'three', 'four', 'five']) await trial.bury(queue, id)
    const clients = [trial.client, await trial.another()].map((client) => facetOf(client, 'deadLetters'))
    const kicks = clients.flatMap((client) => [client.kick(queue), client.kick(queue)])
    const kicked = (await Promise.all(kicks)).reduce((sum, count) => sum + count, 0)
    expectEqual(kicked, 5, 'kicks at once bring back each dead letter once')
    expectEqual((await trial.takeAll(queue)).length, 5, 'what is kicked is there once')
  }),
]
