import { randomUUID } from 'node:crypto'
import type { Client, WorkerInfo } from '@alligator/core'
import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { workerOf } from '../trial.js'

/** Seconds for which a worker is known that no scenario outlives. */
const LONG = 600
/** What a worker may be called, and its queues: text is text. */
const ODD = `d'oh "%s" ]}{[*?\\ \0 \u001b[2J 日本 😀`

/** Those of these workers that are known; the store may know others. */
async function known(client: Client, ids: readonly string[]): Promise<WorkerInfo[]> {
  const workers = (await client.workers()).filter(({ id }) => ids.includes(id))
  return workers.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))
}

/** Who is at work. */
export const workers: readonly Scenario[] = [
  proves('a worker that announces itself is known, as it describes itself', ['workers'], async (trial) => {
    const [one, two] = [randomUUID(), `${ODD} ${randomUUID()}`]
    const first = workerOf(one)
    const second = workerOf(two, { name: ODD, queues: ['mail', ODD], running: 0 })
    await trial.client.announce(first, LONG)
    await trial.client.announce(second, LONG)
    const seen = await known(await trial.another(), [one, two])
    expectEqual(seen, [first, second], 'any client sees each worker, and all that it said')
    for (const id of [one, two]) await trial.client.retire(id)
  }),

  proves('a worker that announces itself again is known once, as it is now', ['workers'], async (trial) => {
    const id = randomUUID()
    const now = workerOf(id, { running: 7, tasksComplete: 99 })
    await trial.client.announce(workerOf(id), LONG)
    await (await trial.another()).announce(now, LONG)
    expectEqual(await known(trial.client, [id]), [now], 'what it says takes the place of what it said before')
    await trial.client.retire(id)
  }),

  proves('a worker that retires is known no longer', ['workers'], async (trial) => {
    const [one, two] = [randomUUID(), randomUUID()]
    await trial.client.announce(workerOf(one), LONG)
    await trial.client.announce(workerOf(two), LONG)
    for (const times of [1, 2]) {
      await trial.client.retire(one)
      const promise = `a worker retires alone, and nothing happens when it does so again (${times})`
      expectEqual(await known(trial.client, [one, two]), [workerOf(two)], promise)
    }
    await trial.client.announce(workerOf(one), LONG)
    expectEqual((await known(trial.client, [one])).length, 1, 'a worker may come back')
    for (const id of [one, two]) await trial.client.retire(id)
  }),

  proves('a worker is known for as long as it said, unless it says so again', ['workers'], async (trial) => {
    const { time, client } = trial
    const [silent, alive] = [randomUUID(), randomUUID()]
    const ends = time.now() + 3 * time.unit
    for (const id of [silent, alive]) await client.announce(workerOf(id), 3 * time.unit)
    await time.before(ends, async () => {
      expectEqual(
        (await known(client, [silent, alive])).length,
        2,
        'a worker is known until its time is over',
      )
    })
    const again = time.now() + 3 * time.unit
    await client.announce(workerOf(alive), 3 * time.unit)
    await time.reach(ends)
    await time.before(again, async () => {
      const promise = 'a worker that went silent is forgotten, and one that goes on is not'
      expectEqual(await known(client, [silent, alive]), [workerOf(alive)], promise)
    })
    await time.reach(again)
    expectEqual(await known(client, [silent, alive]), [], 'each worker that went silent is forgotten')
  }),

  proves('workers and tasks do not touch each other', ['workers', 'list'], async (trial) => {
    const queue = trial.queue()
    const id = randomUUID()
    await trial.push(queue, ['one'])
    await trial.client.announce(workerOf(id, { queues: [queue] }), LONG)
    expectEqual(trial.own(await trial.client.queues()), [queue], 'a worker is no queue')
    await trial.expectCounts(queue, { waiting: 1 }, 'a worker is no task')
    await trial.client.dropAll(queue)
    expectEqual(
      (await known(trial.client, [id])).length,
      1,
      'a queue that is dropped takes no worker with it',
    )
    expectEqual(trial.own(await trial.client.queues()), [], 'a worker holds no queue open')
    await trial.client.retire(id)
  }),
]
