import { Gator, Task } from '../src/index.js'
import { drain, testGator } from '../src/testing.js'
import { add, calls, joinOnce, split } from './tasks.js'

const KEPT = { keepResult: '1h' } as const

beforeEach(() => calls.splice(0))

async function drainAll(gator: ReturnType<typeof testGator>): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await drain(gator).catch(() => undefined)
    await gator.clock.advance(2)
  }
}

describe('the output of a task', () => {
  test('is an argument of another, which waits for it and has it in each try', async () => {
    const gator = testGator({ secret: 'a secret of at least 32 characters' })
    const parts = await gator.options({ ...KEPT, delayBy: 3 }).task(split, 'one two')
    const sum = await gator.options(KEPT).task(add, 1, 2)
    const joined = await gator
      .options({ ...KEPT, retries: 1, backoff: 1 })
      .task(joinOnce, parts.output, sum.output, '!')
    expect(joined.dependsOn).toEqual([parts.taskId, sum.taskId])
    await drain(gator)
    expect(calls).toEqual(['add 1 2'])
    await drainAll(gator)
    expect(calls.slice(1)).toEqual(['joinOnce one+two=3!', 'joinOnce one+two=3!'])
    expect(await joined.finished()).toBe('one+two=3!')
  })

  test('goes on along a chain, through taskMany, and to tasks that are alike but for it', async () => {
    const gator = testGator()
    const [one, two] = await gator.options(KEPT).taskMany(add, [
      [1, 1],
      [10, 10],
    ])
    if (!one || !two) throw new Error('Two tasks were put on the queue.')
    const next = await gator.options({ ...KEPT, unique: true }).taskMany(add, [
      [one.output, 1],
      [two.output, 1],
      [one.output, 1],
    ])
    expect(next.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, true])
    await drainAll(gator)
    expect(await Promise.all(next.map((task) => task.finished()))).toEqual([3, 21, 3])
  })

  test('that is gone makes a dead letter which says so, with the way out', async () => {
    const gator = testGator()
    const part = await gator.options({ keepResult: 1 }).task(add, 1, 2)
    const { taskId } = await gator.options({ delayBy: 10 }).task(add, part.output, 1)
    await drain(gator)
    await gator.clock.advance(10)
    await drain(gator).catch(() => undefined)
    const { reason } = (await gator.lookUp(taskId)) ?? {}
    expect(reason).toMatchObject({ code: 'OUTPUT_GONE', message: expect.stringContaining('`keepResult`') })
    expect(reason?.message).toContain(part.taskId)
  })

  test('is there of tasks with `keepResult` alone, and is an argument by itself', async () => {
    const gator = testGator()
    const plain = await gator.task(add, 1, 2)
    expect(() => plain.output).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    const kept = await gator.options(KEPT).task(split, 'one')
    const within = async () => gator.task(split, { part: kept.output } as unknown as string)
    await expect(within).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'argument 1, .part',
      message: expect.stringContaining('beside'),
    })
  })

  test('of what ran in this process is its result, for what runs there, too', async () => {
    const gator = testGator({ inline: true })
    const sum = await gator.options(KEPT).task(add, 1, 2)
    expect((await gator.task(add, sum.output, 4)).result).toBe(7)
    await using queued = new Gator('locmem://')
    const later = await queued.options(KEPT).task(add, 1, 2)
    const now = () => new Task({ isAsync: false }).toCall(add, later.output, 1)
    expect(now).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})
