import type { Backoff } from '../src/index.js'
import { backoffDelay } from '../src/task/backoff.js'

const most = () => 1

test('by default 1 s doubling to 1 h, times a random part of 1', () => {
  const pauses = [1, 2, 3, 12, 13, 40].map((failures) => backoffDelay(undefined, failures, most))
  expect(pauses).toEqual([1, 2, 4, 2048, 3600, 3600])
  expect(backoffDelay(undefined, 3, () => 0.25)).toBe(1)
})

test.each<[Backoff, number[]]>([
  [5, [5, 5, 5]],
  [0, [0, 0, 0]],
  ['500ms', [0.5, 0.5, 0.5]],
  [
    [1, '10s', '1m'],
    [1, 10, 60, 60],
  ],
  [{ initial: '2s', factor: 3, max: 10 }, [2, 6, 10]],
  [{ jitter: false }, [1, 2, 4]],
])('%p', (backoff, expected) => {
  expect(expected.map((_, index) => backoffDelay(backoff, index + 1, most))).toEqual(expected)
})

test('a fixed pause has no jitter', () => {
  expect(backoffDelay(5, 1, () => 0)).toBe(5)
  expect(backoffDelay({ initial: 5, jitter: false }, 1, () => 0)).toBe(5)
})

test.each([
  [-1],
  ['soon'],
  [[]],
  [[1, -2]],
  [null],
  [true],
  [{ factor: 0.5 }],
  [{ initial: 'x' }],
  [Number.NaN],
])('%p is refused', (backoff) => {
  expect(() => backoffDelay(backoff as Backoff, 2)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})
