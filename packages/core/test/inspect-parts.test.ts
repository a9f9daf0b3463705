import { type DeathReason, Gator } from '../src/index.js'
import { changeFound, deathsOf, readTask, searchTasks } from '../src/inspect.js'
import { add, compute } from './tasks.js'

const QUEUE = 'all'

function reason(message: string, at: number): DeathReason {
  return { code: 'REFUSED', message, at, worker: 'w', attempt: 1 }
}

/** Dead letters whose messages are given, the first one the oldest. */
async function bury(gator: Gator, ...messages: readonly string[]): Promise<void> {
  for (const [at, message] of messages.entries()) {
    await gator.task(add, at, 1)
    const [delivery] = await gator.backend.reserve([QUEUE], { lease: 30 })
    if (delivery) await gator.backend.bury(delivery, reason(message, 100 + at))
  }
}

describe('a part of a long list', () => {
  test('goes on where the one before has ended, until nothing is left', async () => {
    await using gator = new Gator('locmem://')
    await gator.taskMany(
      add,
      Array.from({ length: 250 }, (_, at): [number, number] => [at, 1]),
    )
    const place = { queue: QUEUE, state: 'waiting', filter: { task: 'add' } } as const
    const first = await searchTasks(gator, place, { most: 100 })
    expect([first.tasks.length, first.seen, typeof first.next]).toEqual([100, 100, 'string'])
    let [found, after] = [first.tasks.length, first.next]
    while (after !== undefined) {
      const { tasks, next } = await searchTasks(gator, { ...place, after }, { most: 100 })
      found += tasks.length
      after = next
    }
    expect(found).toBe(250)
  })

  test('ends early, with something in hand, when it takes too long', async () => {
    await using gator = new Gator('locmem://')
    await gator.taskMany(
      add,
      Array.from({ length: 250 }, (_, at): [number, number] => [at, 1]),
    )
    const place = { queue: QUEUE, state: 'waiting', filter: { task: 'compute' } } as const
    const { tasks, seen, next } = await searchTasks(gator, place, { signal: AbortSignal.abort() })
    expect([tasks, seen, typeof next]).toEqual([[], 100, 'string'])
  })

  test('is of one level, or of one function', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(add, 1, 1)
    await gator.options({ priority: 'high' }).task(compute, 2)
    const found = async (filter: object) =>
      (await searchTasks(gator, { queue: QUEUE, state: 'waiting', filter })).tasks.map(({ args }) => args)
    expect(await found({ priority: 'high' })).toEqual([[2]])
    expect(await found({ priority: 'normal' })).toEqual([[1, 1]])
    expect(await found({ task: 'add' })).toEqual([[1, 1]])
    expect(await found({})).toHaveLength(2)
  })

  test('is changed, and what is not meant stays', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ delayBy: '1h' }).task(add, 1, 1)
    await gator.options({ delayBy: '1h' }).task(compute, 2)
    const delayed = { queue: QUEUE, state: 'delayed', filter: { task: 'add' } } as const
    expect(await changeFound(gator, 'expedite', delayed)).toEqual({ changed: 1, seen: 2 })
    expect(await gator.backend.counts(QUEUE)).toMatchObject({ waiting: 1, delayed: 1 })
    expect(await changeFound(gator, 'cancel', { queue: QUEUE, state: 'waiting' })).toEqual({
      changed: 1,
      seen: 1,
    })
    expect(await gator.backend.counts(QUEUE)).toMatchObject({ waiting: 0, delayed: 1 })
  })
})

describe('dead letters by what they died of', () => {
  test('are told apart by more than numbers and ids, and retried together', async () => {
    await using gator = new Gator('locmem://')
    await bury(
      gator,
      'connect ECONNREFUSED 10.0.0.1:587',
      'connect ECONNREFUSED 10.0.0.22:25\n    with a second line',
      'user 01a1ffb0-e302-7001-8c1f-979bee5de0e3 has no address',
      'user 01a1ffb0-e302-7001-8c1f-979bee5de0e4 has no address',
      'user 7 has an address',
    )
    const { groups, seen, isCut } = await deathsOf(gator, QUEUE)
    expect([seen, isCut]).toEqual([5, false])
    expect(groups.map(({ message, count, firstAt, lastAt }) => [message, count, firstAt, lastAt])).toEqual([
      ['user 7 has an address', 1, 104, 104],
      ['user 01a1ffb0-e302-7001-8c1f-979bee5de0e4 has no address', 2, 102, 103],
      ['connect ECONNREFUSED 10.0.0.22:25', 2, 100, 101],
    ])
    const [, users] = groups
    const place = { queue: QUEUE, state: 'dead', filter: { likeness: users?.likeness, until: 103 } } as const
    expect(await changeFound(gator, 'retry', place)).toEqual({ changed: 1, seen: 5 })
    expect(await gator.backend.counts(QUEUE)).toMatchObject({ waiting: 1, dead: 4 })
  })

  test('are no more than were asked for', async () => {
    await using gator = new Gator('locmem://')
    await bury(gator, ...Array.from({ length: 150 }, (_, at) => `number ${at}`))
    const { groups, seen, isCut } = await deathsOf(gator, QUEUE, { most: 100 })
    expect([groups.map(({ count }) => count), seen, isCut]).toEqual([[100], 100, true])
  })
})

test('one task is read by its id, whatever its state', async () => {
  await using gator = new Gator('locmem://')
  const { taskId } = await gator.options({ delayBy: '1h' }).task(add, 1, 2)
  expect(await readTask(gator, QUEUE, taskId)).toMatchObject({ state: 'delayed', args: [1, 2] })
  expect(await readTask(gator, QUEUE, 'none')).toBeUndefined()
})
