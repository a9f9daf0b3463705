import { toSeconds } from '../src/index.js'

test.each([
  [5, 5],
  [0.25, 0.25],
  ['500ms', 0.5],
  ['30s', 30],
  ['5m', 300],
  ['1.5h', 5400],
  ['2 d', 172_800],
  ['1w', 604_800],
])('%p is %p seconds', (duration, seconds) => {
  expect(toSeconds(duration, 'delayBy')).toBe(seconds)
})

test.each([
  ['5 minutes'],
  ['5'],
  [''],
  ['-5s'],
  [-1],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [null],
  [{}],
  [1_767_225_600_000],
])('%p is refused, naming the option', (duration) => {
  expect(() => toSeconds(duration, 'delayBy')).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', option: 'delayBy' }),
  )
})

test('milliseconds are recognised', () => {
  expect(() => toSeconds(1_767_225_600_000, 'delayBy')).toThrow('divide milliseconds by 1000')
})
