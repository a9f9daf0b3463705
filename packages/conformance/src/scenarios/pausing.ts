import { Gator, Worker, silentLogger } from '@alligator/core'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { REASON, facetOf, idsOf, payloadOf } from '../trial.js'

const PAUSES: readonly Need[] = ['pausing', 'leases']
/** Seconds that no scenario waits in full. */
const LONG = 500

/** A queue that is kept back for some time. */
export const pausing: readonly Scenario[] = [
  proves('nothing of a paused queue is handed out, to any client', PAUSES, async (trial) => {
    const [queue, other] = [trial.queue(), trial.queue('other')]
    const before = await trial.another()
    const ids = await trial.push(queue, ['one', 'two'])
    await trial.push(other, ['three'])
    await before.reserve([trial.queue('unused')], { lease: 1 })
    await trial.pausing.pause(queue)
    for (const client of [trial.client, before, await trial.another()]) {
      const promise = 'a client that was there before, and one that comes later, are given nothing'
      expectEqual(await trial.take(queue, { client, limit: 5 }), [], promise)
    }
    expectEqual((await trial.take([queue, other], { limit: 5 })).length, 1, 'other queues go on')
    await trial.pausing.resume(queue)
    trial.expectIds(await trial.takeAll(queue), ids, 'once it is resumed all is there, in its order')
  }),

  proves('a paused queue takes tasks, and what runs is settled', PAUSES, async (trial) => {
    const queue = trial.queue()
    const { client } = trial
    await trial.push(queue, ['done', 'renewed', 'back', 'dead'])
    const [done, renewed, back, dead] = await trial.take(queue, { limit: 4 })
    if (!done || !renewed || !back || !dead) throw new Error('pushed tasks are handed out')
    await trial.pausing.pause(queue)
    await trial.push(queue, ['new'])
    const promise = 'what was handed out before the pause is still held'
    expectEqual(await client.ack([done]), [], promise)
    expectEqual(await client.extend([renewed], 600), [], promise)
    expectEqual(await client.release(back), true, promise)
    expectEqual(await client.bury(dead, REASON), true, promise)
    expectEqual(await trial.take(queue, { limit: 5 }), [], 'what goes back in a pause stays there')
    await trial.expectCounts(queue, { waiting: 2, running: 1, dead: 1 }, 'what is paused is counted as ever')
    await trial.pausing.resume(queue)
    expectEqual((await trial.takeAll(queue)).length, 2, 'once it is resumed, all that waits is there')
  }),

  proves('delays and leases that end in a pause are over after it', PAUSES, async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    await trial.push(queue, ['lapsed'])
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: time.unit })
    const due = time.now() + time.unit
    await trial.push(queue, ['due'], due)
    await trial.pausing.pause(queue)
    await time.reach(due)
    expectEqual(await trial.take(queue, { limit: 5 }), [], 'what falls due in a pause is not handed out')
    await trial.pausing.resume(queue)
    expectEqual((await trial.takeAll(queue)).length, 2, 'once it is resumed, all that is due is there')
  }),

  proves('a pause tells since when, until when, and why', PAUSES, async (trial) => {
    const queue = trial.queue()
    const other = facetOf(await trial.another(), 'pausing')
    expectEqual(await other.paused(queue), undefined, 'a queue is not paused unless it is said')
    expectEqual(await trial.pausing.resume(queue), false, 'what is not paused cannot be resumed')
    const before = trial.time.now()
    const reason = `the "mail" server's ]}{ down\n\0 日本 😀`
    await trial.pausing.pause(queue, { for: 600, reason })
    const first = await other.paused(queue)
    expectEqual(first?.reason, reason, 'any client is told why')
    const since = first?.since ?? 0
    expectEqual(Math.abs(since - before) < 60, true, `it began now, not at ${since}`)
    expectEqual(Math.abs((first?.until ?? 0) - since - 600) < 0.01, true, 'and ends when it was told to')
    await other.pause(queue)
    const second = await trial.pausing.paused(queue)
    expectEqual(
      [second?.until, second?.reason],
      [undefined, undefined],
      'a new pause takes the place of an old one',
    )
    expectEqual(await trial.pausing.resume(queue), true, 'whoever ends a pause is told that there was one')
    expectEqual(await trial.pausing.resume(queue), false, 'and whoever comes later that there was none')
    expectEqual(await other.paused(queue), undefined, 'a resumed queue is not paused')
  }),

  proves('a pause ends by itself once its time is over, never early', PAUSES, async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    const ids = await trial.push(queue, ['one'])
    const least = time.now() + time.unit
    await trial.pausing.pause(queue, { for: time.unit })
    const ended = time.now() + time.unit
    await time.before(least, async () => expectEqual(await trial.take(queue), [], 'it does not end early'))
    await time.reach(ended)
    expectEqual(await trial.pausing.paused(queue), undefined, 'a pause whose time is over is none')
    expectEqual(await trial.pausing.resume(queue), false, 'a pause whose time is over cannot be ended')
    trial.expectIds(await trial.takeAll(queue), ids, 'what was kept back is handed out')
  }),

  proves('a resume wakes a reserve that waits', [...PAUSES, 'waits'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await trial.pausing.pause(queue)
    const client = await trial.another()
    const answer = trial.take(queue, { client, wait: LONG })
    expectEqual(await trial.time.isOpen(answer), true, 'reserve waits while its queue is paused')
    await trial.push(queue, ['two'])
    expectEqual(await trial.time.isOpen(answer), true, 'a push to a paused queue ends no wait')
    await trial.pausing.resume(queue)
    const promise = 'a resume wakes a reserve that waits'
    expectEqual((await trial.time.soon(answer, promise)).length, 1, promise)
  }),

  proves('the end of a pause wakes a reserve that waits', [...PAUSES, 'waits'], async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    await trial.push(queue, ['one'])
    await trial.pausing.pause(queue, { for: time.unit })
    const ends = time.now() + time.unit
    const answer = trial.take(queue, { client: await trial.another(), wait: LONG })
    await time.before(ends - time.unit / 2, async () =>
      expectEqual(await time.isOpen(answer), true, 'reserve waits while its queue is paused'),
    )
    await time.reach(ends)
    const promise = 'the end of a pause wakes a reserve that waits'
    expectEqual((await time.soon(answer, promise)).length, 1, promise)
  }),

  proves(
    'a reserve that waits when its queue is paused is given nothing',
    [...PAUSES, 'waits'],
    async (trial) => {
      const queue = trial.queue()
      const answer = trial.take(queue, { client: await trial.another(), wait: LONG })
      expectEqual(await trial.time.isOpen(answer), true, 'reserve waits while nothing is due')
      await trial.pausing.pause(queue)
      const ids = await trial.push(queue, ['one'])
      expectEqual(await trial.time.isOpen(answer), true, 'a push to a paused queue ends no wait')
      await trial.pausing.resume(queue)
      const promise = 'a resume wakes a reserve that waits'
      trial.expectIds(await trial.time.soon(answer, promise), ids, promise)
    },
  ),

  proves('an empty queue can be paused, and stays so when it is dropped', PAUSES, async (trial) => {
    const queue = trial.queue()
    await trial.pausing.pause(queue)
    await trial.push(queue, ['one'])
    expectEqual(await trial.take(queue), [], 'what is pushed to it is kept back')
    await trial.client.dropAll(queue)
    await trial.push(queue, ['two'])
    expectEqual(await trial.take(queue), [], 'to drop what a queue holds does not resume it')
    if (trial.client.listing) {
      await trial.client.dropAll(queue)
      expectEqual(trial.own(await trial.listing.queues()), [], 'a pause is nothing that a queue holds')
    }
  }),

  proves('of a paused queue what is named is given', [...PAUSES, 'byId'], async (trial) => {
    const queue = trial.queue()
    const [one = '', two = ''] = await trial.push(queue, ['one', 'two'])
    await trial.pausing.pause(queue)
    expectEqual((await trial.byId.reserve(queue, one, 600))?.taskId, one, 'a task is reserved by its id')
    expectEqual(await trial.byId.remove(queue, two), payloadOf('two'), 'a task is removed by its id')
  }),

  proves('tasks of all levels are kept back', [...PAUSES, 'priorities'], async (trial) => {
    const queue = trial.queue()
    const data = payloadOf('one')
    const ids = await trial.client.pushMany(queue, [
      { taskId: 'one', data, priority: 'highest' },
      { taskId: 'two', data, priority: 'lowest' },
    ])
    await trial.pausing.pause(queue)
    for (const priorities of ['shares', 'strict'] as const)
      expectEqual(
        await trial.take(queue, { limit: 5, priorities }),
        [],
        'no level of a paused queue is handed out',
      )
    await trial.pausing.resume(queue)
    expectEqual(idsOf(await trial.takeAll(queue)), ids, 'once it is resumed, all levels are there')
  }),

  proves(
    'tasks of one function are kept back, uncharged, and due again once it is resumed',
    [...PAUSES, 'state', 'listing', 'expediting', 'byId'],
    async (trial) => {
      const gator = new Gator(trial.client, { queueName: trial.queue() })
      const queue = gator.queueName
      const work = async (maxTasks: number) => {
        const worker = new Worker(gator, { burst: true, maxTasks, logger: silentLogger() })
        await worker.runForever()
        return worker.tasksComplete
      }
      await gator.pause({ task: 'emails#send', for: LONG, reason: 'they bounce' })
      const [pause] = await new Gator(await trial.another(), { queueName: queue }).pausedTasks()
      const told = [pause?.task, pause?.reason, Math.round((pause?.until ?? 0) - (pause?.since ?? 0))]
      expectEqual(told, ['emails#send', 'they bounce', LONG], 'any client is told what is paused, and why')
      await trial.push(queue, ['one', 'two'])
      await trial.client.push(queue, 'other', 'no task at all')
      await trial.push(queue, ['late'], trial.time.now() + LONG)
      expectEqual(await work(0), 1, 'other functions go on, behind what is kept back')
      await trial.expectCounts(queue, { delayed: 3, dead: 1 }, 'what is kept back is not due')
      const taken = await trial.byId.reserve(queue, 'two', LONG)
      expectEqual(taken?.deliveries, 1, 'no hand-out counts')
      if (taken) await trial.client.release(taken, { delayUntil: trial.time.now() + 600 })
      expectEqual(
        await gator.resume({ task: 'emails#send' }),
        true,
        'whoever resumes is told that it was paused',
      )
      expectEqual(await gator.resume({ task: 'send' }), false, 'or that it was not')
      await trial.expectCounts(
        queue,
        { waiting: 1, delayed: 2, dead: 1 },
        'what was kept back is due at once',
      )
      trial.expectIds(await trial.takeAll(queue), ['one'], 'and what is delayed for itself is not')
    },
  ),
]
