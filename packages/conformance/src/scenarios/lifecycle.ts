import { setTimeout as pause } from 'node:timers/promises'
import { expectEqual, expectRefusal } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { NONE, REASON, payloadOf, workerOf } from '../trial.js'

/** Looks for handles that are still open, and milliseconds between them. */
const LOOKS = 100
const LOOK_EVERY = 20

/** How many timers, sockets, watches and the like keep this process alive. */
function countHandles(): number {
  // Standard streams and the like are there before; requests to the file system end by themselves.
  return process.getActiveResourcesInfo().filter((kind) => !kind.endsWith('ReqWrap')).length
}

/** From the first call to `close`. */
export const lifecycle: readonly Scenario[] = [
  proves('close may be called again', [], async (trial) => {
    const client = await trial.another()
    await client.close()
    await client.close()
  }),

  proves('what was pushed outlives the client that pushed it', ['leases'], async (trial) => {
    const queue = trial.queue()
    const other = await trial.another()
    const id = await other.push(queue, 'one', payloadOf('one'))
    await other.close()
    trial.expectIds(
      await trial.takeAll(queue),
      [id],
      'a task belongs to its queue, not to the client that pushed it',
    )
  }),

  proves('what a closed client held is handed out again', ['leases'], async (trial) => {
    const queue = trial.queue()
    const { unit } = trial.time
    const other = await trial.another()
    const ids = await trial.push(queue, ['one'])
    await trial.take(queue, { client: other, lease: unit })
    await other.close()
    await trial.time.reach(trial.time.now() + unit)
    trial.expectIds(await trial.takeAll(queue), ids, 'a task is not lost with the client that held it')
  }),

  proves('close ends every wait', ['waits', 'leases'], async (trial) => {
    const queue = trial.queue()
    const other = await trial.another()
    const answers = [1, 2].map(() => trial.take(queue, { client: other, wait: 500 }))
    expectEqual(await trial.time.isOpen(Promise.race(answers)), true, 'reserve waits while nothing is due')
    await other.close()
    const promise = 'a wait ends without a task when its client closes'
    expectEqual(await trial.time.soon(Promise.all(answers), promise), [[], []], promise)
    const ids = await trial.push(queue, ['one'])
    trial.expectIds(await trial.takeAll(queue), ids, 'a closed client takes nothing')
  }),

  proves('a closed client refuses every call', ['leases'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const client = await trial.another()
    const [delivery] = await trial.take(queue, { client })
    if (!delivery) throw new Error('a pushed task is handed out')
    await client.close()
    const { byId, listing, deadLetters, cancellation, directory, tallies } = client
    const calls: Readonly<Record<string, () => unknown>> = {
      push: () => client.push(queue, 'two', 'two'),
      pushMany: () => client.pushMany(queue, [{ taskId: 'two', data: 'two' }]),
      reserve: () => client.reserve([queue], { lease: 30 }),
      pop: () => client.pop(queue),
      len: () => client.len(queue),
      counts: () => client.counts(queue),
      ack: () => client.ack([delivery]),
      extend: () => client.extend([delivery], 30),
      release: () => client.release(delivery),
      bury: () => client.bury(delivery, REASON),
      dropAll: () => client.dropAll(queue),
      ...(byId && {
        'reserve by id': () => byId.reserve(queue, 'one', 30),
        remove: () => byId.remove(queue, 'one'),
      }),
      ...(listing && {
        find: () => listing.find(queue, ['one']),
        list: () => listing.list(queue, 'waiting'),
        queues: () => listing.queues(),
      }),
      ...(deadLetters && { kick: () => deadLetters.kick(queue) }),
      ...(cancellation && { cancel: () => cancellation.cancel(queue, 'one') }),
      ...(directory && {
        announce: () => directory.announce(workerOf('one'), 30),
        retire: () => directory.retire('one'),
        workers: () => directory.workers(),
      }),
      ...(tallies && {
        'add to a tally': () => tallies.add(queue, NONE),
        'queues with tallies': () => tallies.queues(),
        'read tallies': () => tallies.read(queue),
      }),
    }
    for (const [name, call] of Object.entries(calls))
      await expectRefusal('CLOSED', call, `${name} is refused after close()`)
    // A store may take back at once what a closed client held.
    const { waiting, running } = await trial.client.counts(queue)
    if (trial.has('exactCounts')) expectEqual(waiting + running, 1, 'a closed client changes nothing')
  }),

  proves('close leaves no handle open', [], async (trial) => {
    const queue = trial.queue()
    const before = countHandles()
    const client = await trial.another()
    await client.push(queue, 'later', payloadOf('later'), trial.time.now() + 600)
    await client.push(queue, 'now', payloadOf('now'))
    await client.reserve([queue], { lease: 600 })
    const waiting = client.reserve([queue], { lease: 600, wait: 500 })
    await trial.time.isOpen(waiting)
    await client.close()
    await waiting
    let open = countHandles() - before
    for (let look = 0; look < LOOKS && open > 0; look += 1) {
      await pause(LOOK_EVERY)
      open = countHandles() - before
    }
    expectEqual(Math.max(0, open), 0, 'close ends every connection, timer and wait')
  }),
]
