import type { Payload } from '@alligator/core'
import { checkPayload } from '@alligator/core/backend'

test.each<[string, Payload, number]>([
  ['text of one byte a character', 'abcd', 4],
  ['text of two', 'äö', 4],
  ['text of three', '€', 3],
  ['a surrogate pair', '\u{1F40A}', 4],
  ['bytes', Uint8Array.of(1, 2, 3), 3],
])('%s is counted in bytes', (_, data, size) => {
  expect(() => checkPayload(data, 'one', size)).not.toThrow()
  expect(() => checkPayload(data, 'one', size - 1)).toThrow(
    expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', size, limit: size - 1 }),
  )
})

test('the message names the task', () => {
  expect(() => checkPayload('abc', 'one', 2)).toThrow(/payload of task one has 3 bytes, and at most 2/)
})
