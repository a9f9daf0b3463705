import { StoreUnavailableError, hasCode } from '@alligator/core'
import { type Insistence, insist, insistAfter } from '@alligator/core/backend'

/** A clock on which every pause is over at once, and is written down. */
function pauses(): { readonly asked: number[]; readonly how: Insistence } {
  const asked: number[] = []
  const timer = (seconds: number, callback: () => void) => {
    asked.push(seconds)
    setImmediate(callback)
    return () => undefined
  }
  const isPassing = (error: unknown) => hasCode(error, 'STORE_UNAVAILABLE')
  const clock = { now: () => 0, timer }
  return { asked, how: { end: Number.POSITIVE_INFINITY, shortest: 1, longest: 5, isPassing, clock } }
}

const away = () => new StoreUnavailableError('redis://host', 'away', 'Wait.')

/** A step that fails so many times with what it is given. */
function failing(times: number, error: () => unknown = away): jest.Mock<Promise<string>, []> {
  const step = jest.fn<Promise<string>, []>()
  for (let n = 0; n < times; n += 1) step.mockImplementationOnce(() => Promise.reject(error()))
  return step.mockImplementation(() => Promise.resolve('done'))
}

test('what succeeds is done once', async () => {
  const { asked, how } = pauses()
  const step = failing(0)
  expect(await insist(step, how)).toBe('done')
  expect([step.mock.calls.length, asked]).toEqual([1, []])
})

test('what fails is repeated while the store is away, after pauses that double up to the longest', async () => {
  const { asked, how } = pauses()
  expect(await insist(failing(5), how)).toBe('done')
  expect(asked).toEqual([1, 2, 4, 5, 5])
})

test('a failure of another kind is thrown at once', async () => {
  const { asked, how } = pauses()
  const step = failing(1, () => new TypeError('no such thing'))
  await expect(insist(step, how)).rejects.toThrow('no such thing')
  expect(asked).toEqual([])
})

test('no try begins after the end, and the last failure is thrown', async () => {
  const { asked, how } = pauses()
  const step = failing(1)
  await expect(insist(step, { ...how, end: performance.now() - 1 })).rejects.toThrow('away')
  expect([step.mock.calls.length, asked]).toEqual([1, []])
})

test('after a first failure elsewhere a pause comes first', async () => {
  const { asked, how } = pauses()
  const step = failing(1)
  expect(await insistAfter(away(), step, how)).toBe('done')
  expect([step.mock.calls.length, asked]).toEqual([2, [1, 2]])
  await expect(insistAfter(new TypeError('other'), step, how)).rejects.toThrow('other')
})

test('an abort ends the pause: one last try, and no more', async () => {
  const caller = new AbortController()
  const clock = { now: () => 0, timer: () => () => undefined }
  const step = failing(5)
  const insisting = insist(step, { ...pauses().how, clock, signal: caller.signal })
  setImmediate(() => caller.abort())
  await expect(insisting).rejects.toThrow('away')
  expect(step).toHaveBeenCalledTimes(2)
})
