import type { StoredState, StoredTask } from '@alligator/core'
import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, payloadOf } from '../trial.js'

const MOST_PAGES = 50

async function listByPages(trial: Trial, queue: string, limit: number): Promise<StoredTask[]> {
  const tasks: StoredTask[] = []
  let after: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await trial.client.list(queue, 'waiting', { limit, after })
    expectEqual(page.tasks.length <= limit, true, 'a page holds no more than was asked for')
    tasks.push(...page.tasks)
    if (page.next === undefined) return tasks
    after = page.next
  }
  throw new Error(`a listing of ${queue} comes to an end: it had more than ${MOST_PAGES} pages of ${limit}`)
}

/** Brings one task into each state, under the state's name. */
async function pushOneOfEach(trial: Trial, queue: string): Promise<void> {
  await trial.bury(queue, 'dead')
  await trial.push(queue, ['running', 'waiting'])
  await trial.takeOne(queue, 'a pushed task is handed out')
  await trial.push(queue, ['delayed'], trial.time.now() + 600)
}

const STATES: readonly StoredState[] = ['waiting', 'delayed', 'running', 'dead']

/** Looking without touching. */
export const inspect: readonly Scenario[] = [
  proves('counts tells each state apart', ['leases', 'deadLetters', 'exactCounts'], async (trial) => {
    const queue = trial.queue()
    await trial.expectCounts(queue, {}, 'an unknown queue is empty')
    await pushOneOfEach(trial, queue)
    await trial.push(queue, ['waiting too'])
    await trial.expectCounts(
      queue,
      { waiting: 2, delayed: 1, running: 1, dead: 1 },
      'counts tells how many are in each state',
    )
    expectEqual(await trial.client.len(queue), 3, 'len is the waiting and the delayed')
  }),

  proves(
    'list shows the tasks of one state',
    ['list', 'leases', 'deadLetters', 'ordered', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      await pushOneOfEach(trial, queue)
      for (const state of STATES) {
        const { tasks, next } = await trial.client.list(queue, state)
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

  proves('list tells when a delay or a lease ends', ['list', 'leases', 'ordered'], async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + 600
    await trial.push(queue, ['running'])
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: 600 })
    await trial.push(queue, ['delayed'], due)
    const leeway = trial.capabilities.delayPrecision + (trial.time.manual ? 0 : 60)
    for (const state of ['delayed', 'running'] as const) {
      const [task] = (await trial.client.list(queue, state)).tasks
      const off = (task?.until ?? 0) - due
      expectEqual(
        off >= 0 && off <= leeway,
        true,
        `until tells when what is ${state} ends: it is ${off} s off`,
      )
    }
  }),

  proves('list gives pages, oldest first, and every task once', ['list', 'ordered'], async (trial) => {
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
      (await trial.client.list(trial.queue('unknown'), 'waiting')).tasks,
      [],
      'an unknown queue lists nothing',
    )
  }),

  proves('looking changes nothing', ['list', 'find', 'leases', 'deadLetters'], async (trial) => {
    const queue = trial.queue()
    await pushOneOfEach(trial, queue)
    const before = await trial.client.counts(queue)
    for (const state of STATES) await trial.client.list(queue, state)
    await trial.client.find(queue, ['waiting', 'delayed', 'running', 'dead'])
    await trial.client.queues()
    expectEqual(
      await trial.client.counts(queue),
      before,
      'list, find and queues leave every task where it is',
    )
  }),

  proves(
    'find gives the state of what is held',
    ['find', 'leases', 'deadLetters', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      await pushOneOfEach(trial, queue)
      await trial.push(queue, ['finished'])
      await trial.client.remove(queue, 'finished')
      const found = await trial.client.find(queue, [...STATES, 'finished', 'unknown'])
      const expected = STATES.map((state) => [state, state] as const)
      expectEqual(
        new Map(found),
        new Map(expected),
        'find tells the states of held tasks, and is silent about others',
      )
      expectEqual((await trial.client.find(queue, [])).size, 0, 'find of no ids finds nothing')
      expectEqual(
        (await trial.client.find(trial.queue('unknown'), ['waiting'])).size,
        0,
        'an unknown queue holds nothing',
      )
    },
  ),

  proves('find follows delays and leases', ['find', 'leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    const { time } = trial
    await trial.push(queue, ['leased'])
    await trial.takeOne(queue, 'a pushed task is handed out', { lease: time.unit })
    await trial.push(queue, ['delayed'], time.now() + time.unit)
    await time.reach(time.now() + time.unit)
    const expected = { leased: 'waiting', delayed: 'waiting' }
    const found = Object.fromEntries(await trial.client.find(queue, ['leased', 'delayed']))
    expectEqual(found, expected, 'what is due, or whose lease has lapsed, is waiting')
  }),

  proves(
    'queues names those that hold anything, sorted',
    ['list', 'leases', 'deadLetters'],
    async (trial) => {
      const [b, a, c, empty] = [trial.queue('b'), trial.queue('a'), trial.queue('c'), trial.queue('d')]
      const named = async () => trial.own(await trial.client.queues())
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
    },
  ),
]
