import { randomUUID } from 'node:crypto'
import { packData, packId, unpackData, unpackId } from '../src/stored.js'

const uuid = randomUUID()

it.each([uuid, uuid.toUpperCase(), 'abcdefghijklmnopqrstuv', ':', '', 'żółw 🐊'])('keeps the id %j', (id) =>
  expect(unpackId(packId(id))).toBe(id),
)

it.each([
  'text',
  '',
  `{"task_id":"${uuid}"}`,
  `${uuid}${uuid}`,
  `\u0001${uuid}\u0001`,
  Uint8Array.of(),
  Uint8Array.of(0xfe, 0xff, 0, 1),
])('keeps the payload %j', (data) => {
  const stored = Buffer.from(packData(data, uuid))
  expect(unpackData(stored, uuid)).toEqual(data)
})

it('leaves out of a payload the id that it is stored under', () => {
  expect(packData(`{"task_id":"${uuid}"}`, uuid)).toBe('{"task_id":"\u0001"}')
})

it('refuses text that would come back as another', () => {
  expect(() => packData('\ud800', uuid)).toThrow('surrogate')
  expect(() => packId('\ud800')).toThrow('surrogate')
})
