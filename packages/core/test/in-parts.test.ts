import { setImmediate as turn } from 'node:timers/promises'
import { inParts, mayPause } from '../src/gator/in-parts.js'
import { Gator } from '../src/index.js'
import { add } from './tasks.js'

const MANY = Array.from({ length: 20_001 }, (_, n): [number, number] => [n, 1])

test('very many are made in parts, and the event loop turns in between', async () => {
  let turns = 0
  const made = inParts(MANY, ([n]) => [n, turns], { pauses: true })
  for (turns = 1; turns < 5; turns += 1) await turn()
  const all = (await made) as [number, number][]
  expect(all.map(([n]) => n)).toEqual(MANY.map(([n]) => n))
  expect(new Set(all.map(([, at]) => at)).size).toBe(5)
})

test('where they must be there at once they are, and what throws ends it', async () => {
  expect(inParts(MANY, ([n]) => n, { pauses: false })).toHaveLength(MANY.length)
  const fails = ([n]: [number, number]) => (n === 15_000 ? Promise.reject(new Error('15000')) : n)
  await expect(inParts(MANY, fails, { pauses: true })).rejects.toThrow('15000')
})

test('there is no pause where a transaction that the app opens meanwhile could take up what is pushed', async () => {
  await using gator = new Gator('locmem://')
  expect(mayPause(gator.backend)).toBe(true)
  expect(mayPause(Object.create(gator.backend, { inTransaction: { value: true } }))).toBe(false)
  expect(mayPause(Object.create(gator.backend, { transactions: { value: {} } }))).toBe(false)
})

test('a large batch is in order on its queue', async () => {
  await using gator = new Gator('locmem://')
  const tasks = await gator.taskMany(add, MANY)
  expect(await gator.len()).toBe(MANY.length)
  const page = await gator.backend.listing?.list('all', 'waiting', { limit: 3 })
  expect(page?.tasks.map(({ taskId }) => taskId)).toEqual(tasks.slice(0, 3).map(({ taskId }) => taskId))
})
