import { inBatches } from '../src/backend.js'

const lengthOf = (text: string) => text.length

test.each([
  [[], []],
  [['a'], [['a']]],
  [
    ['aa', 'a', 'a', 'aaa'],
    [['aa', 'a'], ['a'], ['aaa']],
  ],
  [
    ['aaaa', 'a'],
    [['aaaa'], ['a']],
  ],
  [['', 'aaa', ''], [['', 'aaa', '']]],
])('batches of 3 at most, and no order lost: %j', (list: string[], batches: string[][]) => {
  const given = inBatches(list, 3, lengthOf)
  expect(given.flat()).toEqual(list)
  expect(given).toEqual(batches)
})
