import { LevelShares, PRIORITIES } from '../src/backend.js'
import { Gator, type Priority, Task, Worker, peekTask, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { observed } from './observed.js'
import { add, calls, logStart } from './tasks.js'

describe('the level of a task', () => {
  test('is one of five, which a refusal names', () => {
    const call = () => new Task({ priority: 'urgent' as Priority })
    expect(call).toThrow('highest, high, normal, low, lowest')
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(new Task().priority).toBe('normal')
  })

  test('travels with it, and is not written where it is usual', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ priority: 'low' }).task(add, 1, 2)
    await gator.options({ priority: 'normal' }).task(add, 3, 4)
    const { tasks = [] } = (await gator.backend.listing?.list('all', 'waiting')) ?? {}
    expect(tasks.map(({ data }) => peekTask(data).options)).toEqual([{ priority: 'low' }, undefined])
    const [task] = await Promise.all(tasks.map(({ data }) => gator.peek(data)))
    expect(task?.priority).toBe('low')
  })

  test('is kept by a task that runs in this process, where it says nothing', async () => {
    await using gator = new Gator('locmem://')
    expect((await gator.options({ priority: 'high', isAsync: false }).task(add, 1, 2)).result).toBe(3)
  })

  test('decides whose turn it is in a worker, in shares or strictly', async () => {
    const ran = async (priorities: 'shares' | 'strict') => {
      await using gator = new Gator('locmem://')
      calls.length = 0
      for (const priority of PRIORITIES.toReversed())
        await gator.options({ priority, onStart: logStart }).taskMany(add, [
          [1, 1],
          [1, 1],
          [1, 1],
        ])
      const { worker, events } = observed(gator, { burst: true, concurrency: 1, priorities })
      await worker.runForever()
      return events.flatMap((event) => (event.type === 'task:success' ? [event.task.priority] : []))
    }
    const inOrder = PRIORITIES.flatMap((priority) => [priority, priority, priority])
    expect(await ran('strict')).toEqual(inOrder)
    expect((await ran('shares')).indexOf('normal')).toBeLessThan(6)
  })

  test('a worker takes them in shares or strictly, and in no other way', async () => {
    await using gator = new Gator('locmem://')
    const make = (priorities: string) => () =>
      new Worker(gator, { priorities: priorities as 'strict', logger: silentLogger() })
    expect(make('weighted')).toThrow("Pass 'shares' or 'strict'.")
    expect(make('strict')).not.toThrow()
  })
})

describe('shares', () => {
  const full = [1000, 1000, 1000, 1000, 1000]
  const count = (levels: readonly number[]) =>
    PRIORITIES.map((_, place) => levels.filter((level) => level === place).length)

  test('are exact after a round, whatever is taken at once', () => {
    for (const room of [1, 10, 31]) {
      const shares = new LevelShares()
      const levels: number[] = []
      for (let taken = 0; taken < 310; taken += room) levels.push(...shares.next('q', full, room, false))
      expect(count(levels)).toEqual([160, 80, 40, 20, 10])
    }
  })

  test('a level that had nothing does not make up for it', () => {
    const shares = new LevelShares()
    shares.next('q', [1000, 0, 0, 0, 0], 500, false)
    expect(count(shares.next('q', [1000, 0, 0, 0, 1000], 170, false))).toEqual([160, 0, 0, 0, 10])
  })

  test('keep nothing of queues on which all is usual, or which were emptied', () => {
    const shares = new LevelShares()
    shares.next('q', [0, 0, 5, 0, 0], 3, false)
    expect(shares.clocksOf('q')).toBeUndefined()
    shares.next('q', [5, 0, 5, 0, 0], 3, false)
    expect(shares.clocksOf('q')).toBeDefined()
    shares.next('q', [2, 0, 0, 0, 0], 3, false)
    expect(shares.clocksOf('q')).toBeUndefined()
  })
})

describe('a pause', () => {
  test('is refused for no time at all, or for reasons that are none', async () => {
    await using gator = new Gator('locmem://')
    await expect(gator.pause({ for: '10ms' })).rejects.toThrow('of 1 s or more')
    await expect(gator.pause({ reason: 'x'.repeat(501) })).rejects.toThrow('text of up to 500 characters')
    await expect(gator.expedite('')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(await gator.paused()).toBeUndefined()
  })

  test('is why nothing comes, as a worker tells once it is idle', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock, queueName: 'mail' })
    await gator.pause({ for: '1h', reason: 'the server moves' })
    await gator.task(add, 1, 2)
    const lines: string[] = []
    const { worker, events } = observed(gator, {
      logger: { ...silentLogger(), info: (line: string) => lines.push(line) },
    })
    const ended = worker.runForever()
    await clock.advance('2s')
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'worker:paused', queue: 'mail', reason: 'the server moves' }),
    )
    expect(lines.join()).toMatch(/finds queue mail paused until .*Z: the server moves/)
    expect(worker.tasksComplete).toBe(0)
    await clock.advance('1h')
    expect(worker.tasksComplete).toBe(1)
    worker.stop()
    await ended
  })
})
