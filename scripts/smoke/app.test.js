const { Gator } = require('@alligator/core')
const { enqueue } = require('./app.cjs')
const { greet } = require('./greet-cjs.cjs')

test('jest as it comes runs a task of this very module', async () => {
  const gator = new Gator('locmem://')
  await gator.task(greet, 'within jest')
  expect((await gator.pop()).result).toBe('hello within jest')
})

test('jest as it comes enqueues for a worker elsewhere', async () => {
  await expect(enqueue('from jest')).resolves.toBeUndefined()
})
