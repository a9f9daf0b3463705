import type { StoredState, StoredTask } from '@alligator/core'
import { expectEqual, expectRefusal } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { REASON, type Trial, payloadOf } from '../trial.js'

const MOST_PAGES = 50

async function listByPages(trial: Trial, queue: string, limit: number): Promise<StoredTask[]> {
  const tasks: StoredTask[] = []
  let after: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await trial.listing.list(queue, 'waiting', { limit, after })
    expectEqual(page.tasks.length <= limit, true, 'a page holds no more than was asked for')
    tasks.push(...page.tasks)
    if (page.next === undefined) return tasks
    after = page.next
  }
  throw new Error(`a listing of ${queue} comes to an end: it had more than ${MOST_PAGES} pages of ${limit}`)
}

const STATES: readonly StoredState[] = ['waiting', 'delayed', 'running', 'dead']

/** Looking without touching. */
export const listing: readonly Scenario[] = [
  proves(
    'list shows the tasks of one state',
    ['listing', 'leases', 'ordered', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      await trial.pushOneOfEach(queue)
      for (const state of STATES) {
        const { tasks, next } = await trial.listing.list(queue, state)
        const shown = tasks.map((task) => [
          task.taskId,
          task.state,
          task.data,
          task.until !== undefined,
          task.reason?.code,
        ])
        const timed = state === 'delayed' || state === 'running'
        const expected = [state, state, payloadOf(state), timed, state === 'dead' ? 'TASK_FAILED' : undefined]
        expectEqual(shown, [expected], `list shows what is ${state}, and when or why where that matters`)
        expectEqual(next, undefined, 'a listing that is complete has no next page')
      }
    },
  ),

  proves(
    'one task is shown by its id, as a list shows it',
    ['listing', 'leases', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      await trial.pushOneOfEach(queue)
      for (const state of STATES) {
        const listed = (await trial.listing.list(queue, state)).tasks.find(({ taskId }) => taskId === state)
        expectEqual(await trial.listing.get(queue, state), listed, `of what is ${state} the same is shown`)
      }
      expectEqual(await trial.listing.get(queue, 'nobody'), undefined, 'what is not there is not shown')
      expectEqual(await trial.listing.get(trial.queue('other'), 'dead'), undefined, 'nor what is elsewhere')
      await trial.client.release(await trial.takeOne(queue, 'what waits is handed out'), {
        delayUntil: trial.time.now() + trial.time.unit,
      })
      await trial.time.reach(trial.time.now() + trial.time.unit)
      expectEqual(
        (await trial.listing.get(queue, 'waiting'))?.state,
        'waiting',
        'a delay that is over is no delay',
      )
    },
  ),

  proves('list tells when a delay or a lease ends', ['listing', 'leases', 'ordered'], async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + 600
    await trial.push(queue, ['running'])
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: 600 })
    await trial.push(queue, ['delayed'], due)
    const leeway = trial.qualities.delayPrecision + (trial.time.manual ? 0 : 60)
    for (const state of ['delayed', 'running'] as const) {
      const [task] = (await trial.listing.list(queue, state)).tasks
      const off = (task?.until ?? 0) - due
      expectEqual(
        off >= 0 && off <= leeway,
        true,
        `until tells when what is ${state} ends: it is ${off} s off`,
      )
    }
  }),

  proves('list gives pages, oldest first, and every task once', ['listing', 'ordered'], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(
      queue,
      Array.from({ length: 12 }, (_, number) => `task-${number}`),
    )
    for (const limit of [1, 5, 12, 100]) {
      const listed = await listByPages(trial, queue, limit)
      expectEqual(
        listed.map((task) => task.taskId),
        ids,
        `pages of ${limit} show every task once, oldest first`,
      )
    }
    expectEqual(
      (await trial.listing.list(trial.queue('unknown'), 'waiting')).tasks,
      [],
      'an unknown queue lists nothing',
    )
  }),

  proves(
    'a page passes over nothing, whatever has been taken off since the one before',
    ['listing', 'leases', 'byId', 'deadLetters', 'ordered', 'customIds'],
    async (trial) => {
      const ids = Array.from({ length: 9 }, (_, number) => `task-${number}`)
      const fill: Readonly<Record<string, (queue: string) => Promise<unknown>>> = {
        waiting: (queue) => trial.push(queue, ids),
        delayed: (queue) => trial.push(queue, ids, trial.time.now() + 600),
        dead: async (queue) => {
          for (const id of ids) await trial.bury(queue, id)
        },
      }
      const takeOff = async (queue: string, taken: readonly string[], state: string) => {
        if (state === 'dead') await trial.deadLetters.kick(queue, taken)
        else for (const id of taken) await trial.byId.remove(queue, id)
      }
      for (const state of ['waiting', 'delayed', 'dead'] as const) {
        const queue = trial.queue(state)
        await fill[state]?.(queue)
        const page = async (after?: string) => {
          const { tasks, next } = await trial.listing.list(queue, state, { limit: 3, after })
          return [tasks.map(({ taskId }) => taskId), next] as const
        }
        const [first, second] = await page()
        expectEqual(first, ids.slice(0, 3), 'the first page is that of the oldest')
        await takeOff(queue, ids.slice(0, 2), state)
        const [next, third] = await page(second)
        expectEqual(next, ids.slice(3, 6), `nothing that is ${state} is passed over once others are gone`)
        // Those of this page, and the one that the next begins at.
        await takeOff(queue, ids.slice(2, 7), state)
        const [rest, end] = await page(third)
        expectEqual(rest, ids.slice(7), `nothing that is ${state} is passed over where the next one is gone`)
        expectEqual(end, undefined, 'and then there is no more')
      }
    },
  ),

  proves('a page that follows none is refused', ['listing', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.pushOneOfEach(queue)
    for (const state of STATES)
      for (const after of ['garbage', '-1', '1e999', 'NaN', "'", 'line:x:y', 'infinity', ':'])
        await expectRefusal(
          'INVALID_OPTION',
          () => trial.listing.list(queue, state, { after }),
          `of what is ${state} there is no page after ${after}`,
        )
  }),

  proves('looking changes nothing', ['listing', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.pushOneOfEach(queue)
    const before = await trial.client.counts(queue)
    for (const state of STATES) await trial.listing.list(queue, state)
    await trial.listing.find(queue, ['waiting', 'delayed', 'running', 'dead'])
    await trial.listing.queues()
    expectEqual(
      await trial.client.counts(queue),
      before,
      'list, find and queues leave every task where it is',
    )
  }),

  proves('find gives the state of what is held', ['listing', 'leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['finished'])
    await trial.client.ack(await trial.take(queue))
    await trial.pushOneOfEach(queue)
    const found = await trial.listing.find(queue, [...STATES, 'finished', 'unknown'])
    const expected = STATES.map((state) => [state, state] as const)
    expectEqual(
      new Map(found),
      new Map(expected),
      'find tells the states of held tasks, and is silent about others',
    )
    expectEqual((await trial.listing.find(queue, [])).size, 0, 'find of no ids finds nothing')
    expectEqual(
      (await trial.listing.find(trial.queue('unknown'), ['waiting'])).size,
      0,
      'an unknown queue holds nothing',
    )
  }),

  proves(
    'what left without success is told from what is done',
    ['listing', 'byId', 'cancellation', 'deadLetters', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      const ids = ['done', 'canceled', 'removed', 'dead', '3f8f2f6e-3b60-4a4c-9b53-7f4f6e0c1a11']
      const [done = '', canceled = '', removed = '', dead = '', uuid = ''] = ids
      const told = async (from = queue) => [...(await trial.listing.removed(from, ids))].sort()
      await trial.push(queue, [done])
      await trial.client.ack(await trial.take(queue))
      await trial.push(queue, [dead])
      await trial.client.bury(await trial.takeOne(queue, 'a pushed task is handed out'), REASON)
      await trial.push(queue, [canceled, removed, uuid])
      expectEqual(await told(), [], 'what is done, or there, has not left without success')
      expectEqual((await trial.listing.removed(queue, [])).size, 0, 'of no ids none has left')
      await trial.take(queue)
      for (const id of [canceled, uuid, dead]) await trial.cancellation.cancel(queue, id)
      await trial.byId.remove(queue, removed)
      const left = [canceled, dead, removed, uuid].sort()
      expectEqual(await told(), left, 'what was canceled or removed, in whatever state, is remembered')
      expectEqual(await told(trial.queue('other')), [], 'another queue knows nothing of it')
      const states = [...(await trial.listing.find(queue, ids))]
      expectEqual([states, await trial.listing.queues()].flat(), [], 'a trace is no task')
      await trial.expectCounts(queue, {}, 'a trace counts for nothing')
      expectEqual(await trial.cancellation.cancel(queue, uuid), undefined, 'a trace cannot be canceled')
      expectEqual(await trial.byId.remove(queue, canceled), undefined, 'a trace cannot be removed')
      await trial.push(queue, [canceled])
      await trial.client.pushMany(queue, [
        { taskId: uuid, data: 'other' },
        { taskId: 'new', data: 'new' },
        { taskId: 'new', data: 'new' },
      ])
      const again = await trial.take(queue, { limit: 5 })
      const given = again.map(({ taskId, data, deliveries }) => [taskId, data, deliveries])
      const expected = [
        [canceled, payloadOf(canceled), 1],
        [uuid, 'other', 1],
        ['new', 'new', 1],
      ]
      expectEqual(given, expected, 'what is pushed again is a task like any other')
      await trial.client.ack(again)
      expectEqual(await told(), [dead, removed], 'what is pushed again, and done, has succeeded')
      await trial.client.dropAll(queue)
      expectEqual(await told(), [], 'a queue that is dropped is forgotten')
    },
  ),

  proves(
    'list tells when a task was enqueued that was pushed with that, and a repeated push may say another time',
    ['listing', 'leases', 'deadLetters', 'customIds', 'ordered'],
    async (trial) => {
      const queue = trial.queue()
      const bytes = Uint8Array.of(0xfd, 1, 2, 3, 4, 5, 6, 7)
      const items = [
        { taskId: 'text', data: payloadOf('text'), enqueuedAt: 1_700_000_000.125 },
        { taskId: 'bytes', data: bytes, enqueuedAt: 1_700_000_001 },
        { taskId: 'untold', data: payloadOf('untold') },
      ]
      const times = Object.fromEntries(items.map(({ taskId, enqueuedAt }) => [taskId, enqueuedAt]))
      const timesOf = async (state: StoredState) => {
        const { tasks } = await trial.listing.list(queue, state)
        return Object.fromEntries(tasks.map(({ taskId, enqueuedAt }) => [taskId, enqueuedAt]))
      }
      await trial.client.pushMany(queue, items)
      const later = items.map((item) => ({ ...item, enqueuedAt: 1_800_000_000 }))
      await trial.client.pushMany(queue, later)
      for (const item of later) await trial.client.pushMany(queue, [item])
      expectEqual(await timesOf('waiting'), times, 'the time of the first push is kept')
      const taken = await trial.take(queue, { limit: 3 })
      const given = taken.map(({ data }) => data)
      expectEqual(given, [payloadOf('text'), bytes, payloadOf('untold')], 'a payload is what was pushed')
      expectEqual(await timesOf('running'), times, 'what runs keeps its time')
      for (const delivery of taken) await trial.client.release(delivery, { data: 'changed' })
      for (const delivery of await trial.take(queue, { limit: 3 })) {
        expectEqual(delivery.data, 'changed', 'a payload is what it was changed to')
        await trial.client.bury(delivery, REASON)
      }
      expectEqual(await timesOf('dead'), times, 'a dead letter keeps its time')
    },
  ),

  proves('find follows delays and leases', ['listing', 'leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    await trial.push(queue, ['leased'])
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: time.unit })
    await trial.push(queue, ['delayed'], time.now() + time.unit)
    await time.reach(time.now() + time.unit)
    const expected = { leased: 'waiting', delayed: 'waiting' }
    const found = Object.fromEntries(await trial.listing.find(queue, ['leased', 'delayed']))
    expectEqual(found, expected, 'what is due, or whose lease has lapsed, is waiting')
  }),

  proves('queues names those that hold anything, sorted', ['listing', 'leases'], async (trial) => {
    const [b, a, c, empty] = [trial.queue('b'), trial.queue('a'), trial.queue('c'), trial.queue('d')]
    const named = async () => trial.own(await trial.listing.queues())
    expectEqual(await named(), [], 'a queue that never held anything is not named')
    await trial.push(b, ['one'])
    await trial.bury(a, 'one')
    await trial.push(c, ['one'], trial.time.now() + 600)
    await trial.push(empty, ['one'])
    await trial.client.pop(empty)
    expectEqual(
      await named(),
      [a, b, c],
      'queues names what holds anything, if only dead letters, and nothing else',
    )
    await trial.take(b)
    expectEqual(await named(), [a, b, c], 'queues names what holds only running tasks')
    for (const queue of [a, b, c]) await trial.client.dropAll(queue)
    expectEqual(await named(), [], 'an emptied queue is not named')
  }),

  proves('a dead letter keeps its payload and its reason', ['listing'], async (trial) => {
    const queue = trial.queue()
    const id = await trial.bury(queue, 'one')
    const bare = { code: 'ERROR', message: 'żółw\n🐊', at: 1, worker: '', attempt: 0 }
    const other = await trial.bury(queue, 'two', bare)
    const { tasks } = await trial.listing.list(queue, 'dead')
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

  proves(
    'a task released with a count is shown as waiting, once',
    ['listing', 'leases', 'ordered', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one', 'two'])
      const first = await trial.takeOne(queue, 'a pushed task is handed out')
      await trial.client.release(first, { deliveries: 1 })
      const { taskId } = first
      await trial.expectCounts(queue, { waiting: 2 }, 'a task released with a count counts as waiting')
      const shown = (await listByPages(trial, queue, 1)).map((task) => [task.taskId, task.until])
      const expected = ['one', 'two'].map((id) => [id, undefined])
      expectEqual(shown, expected, 'a task released with a count is listed among what waits')
      expectEqual((await trial.listing.list(queue, 'running')).tasks, [], 'it is not listed as running')
      const found = [...(await trial.listing.find(queue, [taskId]))]
      expectEqual(found, [[taskId, 'waiting']], 'it is found waiting')
    },
  ),
]
