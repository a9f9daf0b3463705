// Any test that mocks the one module with the gator has a queue of its own, and time in its hand.
jest.mock('./gator.js', () => ({ gator: require('@alligator/core/testing').testGator() }))

const { assertNotQueued, assertQueued, drain } = require('@alligator/core/testing')
const { leave } = require('./basket.js')
const { gator } = require('./gator.js')
const { remind, reminded } = require('./reminders.js')

test('an empty basket is no reason to write', async () => {
  await leave('ada@example.com', [])
  await expect(assertNotQueued(gator, remind)).resolves.toBeUndefined()
})

test('a full one is, after three hours', async () => {
  await leave('ada@example.com', ['tea', 'cake'])
  const task = await assertQueued(gator, remind, ['ada@example.com', ['tea', 'cake']])
  expect(task.retries).toBe(2)
  await gator.clock.advance('2h')
  await drain(gator)
  expect(reminded).toEqual([])
  await gator.clock.advance('1h')
  await drain(gator)
  expect(reminded).toEqual(['ada@example.com: tea and cake'])
})

test('a wrong address fails three times, and then for good', async () => {
  await leave('nobody', ['tea'])
  await gator.clock.advance('3h')
  await drain(gator)
  await gator.clock.advance('1m')
  await drain(gator)
  await gator.clock.advance('1m')
  await expect(drain(gator)).rejects.toThrow('"nobody" is not an address')
})
