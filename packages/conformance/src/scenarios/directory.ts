import { randomUUID } from 'node:crypto'
import type { Directory, WorkerInfo } from '@alligator/core'
import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { facetOf, workerOf } from '../trial.js'

/** Seconds for which a worker is known that no scenario outlives. */
const LONG = 600
/** What a worker may be called, and its queues: text is text. */
const ODD = `d'oh "%s" ]}{[*?\\ \0 \u001b[2J 日本 😀`

/** Those of these workers that are known; the store may know others. */
async function known(from: Directory, ids: readonly string[]): Promise<WorkerInfo[]> {
  const workers = (await from.workers()).filter(({ id }) => ids.includes(id))
  return workers.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))
}

/** Who is at work. */
export const directory: readonly Scenario[] = [
  proves('a worker that announces itself is known, as it describes itself', ['directory'], async (trial) => {
    const [one, two] = [randomUUID(), `${ODD} ${randomUUID()}`]
    const first = workerOf(one)
    const tasks = [
      { queue: ODD, taskId: ODD, name: ODD, since: 1_767_225_600.25 },
      { queue: 'mail', taskId: 'one', since: 1_767_225_600 },
    ]
    const second = workerOf(two, { name: ODD, queues: ['mail', ODD], running: 2, tasks })
    await trial.directory.announce(first, LONG)
    await trial.directory.announce(second, LONG)
    const seen = await known(facetOf(await trial.another(), 'directory'), [one, two])
    expectEqual(seen, [first, second], 'any client sees each worker, and all that it said')
    for (const id of [one, two]) await trial.directory.retire(id)
  }),

  proves('a worker that announces itself again is known once, as it is now', ['directory'], async (trial) => {
    const id = randomUUID()
    const now = workerOf(id, { running: 7, tasksComplete: 99 })
    await trial.directory.announce(workerOf(id), LONG)
    await facetOf(await trial.another(), 'directory').announce(now, LONG)
    expectEqual(
      await known(trial.directory, [id]),
      [now],
      'what it says takes the place of what it said before',
    )
    await trial.directory.retire(id)
  }),

  proves('a worker that retires is known no longer', ['directory'], async (trial) => {
    const [one, two] = [randomUUID(), randomUUID()]
    await trial.directory.announce(workerOf(one), LONG)
    await trial.directory.announce(workerOf(two), LONG)
    for (const times of [1, 2]) {
      await trial.directory.retire(one)
      const promise = `a worker retires alone, and nothing happens when it does so again (${times})`
      expectEqual(await known(trial.directory, [one, two]), [workerOf(two)], promise)
    }
    await trial.directory.announce(workerOf(one), LONG)
    expectEqual((await known(trial.directory, [one])).length, 1, 'a worker may come back')
    for (const id of [one, two]) await trial.directory.retire(id)
  }),

  proves(
    'a worker is known for as long as it said, unless it says so again',
    ['directory'],
    async (trial) => {
      const { time, directory } = trial
      const [silent, alive] = [randomUUID(), randomUUID()]
      const ends = time.now() + 3 * time.unit
      for (const id of [silent, alive]) await directory.announce(workerOf(id), 3 * time.unit)
      const ended = time.now() + 3 * time.unit
      await time.before(ends, async () => {
        expectEqual(
          (await known(directory, [silent, alive])).length,
          2,
          'a worker is known until its time is over',
        )
      })
      const again = time.now() + 3 * time.unit
      await directory.announce(workerOf(alive), 3 * time.unit)
      const endedAgain = time.now() + 3 * time.unit
      await time.reach(ended)
      await time.before(again, async () => {
        const promise = 'a worker that went silent is forgotten, and one that goes on is not'
        expectEqual(await known(directory, [silent, alive]), [workerOf(alive)], promise)
      })
      await time.reach(endedAgain)
      expectEqual(await known(directory, [silent, alive]), [], 'each worker that went silent is forgotten')
    },
  ),

  proves('workers and tasks do not touch each other', ['directory', 'listing'], async (trial) => {
    const queue = trial.queue()
    const id = randomUUID()
    await trial.push(queue, ['one'])
    await trial.directory.announce(workerOf(id, { queues: [queue] }), LONG)
    expectEqual(trial.own(await trial.listing.queues()), [queue], 'a worker is no queue')
    await trial.expectCounts(queue, { waiting: 1 }, 'a worker is no task')
    await trial.client.dropAll(queue)
    expectEqual(
      (await known(trial.directory, [id])).length,
      1,
      'a queue that is dropped takes no worker with it',
    )
    expectEqual(trial.own(await trial.listing.queues()), [], 'a worker holds no queue open')
    await trial.directory.retire(id)
  }),
]
