import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'alligator-dead-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('one dead letter whose reason nobody can read does not hide the others', async () => {
  const path = join(folder, 'tasks.db')
  const client = new SqliteClient(`sqlite://${path}`)
  await client.pushMany('all', [
    { taskId: 'one', data: '1' },
    { taskId: 'two', data: '2' },
  ])
  const honest = { code: 'ERROR', message: 'boom', stack: undefined, at: 1, worker: 'w', attempt: 1 }
  for (const delivery of await client.reserve(['all'], { lease: 30, limit: 2 }))
    await client.bury(delivery, honest)
  const db = new Database(path)
  db.exec(`UPDATE alligator_tasks SET reason = '{"message":{"status":500' WHERE data = '1'`)
  db.close()
  const { tasks } = await client.listing.list('all', 'dead')
  expect(tasks.map(({ taskId, reason }) => [taskId, reason?.message])).toEqual([
    ['one', 'what is kept of the error cannot be read'],
    ['two', 'boom'],
  ])
  await client.close()
})
