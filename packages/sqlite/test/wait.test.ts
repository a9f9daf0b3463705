import { type FSWatcher, watch } from 'node:fs'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'
import { Actor, Folder } from './processes.js'

jest.mock('node:fs', () => {
  const fs = jest.requireActual<typeof import('node:fs')>('node:fs')
  return { ...fs, watch: jest.fn(fs.watch) }
})
const watchFile = watch as unknown as jest.Mock<FSWatcher, Parameters<typeof watch>>
const reallyWatch = jest.requireActual<typeof import('node:fs')>('node:fs').watch

const QUEUE = 'work'
const RESERVE = { lease: 30, wait: 20 }
let folder: Folder

beforeEach(() => {
  folder = new Folder()
})
afterEach(() => {
  watchFile.mockImplementation(reallyWatch)
  folder.remove()
})

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('a push wakes a worker in another process, each time', async () => {
  const TASKS = 30
  const worker = await new Actor('echo', folder.dsn(), TASKS).ready()
  const client = new SqliteClient(folder.dsn())
  worker.start()
  for (let at = 0; at < TASKS; at += 1) {
    await client.push(QUEUE, `task ${at}`, '')
    await worker.tells('got', `task ${at}`)
    await pause(Math.random() * 5)
  }
  await worker.done()
  expect(worker.told('got')).toHaveLength(TASKS)
  await client.close()
})

describe.each([
  [
    'where nothing can be watched',
    () => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    },
  ],
  ['where no event ever comes', () => reallyWatch(__filename)],
  [
    'where watching breaks down',
    () => {
      const watcher = reallyWatch(__filename)
      setImmediate(() => watcher.emit('error', new Error('it broke')))
      return watcher
    },
  ],
])('%s', (_where, broken) => {
  test('a push by somebody else is still noticed', async () => {
    watchFile.mockImplementation(broken as typeof watch)
    const [one, two] = [new SqliteClient(folder.dsn()), new SqliteClient(folder.dsn())]
    for (const id of ['a', 'b', 'c']) {
      const reserved = one.reserve([QUEUE], RESERVE)
      await pause(20)
      await two.push(QUEUE, id, '')
      expect((await reserved)[0]?.taskId).toBe(id)
    }
    expect(watchFile).toHaveBeenCalled()
    await one.close()
    await two.close()
  })
})

test('who waits looks seldom, and watches no longer than that', async () => {
  let statements = 0
  const db = new Database(folder.file(), { verbose: () => (statements += 1) })
  db.pragma('journal_mode = WAL')
  const client = new SqliteClient(db)
  await client.counts(QUEUE)
  const reserved = client.reserve([QUEUE], RESERVE)
  await pause(10)
  statements = 0
  expect(process.getActiveResourcesInfo()).toContain('FSEventWrap')
  await pause(200)
  // One for each look, of which a safe one comes every 250 ms; polling would need dozens.
  expect(statements).toBeLessThanOrEqual(3)
  await client.push(QUEUE, 'one', '')
  expect(await reserved).toHaveLength(1)
  await pause(5)
  expect(process.getActiveResourcesInfo()).not.toContain('FSEventWrap')
  await client.close()
  db.close()
})

test('an event that comes before its commit can be seen is followed by further looks', async () => {
  let onEvent = () => {}
  watchFile.mockImplementation(((_file: string, listener: () => void) => {
    onEvent = listener
    return reallyWatch(__filename)
  }) as typeof watch)
  let looks = 0
  const db = new Database(folder.file(), { verbose: () => (looks += 1) })
  const client = new SqliteClient(db)
  const waiting = client.reserve([QUEUE], RESERVE)
  await pause(10)
  looks = 0
  onEvent()
  for (let turns = 0; looks < 5 && turns < 1000; turns += 1) await pause(1)
  expect(looks).toBeGreaterThanOrEqual(5)
  await client.close()
  expect(await waiting).toEqual([])
  db.close()
})

test('in memory nobody else can push, so nothing is watched', async () => {
  watchFile.mockClear()
  const client = new SqliteClient('sqlite://:memory:')
  const reserved = client.reserve([QUEUE], RESERVE)
  await pause(10)
  await client.push(QUEUE, 'one', '')
  expect(await reserved).toHaveLength(1)
  expect(watchFile).not.toHaveBeenCalled()
  await client.close()
})

test("a commit on the app's own database in memory is noticed", async () => {
  const db = new Database(':memory:')
  const client = new SqliteClient(db)
  const reserved = client.reserve([QUEUE], RESERVE)
  await pause(10)
  db.transaction(() => void client.push(QUEUE, 'one', ''))()
  expect(await reserved).toHaveLength(1)
  await client.close()
  db.close()
})

test('a delay ends while a test runner holds the timers', async () => {
  const client = new SqliteClient(folder.dsn())
  jest.useFakeTimers()
  try {
    await client.push(QUEUE, 'late', '', Date.now() / 1000 + 0.05)
    expect(await client.reserve([QUEUE], RESERVE)).toMatchObject([{ taskId: 'late' }])
  } finally {
    jest.useRealTimers()
    await client.close()
  }
})
