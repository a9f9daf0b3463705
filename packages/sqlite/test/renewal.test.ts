import Database from 'better-sqlite3'
import type { Renewal } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import { SqliteClient } from '../src/index.js'
import { type RenewalData, openRenewer } from '../src/renewer.js'
import { Folder } from './processes.js'

// What a renewal does is proved by the conformance suite.

let folder: Folder

beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.remove())

const dataOf = (renewal: Renewal | undefined) => renewal?.data as RenewalData

test('a file can be renewed by a thread; what nobody else can open, or goes by another clock, cannot', () => {
  expect(new SqliteClient(folder.dsn()).renewal?.module).toMatch(/renewer\.js$/)
  const db = new Database(folder.file())
  expect(new SqliteClient(db).renewal).toBeUndefined()
  db.close()
  expect(new SqliteClient('sqlite://:memory:').renewal).toBeUndefined()
  expect(new SqliteClient(folder.dsn(), { clock: new VirtualClock() }).renewal).toBeUndefined()
})

test('the file is the one that the client opened, also when the process changes its folder', () => {
  const [here, client] = [process.cwd(), new SqliteClient('sqlite://tasks.db')]
  expect(dataOf(client.renewal).address.path).toBe(`${here}/tasks.db`)
})

test('two clients have ranges of numbers that do not meet', () => {
  const [one, two] = [0, 1].map(() => dataOf(new SqliteClient(folder.dsn()).renewal))
  expect(one?.last).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
  expect(Number(one?.last) < Number(two?.first) || Number(two?.last) < Number(one?.first)).toBe(true)
})

test('a renewal waits for whoever writes at the moment', async () => {
  const client = new SqliteClient(`${folder.dsn()}?busy_timeout=50ms`)
  await client.push('all', 'one', 'data')
  const [delivery] = await client.reserve(['all'], { lease: 600 })
  const renewer = await openRenewer(dataOf(client.renewal))
  const other = new Database(folder.file())
  other.exec('BEGIN IMMEDIATE')
  await expect(renewer.renew(['all'], 600)).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
  other.exec('COMMIT')
  await renewer.renew(['all'], 600)
  expect(delivery && (await client.ack([delivery]))).toEqual([])
  other.close()
  await renewer.close()
  await client.close()
})
