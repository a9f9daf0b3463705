import { CANCELED, DELAYED, Gator, InvalidOptionError, Task, type TaskDefaults } from '../src/index.js'
import { add } from './tasks.js'

const DEFAULTS: TaskDefaults = { retries: 3, timeout: '1m', headers: { tenant: 'one' } }

describe('defaults of a gator', () => {
  test('hold for every task that does not say otherwise', async () => {
    await using gator = new Gator('locmem://', { defaults: DEFAULTS })
    const [many] = await gator.taskMany(add, [[1, 2]])
    const scheduled = await gator.schedule('sum', { every: '1h' }).task(add, 1, 2)
    for (const task of [await gator.task(add, 1, 2), many, scheduled.task])
      expect(task).toMatchObject({ retries: 3, timeout: 60, headers: { tenant: 'one' } })
    const own = gator.options({ retries: 0, timeout: undefined, delayBy: 5 })
    expect(await own.task(add, 1, 2)).toMatchObject({ retries: 0, timeout: 60, status: DELAYED })
    expect(await gator.push(new Task(), add, 1, 2)).toMatchObject({ retries: 0, timeout: undefined })
  })

  test.each<[object, string]>([
    [{ retries: -1 }, 'Option retries cannot be -1'],
    [{ attempts: 4 }, 'defaults has no option "attempts". Did you mean `retries: 3`?'],
    [{ delayBy: 5 }, 'defaults has no option "delayBy". `delayBy` is an option of gator.options({ … }).'],
  ])('that cannot be are refused when the gator is made: %p', (defaults, message) => {
    expect(() => new Gator('locmem://', { defaults })).toThrow(InvalidOptionError)
    expect(() => new Gator('locmem://', { defaults })).toThrow(message)
  })
})

describe('a queue for some tasks of a gator', () => {
  test('is given with their options', async () => {
    await using gator = new Gator('locmem://')
    const mail = gator.options({ queueName: 'mail', retries: 1 })
    const task = await mail.task(add, 1, 2)
    await mail.taskMany(add, [[1, 2]])
    await gator.task(add, 3, 4)
    expect(task.queue).toBe('mail')
    expect([await gator.len(), await gator.backend.len('mail')]).toEqual([1, 2])
  })

  test('is refused where it cannot be', async () => {
    await using gator = new Gator('locmem://')
    expect(() => gator.options({ queueName: '' })).toThrow(InvalidOptionError)
    const scheduled = () => gator.options({ queueName: 'mail' }).schedule('sum', '@daily')
    expect(scheduled).toThrow('a schedule is on the queue of its gator')
  })
})

test('runNext and runTask run a task now', async () => {
  await using gator = new Gator('locmem://')
  const { taskId } = await gator.options({ delayBy: '1h' }).task(add, 1, 2)
  expect(await gator.runNext()).toBeUndefined()
  expect(await gator.runTask(taskId)).toMatchObject({ result: 3 })
  await gator.task(add, 3, 4)
  expect(await gator.runNext()).toMatchObject({ result: 7 })
})

test('a task says in words where it stands, and JSON tells nothing private of it', async () => {
  await using gator = new Gator('locmem://')
  const task = await gator.options({ delayBy: '1h', headers: { token: 'secret' } }).task(add, 1, 2)
  const { taskId } = task
  expect(JSON.parse(JSON.stringify(task))).toEqual({
    taskId,
    name: 'add',
    queue: 'all',
    status: 'delayed',
    attempt: 1,
    retries: 0,
  })
  const canceled = await gator.cancel(taskId)
  expect(canceled).toMatchObject({ status: CANCELED, statusName: 'canceled' })
})
