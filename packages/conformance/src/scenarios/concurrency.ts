import type { Client } from '@alligator/core'
import { expectEqual, expectSameNames } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, idsOf, payloadOf } from '../trial.js'

/** Both clients of a race. */
async function contestants(trial: Trial): Promise<readonly [Client, Client]> {
  return [trial.client, await trial.another()]
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, number) => `${prefix}-${number}`)

/** Races, which every state change must survive because it is one atomic step. */
export const concurrency: readonly Scenario[] = [
  proves('concurrent reserves never hand out a task twice', [], async (trial) => {
    const queue = trial.queue()
    const clients = await contestants(trial)
    const ids = await trial.push(queue, names('task', 60))
    const rounds = Array.from({ length: 40 }, (_, round) =>
      trial.take(queue, { client: clients[round % 2], limit: 1 + (round % 4) }),
    )
    const taken = idsOf((await Promise.all(rounds)).flat())
    expectEqual(taken.length, new Set(taken).size, 'two reserves at once never get the same task')
    const all = [...taken, ...idsOf(await trial.takeAll(queue))]
    expectSameNames(all, ids, 'every task is handed out once')
  }),

  proves('concurrent pushes lose nothing', [], async (trial) => {
    const queue = trial.queue()
    const [client, other] = await contestants(trial)
    const singles = names('single', 60).map(async (id, at) =>
      (at % 2 ? client : other).push(queue, id, payloadOf(id)),
    )
    const batches = names('batch', 6).map(async (batch, at) => {
      const items = names(batch, 10).map((taskId) => ({ taskId, data: payloadOf(taskId) }))
      return (at % 2 ? client : other).pushMany(queue, items)
    })
    const ids = (await Promise.all([...singles, ...batches])).flat()
    expectSameNames(idsOf(await trial.takeAll(queue)), ids, 'what is pushed at once is all there, once')
  }),

  proves(
    'a client that does not wait for its pushes keeps their order',
    ['ordered', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      const ids = names('task', 50)
      await Promise.all(ids.map(async (id) => trial.client.push(queue, id, payloadOf(id))))
      expectEqual(
        idsOf(await trial.takeAll(queue)),
        ids,
        'pushes of one client arrive in the order in which it made them',
      )
    },
  ),

  proves('of two tasks with one id, one is written', ['leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    const clients = await contestants(trial)
    for (const id of names('task', 10)) {
      const pushes = clients.map(async (client, at) => client.push(queue, id, `content ${at}`))
      const written = (await Promise.allSettled(pushes)).map(({ status }) => status)
      expectEqual(
        written.toSorted(),
        ['fulfilled', 'rejected'],
        'one of two pushes with the same id is refused',
      )
      const { data } = await trial.takeOne(queue, 'the other of the two is there')
      expectEqual(
        data,
        `content ${written.indexOf('fulfilled')}`,
        'the push that was not refused is the one that is written',
      )
      expectEqual(await trial.take(queue), [], 'an id stands on its queue once')
    }
  }),

  proves('a lapsed task goes to one of those who ask at once', ['leases'], async (trial) => {
    const queue = trial.queue()
    const clients = await contestants(trial)
    await trial.push(queue, ['one'])
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
    await trial.time.reach(trial.time.now() + trial.time.unit)
    const takes = Array.from({ length: 8 }, (_, at) => trial.take(queue, { client: clients[at % 2] }))
    expectEqual((await Promise.all(takes)).flat().length, 1, 'a lapsed task is handed out to one worker')
  }),

  proves('a task released with a count goes to one of those who ask at once', ['leases'], async (trial) => {
    const queue = trial.queue()
    const clients = await contestants(trial)
    for (const name of names('task', 5)) {
      const ids = await trial.push(queue, [name])
      const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
      const release = trial.client.release(delivery, { deliveries: 1 })
      const takes = Array.from({ length: 8 }, (_, at) => trial.take(queue, { client: clients[at % 2] }))
      const taken = (await Promise.all(takes)).flat()
      expectEqual(await release, true, 'release puts back what is held')
      const all = idsOf([...taken, ...(await trial.takeAll(queue))])
      expectEqual(all, ids, 'a task that went back with a count is handed out to one worker')
    }
  }),

  proves('a delivery is settled once, however many try', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, names('task', 10))
    for (const [at, delivery] of (await trial.takeAll(queue)).entries()) {
      const how = at % 2 ? { delayUntil: trial.time.now() + 600 } : { deliveries: 1 }
      const settled = await Promise.all([
        Promise.resolve(trial.client.ack([delivery])).then((lost) => lost.length === 0),
        trial.client.release(delivery, how),
        trial.client.bury(delivery, REASON),
      ])
      expectEqual(
        settled.filter(Boolean).length,
        1,
        'one of an ack, a release and a bury at once finds the task held',
      )
    }
  }),

  proves('workers that wait share the work', ['waits', 'leases'], async (trial) => {
    const queue = trial.queue()
    const done: string[] = []
    const stop = new AbortController()
    const workers = (await contestants(trial))
      .flatMap((client) => [client, client])
      .map(async (client) => {
        while (!stop.signal.aborted) {
          const taken = await trial.take(queue, { client, limit: 3, wait: 500, signal: stop.signal })
          await client.ack(taken)
          done.push(...idsOf(taken))
          if (done.length >= 80) stop.abort()
        }
      })
    const ids = await trial.push(queue, names('task', 80))
    await trial.time
      .soon(Promise.all(workers), 'workers that wait finish everything that is pushed')
      .finally(() => stop.abort())
    expectSameNames(done, ids, 'each task is done once by one of the workers')
  }),
]
