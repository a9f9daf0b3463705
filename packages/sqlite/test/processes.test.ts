import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@alligator/testbed'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'
import { Actor, Folder, actors } from './processes.js'

const QUEUE = 'work'
let folder: Folder

beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.remove())

test('processes that come at the same time all find the tables', async () => {
  const parts = await Promise.all(
    ['a', 'b', 'c', 'd'].map((id) => new Actor('open', folder.dsn(), id).ready()),
  )
  for (const part of parts) part.start()
  await Promise.all(parts.map((part) => part.done()))
  const client = new SqliteClient(folder.dsn())
  expect([...(await client.listing.find(QUEUE, ['a', 'b', 'c', 'd'])).keys()]).toEqual(['a', 'b', 'c', 'd'])
  await client.close()
})

test('several processes push and work on one file, and each task is seen exactly once', async () => {
  const parts = await actors(
    ['push', folder.dsn(), 2000],
    ['push', folder.dsn(), 2000],
    ['work', folder.dsn(), 1],
    ['work', folder.dsn(), 1],
    ['work', folder.dsn(), 1],
  )
  for (const part of parts) part.start()
  await Promise.all(parts.map((part) => part.done()))
  const pushed = parts.flatMap((part) => part.told('pushed'))
  const acked = parts.flatMap((part) => part.told('acking'))
  expect(pushed).toHaveLength(4000)
  expect(acked.toSorted()).toEqual(pushed.toSorted())
  for (const worker of parts.slice(2)) expect(worker.told('acking').length).toBeGreaterThan(0)
})

test('processes that are killed at any moment lose no task', async () => {
  const told = { pushed: new Set<string>(), acking: new Set<string>() }
  for (let round = 0; round < 5; round += 1) {
    const parts = await actors(
      ['push', folder.dsn(), 1e6],
      ['work', folder.dsn(), 60],
      ['work', folder.dsn(), 60],
    )
    for (const part of parts) part.start()
    const told30 = (what: 'pushed' | 'acking') => parts.some((part) => part.told(what).length > 30)
    await until(() => told30('pushed') && told30('acking'), 20)
    for (const part of parts) {
      await pause(30 + Math.random() * 100)
      await part.kill()
    }
    for (const part of parts) {
      for (const id of part.told('pushed')) told.pushed.add(id)
      for (const id of part.told('acking')) told.acking.add(id)
    }
  }
  const left = new Set<string>()
  const client = new SqliteClient(folder.dsn())
  for (;;) {
    const deliveries = await client.reserve([QUEUE], { limit: 1000, lease: 60, wait: 1.5 })
    if (deliveries.length === 0) break
    for (const { taskId, data } of deliveries) {
      expect(data).toBe(`task ${taskId}`)
      left.add(taskId)
    }
    await client.ack(deliveries)
  }
  expect([...told.pushed].filter((id) => !told.acking.has(id) && !left.has(id))).toEqual([])
  expect(told.pushed.size).toBeGreaterThan(100)
  expect(told.acking.size).toBeGreaterThan(100)
  await client.close()
  const db = new Database(folder.file())
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  db.close()
}, 90_000)
