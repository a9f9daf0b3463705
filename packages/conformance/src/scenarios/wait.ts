import type { Delivery } from '@alligator/core'
import { expectEqual, expectSameNames } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, idsOf } from '../trial.js'

/** Seconds that no scenario waits in full. */
const LONG = 500
/** How often a push races with the beginning of a wait. */
const RACES = 30

/** Begins to wait for a task with a second client, so that whoever makes it due is somebody else. */
async function startWaiting(
  trial: Trial,
  queue: string | readonly string[],
  until?: number,
): Promise<{ answer: Promise<Delivery[]> }> {
  const answer = trial.take(queue, { client: await trial.another(), wait: LONG })
  const check = async () =>
    expectEqual(await trial.time.isOpen(answer), true, 'reserve waits while nothing is due')
  await (until === undefined ? check() : trial.time.before(until, check))
  return { answer }
}

/** Sees that something wakes a `reserve` that waits; no sooner than `until`, where it is time that does. */
async function expectWaking(
  trial: Trial,
  cause: string,
  queue: string,
  wake: () => Promise<unknown>,
  until?: number,
): Promise<void> {
  const { answer } = await startWaiting(trial, queue, until)
  await wake()
  const promise = `${cause} wakes a reserve that waits`
  expectEqual((await trial.time.soon(answer, promise)).length, 1, promise)
}

/** Waiting inside the store, with no polling by the worker. */
export const wait: readonly Scenario[] = [
  proves('a push wakes a reserve that waits', ['waits'], async (trial) => {
    const queue = trial.queue()
    await expectWaking(trial, 'a push', queue, () => trial.push(queue, ['one']))
    await expectWaking(trial, 'a batch', queue, () =>
      trial.client.pushMany(queue, [{ taskId: 'two', data: 'two' }]),
    )
  }),

  proves('a delay that ends wakes a reserve that waits', ['waits'], async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    const due = time.now() + time.unit
    await trial.push(queue, ['early'], due)
    await expectWaking(trial, 'a delay that began before it', queue, () => time.reach(due), due)
    await expectWaking(trial, 'a delay that began after it', queue, async () => {
      const due = time.now() + time.unit
      await trial.push(queue, ['late'], due)
      await time.reach(due)
    })
  }),

  proves('a lease that lapses wakes a reserve that waits', ['waits', 'leases'], async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    await trial.push(queue, ['one'])
    const ends = time.now() + time.unit
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: time.unit })
    await expectWaking(trial, 'a lapsed lease', queue, () => time.reach(ends + time.unit), ends)
  }),

  proves('a release wakes a reserve that waits', ['waits', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await expectWaking(trial, 'a release', queue, () => trial.client.release(delivery))
  }),

  proves('a release with a count wakes a reserve that waits', ['waits', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    const release = () => trial.client.release(delivery, { deliveries: 1 })
    await expectWaking(trial, 'a release with a count', queue, release)
  }),

  proves('a kick wakes a reserve that waits', ['deadLetters', 'waits'], async (trial) => {
    const queue = trial.queue()
    await trial.bury(queue, 'one')
    await expectWaking(trial, 'a kick', queue, async () => trial.deadLetters.kick(queue))
  }),

  proves('a push to any of the queues named wakes a reserve that waits', ['waits'], async (trial) => {
    const queues = [trial.queue('high'), trial.queue('low')]
    for (const queue of queues) {
      const { answer } = await startWaiting(trial, queues)
      await trial.push(queue, ['one'])
      const promise = 'a reserve waits on every queue that it names'
      const taken = await trial.time.soon(answer, promise)
      expectEqual(
        taken.map((delivery) => delivery.queue),
        [queue],
        promise,
      )
    }
  }),

  proves('what is due already is not waited for', ['waits'], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one', 'two'])
    const promise = 'a reserve with a higher limit gives at once what is there'
    const taken = await trial.time.soon(trial.take(queue, { wait: LONG, limit: 5 }), promise)
    expectEqual(taken.length > 0 && taken.length <= ids.length, true, promise)
  }),

  proves('a wait ends without a task when its time is up', ['waits'], async (trial) => {
    const { time } = trial
    const ends = time.now() + time.unit
    const answer = trial.take(trial.queue(), { wait: time.unit })
    const promise = 'reserve waits as long as it was told'
    await time.before(ends, async () => expectEqual(await time.isOpen(answer), true, promise))
    await time.reach(ends)
    expectEqual(await time.soon(answer, 'a wait ends in time'), [], 'a wait without a task gives none')
  }),

  proves('an aborted wait gives nothing and takes nothing', ['waits'], async (trial) => {
    const queue = trial.queue()
    const controller = new AbortController()
    const answer = trial.take(queue, { wait: LONG, signal: controller.signal })
    expectEqual(await trial.time.isOpen(answer), true, 'reserve waits while nothing is due')
    controller.abort()
    expectEqual(await trial.time.soon(answer, 'an abort ends a wait'), [], 'an aborted wait gives nothing')
    const ids = await trial.push(queue, ['one'])
    const late = await trial.time.soon(
      trial.take(queue, { signal: controller.signal, wait: LONG }),
      'an abort prevents a wait',
    )
    expectEqual(late, [], 'a reserve that was aborted before it began gives nothing')
    // Whoever waits: where an aborted wait cannot be called back from the store, what it brings is still on its way.
    const promise = 'an aborted reserve takes nothing'
    trial.expectIds(
      await trial.time.soon(trial.take(queue, { limit: 10, wait: LONG }), promise),
      ids,
      promise,
    )
  }),

  proves('no wake-up is lost when a push meets the beginning of a wait', ['waits'], async (trial) => {
    const queue = trial.queue()
    const other = await trial.another()
    for (let race = 0; race < RACES; race += 1) {
      const answer = trial.take(queue, { client: other, wait: LONG })
      await trial.push(queue, [`task-${race}`])
      const promise = 'a task that is pushed as a wait begins is handed out'
      const taken = await trial.time.soon(answer, promise)
      expectEqual(taken.length, 1, promise)
      await other.ack(taken)
    }
  }),

  proves('each of several waits gets a task of its own', ['waits'], async (trial) => {
    const queue = trial.queue()
    const answers: Promise<Delivery[]>[] = []
    for (let count = 0; count < 3; count += 1) answers.push((await startWaiting(trial, queue)).answer)
    const ids = await trial.push(queue, ['one', 'two', 'three'])
    const taken = await trial.time.soon(Promise.all(answers), 'as many waits end as tasks are pushed')
    expectSameNames(idsOf(taken.flat()), ids, 'each task ends one wait, and is handed out once')
  }),
]
