import { VirtualClock } from '@alligator/core/testing'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'
import { Folder } from './processes.js'

const INFO = {
  ...{ id: 'one', name: 'w', queues: ['all'] },
  ...{ concurrency: 3, running: 1, tasksComplete: 2, startedAt: 1.5 },
}

let folder: Folder
let clock: VirtualClock
let client: SqliteClient

beforeEach(() => {
  folder = new Folder()
  clock = new VirtualClock()
  client = new SqliteClient(folder.dsn(), { clock })
})

afterEach(async () => {
  await client.close()
  folder.remove()
})

/** Does something to the file behind the client's back. */
function behind<T>(step: (db: Database.Database) => T): T {
  const db = new Database(folder.file())
  try {
    return step(db)
  } finally {
    db.close()
  }
}

const rows = () => behind((db) => db.prepare('SELECT id FROM alligator_workers').pluck().all())

test('who announces itself removes those whose time is over; a producer writes nothing', async () => {
  await client.directory.announce(INFO, 30)
  await clock.advance(30)
  await client.push('all', 'task', 'data')
  expect(rows()).toEqual(['one'])
  await client.directory.announce({ ...INFO, id: 'two' }, 30)
  expect(rows()).toEqual(['two'])
})

test('a file of an earlier version gets the tables that it lacks, and keeps its tasks', async () => {
  await client.push('all', 'task', 'data')
  await client.close()
  behind((db) => db.exec('DROP TABLE alligator_workers; DROP TABLE alligator_tallies'))
  client = new SqliteClient(folder.dsn(), { clock })
  expect(await client.directory.workers()).toEqual([])
  await client.close()
  behind((db) => db.exec('DROP TABLE alligator_removed'))
  client = new SqliteClient(folder.dsn(), { clock })
  await client.directory.announce(INFO, 30)
  expect(await client.directory.workers()).toEqual([INFO])
  expect(await client.listing.removed('all', ['task'])).toEqual(new Set())
  expect(await client.len('all')).toBe(1)
  await client.close()
  behind((db) => {
    db.exec('DROP TABLE alligator_pauses; DROP INDEX alligator_keys')
    for (const column of ['level', 'ukey']) db.exec(`ALTER TABLE alligator_tasks DROP COLUMN ${column}`)
  })
  client = new SqliteClient(folder.dsn(), { clock })
  await client.pushMany('all', [{ taskId: 'first', data: 'data', priority: 'high' }])
  await client.pausing.pause('all')
  expect(await client.reserve(['all'], { lease: 30 })).toEqual([])
  await client.pausing.resume('all')
  const taken = await client.reserve(['all'], { lease: 30, limit: 2 })
  expect(taken.map(({ taskId }) => taskId)).toEqual(['first', 'task'])
})

test('what is no worker is left out', async () => {
  await client.directory.announce(INFO, 30)
  behind((db) =>
    db.exec("INSERT INTO alligator_workers VALUES ('two', 9e9, 'no JSON'), ('three', 9e9, x'00')"),
  )
  expect(await client.directory.workers()).toEqual([INFO])
})
