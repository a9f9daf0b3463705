import { Gator } from '../src/index.js'
import { assertNotQueued, assertQueued, drain, testGator } from '../src/testing.js'
import * as tasks from './testing-tasks.js'

test('a gator for tests runs mocks, spies and closures, and finds them on its queue', async () => {
  const gator = testGator()
  const mock = jest.fn((word: string) => word.length)
  const seen: number[] = []
  const closure = (number: number) => void seen.push(number)
  const spy = jest.spyOn(Math, 'max')
  const onSuccess = jest.fn()
  await gator.options({ onSuccess }).task(mock, 'four')
  await gator.task(closure, 7)
  await gator.task(Math.max, 1, 2)
  await assertQueued(gator, mock, ['four'])
  await assertQueued(gator, closure, [7])
  await assertNotQueued(gator, jest.fn())
  expect((await drain(gator)).map(({ result }) => result)).toEqual([4, undefined, 2])
  expect(mock).toHaveBeenCalledWith('four')
  expect(onSuccess).toHaveBeenCalledTimes(1)
  expect(seen).toEqual([7])
  expect(spy).toHaveBeenCalledWith(1, 2)
})

test('it tries a mock again, and a function of the app goes by its name', async () => {
  const gator = testGator()
  const mock = jest.fn().mockRejectedValueOnce(new Error('not today')).mockResolvedValue('sent')
  await gator.options({ retries: 1, backoff: 1 }).task(mock)
  const { payload } = await peekAt(gator, tasks.greet)
  expect(payload).toMatchObject({ module: 'packages/core/test/testing-tasks', callable: 'greet' })
  await drain(gator)
  await gator.clock.advance('1s')
  expect((await drain(gator))[0]?.result).toBe('sent')
})

async function peekAt(gator: Gator, fn: (name: string) => void) {
  const task = await gator.task(fn, 'Ann')
  return { payload: JSON.parse(String(await task.serialize())) as unknown }
}

test('it refuses what does no work when it is called', async () => {
  class Mailer {}
  await expect(testGator().task(Mailer as never)).rejects.toThrow('it is a class')
})

test('any other gator says that it is a mock, and where mocks run', async () => {
  await using gator = new Gator('locmem://')
  await expect(gator.task(jest.fn())).rejects.toThrow(
    /cannot be a task: it is a mock of a test runner.*testGator\(\) of @alligator\/core\/testing/,
  )
})

test('a function of a module that the test runner has thrown away, and loaded anew, goes by its name all the same', async () => {
  const former = tasks.greet
  await using gator = new Gator('locmem://')
  jest.resetModules()
  await gator.task(former, 'thrown away')
  const anew = (await import('./testing-tasks.js')) as typeof tasks
  expect(anew.greet).not.toBe(former)
  await gator.task(anew.greet, 'loaded anew')
  await assertQueued(gator, former, ['loaded anew'])
  await assertQueued(gator, former, ['thrown away'])
})
