import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { until } from '@alligator/testbed'
import Database from 'better-sqlite3'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { SqliteClient } from '../src/index.js'
import { Folder } from './processes.js'
import { calls, report } from './tasks.js'

const QUEUE = 'all'
const FIFTY = Array.from({ length: 50 }, (_, at) => ({ taskId: `task ${at}`, data: `payload ${at}` }))
let folder: Folder
let clients: SqliteClient[]

beforeEach(() => {
  folder = new Folder()
  clients = []
})
afterEach(async () => {
  for (const client of clients) await client.close()
  folder.remove()
})

function open(source: ConstructorParameters<typeof SqliteClient>[0] = folder.dsn()): SqliteClient {
  const client = new SqliteClient(source)
  clients.push(client)
  return client
}

const modeOf = (name: string) => (statSync(name).mode & 0o777).toString(8)
/** A look at what somebody may have done comes every so many milliseconds. */
const pastTheLook = () => new Promise((resolve) => setTimeout(resolve, 15))

describe('the arguments of tasks are not for everybody on the machine', () => {
  const umask = process.umask()
  beforeEach(() => process.umask(0o022))
  afterEach(() => process.umask(umask))

  test('a new file, its -wal and its -shm can be read by their owner alone', async () => {
    await open().push(QUEUE, 'one', '1')
    expect(['', '-wal', '-shm'].map((end) => modeOf(folder.file() + end))).toEqual(['600', '600', '600'])
  })

  test('a file that is there keeps its mode, so that it can be shared on purpose', async () => {
    writeFileSync(folder.file(), '', { mode: 0o640 })
    await open().push(QUEUE, 'one', '1')
    expect(['', '-wal', '-shm'].map((end) => modeOf(folder.file() + end))).toEqual(['640', '640', '640'])
  })
})

describe('whoever only looks makes nothing', () => {
  test('a file that is not there holds nothing, and is not there afterwards', async () => {
    const client = open()
    expect(await client.counts(QUEUE)).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(await client.listing.queues()).toEqual([])
    expect(await client.directory.workers()).toEqual([])
    expect(existsSync(folder.file())).toBe(false)
    await client.push(QUEUE, 'one', '1')
    expect(await client.len(QUEUE)).toBe(1)
  })

  test("a database of the app's that holds no tasks is left as it is", async () => {
    const db = new Database(folder.file())
    db.exec('CREATE TABLE posts (title)')
    db.close()
    const before = readFileSync(folder.file())
    expect(await open().len(QUEUE)).toBe(0)
    expect(readFileSync(folder.file()).equals(before)).toBe(true)
  })
})

describe('what is done to a file in use is noticed and told', () => {
  const held = async () => (await open().listing.list(QUEUE, 'waiting')).tasks.map(({ taskId }) => taskId)
  const told = (why: string) => ({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(why) })

  test('it is moved: nothing is promised that only the moved file would hold', async () => {
    const client = open()
    await client.push(QUEUE, 'one', '1')
    renameSync(folder.file(), folder.file('moved.db'))
    await pastTheLook()
    await expect(client.push(QUEUE, 'two', '2')).rejects.toMatchObject(told('moved or deleted'))
    expect(await client.push(QUEUE, 'two', '2')).toBe('two')
    expect(await held()).toEqual(['two'])
  })

  test('it is replaced', async () => {
    const client = open()
    await client.push(QUEUE, 'one', '1')
    const other = open(folder.dsn().replace('tasks.db', 'backup.db'))
    await other.push(QUEUE, 'kept', 'k')
    await other.close()
    for (const end of ['', '-wal', '-shm']) rmSync(folder.file() + end)
    renameSync(folder.file('backup.db'), folder.file())
    await pastTheLook()
    await expect(client.len(QUEUE)).rejects.toMatchObject(told('replaced by another one'))
    expect(await held()).toEqual(['kept'])
  })

  test('its tables are dropped', async () => {
    const client = open()
    await client.push(QUEUE, 'one', '1')
    drop()
    await expect(client.push(QUEUE, 'two', '2')).rejects.toMatchObject(told('tables were dropped'))
    expect(await client.push(QUEUE, 'two', '2')).toBe('two')
    expect(await held()).toEqual(['two'])
  })

  test('its tables are dropped and made anew by others: a task goes to the queue that it was meant for', async () => {
    const client = open()
    await client.push('first', 'one', '1')
    await client.push('second', 'two', '2')
    drop()
    const other = open()
    await other.push('second', 'three', '3')
    await client.push('second', 'four', '4')
    expect(await open().listing.find('second', ['three', 'four'])).toHaveProperty('size', 2)
  })

  test('a worker that waits hears of it, and goes on with the new file', async () => {
    const [gator, producer] = [new Gator(folder.dsn()), new Gator(folder.dsn())]
    const worker = new Worker(gator, { logger: silentLogger() })
    const errors: unknown[] = []
    worker.on('*', (event) => errors.push('error' in event && event.error))
    const running = worker.runForever()
    await until(() => existsSync(folder.file()))
    for (const end of ['', '-wal', '-shm']) rmSync(folder.file() + end, { force: true })
    await producer.task(report, 'done')
    await until(() => calls.includes('done'))
    expect(errors).toContainEqual(expect.objectContaining(told('while it was in use')))
    worker.stop()
    await running
    await Promise.all([gator.close(), producer.close()])
  })

  function drop(): void {
    const db = new Database(folder.file())
    for (const name of ['tasks', 'queues', 'meta', 'workers']) db.exec(`DROP TABLE alligator_${name}`)
    db.close()
  }
})

describe('a backup', () => {
  beforeEach(async () => {
    await open().pushMany(QUEUE, FIFTY)
  })
  const kept = (name: string) => open(folder.dsn().replace('tasks.db', name)).len(QUEUE)

  test('by VACUUM INTO holds all tasks', async () => {
    execFileSync(process.execPath, [
      '-e',
      BACKUP,
      require.resolve('better-sqlite3'),
      folder.file(),
      folder.file('b.db'),
    ])
    expect(await kept('b.db')).toBe(50)
  })

  test('by the backup of the driver holds all tasks', async () => {
    const db = new Database(folder.file(), { readonly: true })
    await db.backup(folder.file('b.db'))
    db.close()
    expect(await kept('b.db')).toBe(50)
  })

  test('by a copy holds all tasks when the -wal is copied too, and none without it', async () => {
    copyFileSync(folder.file(), folder.file('without.db'))
    for (const end of ['', '-wal']) copyFileSync(folder.file() + end, folder.file('with.db') + end)
    expect(await kept('with.db')).toBe(50)
    expect(await kept('without.db')).toBe(0)
  })
})

const BACKUP = `
const [, driver, from, to] = process.argv
const db = new (require(driver))(from)
db.prepare('VACUUM INTO ?').run(to)
db.close()`

describe('a -wal', () => {
  const LARGE = 'x'.repeat(1_000_000)
  const size = () => statSync(`${folder.file()}-wal`).size
  let client: SqliteClient
  let reader: Database.Database
  let emitWarning: jest.SpyInstance

  beforeEach(async () => {
    client = open()
    emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation()
    await client.push(QUEUE, 'first', '1')
    reader = new Database(folder.file(), { readonly: true })
  })
  afterEach(() => {
    emitWarning.mockRestore()
    reader.close()
  })
  const write = (taskId: string) => client.push(QUEUE, taskId, LARGE)

  test('that grew beside a reader shrinks when it has ended, and the cause is told meanwhile', async () => {
    const rows = reader.prepare('SELECT * FROM alligator_tasks').iterate()
    rows.next()
    let written = 0
    while (emitWarning.mock.calls.length === 0) await write(`task ${(written += 1)}`)
    expect(emitWarning).toHaveBeenCalledWith(
      expect.stringContaining('somebody keeps reading the file'),
      expect.objectContaining({ code: 'ALLIGATOR_SQLITE_WAL' }),
    )
    expect(size()).toBeGreaterThan(64e6)
    rows.return?.()
    // One commit ends the checkpoint, and the next begins anew.
    await write('last but one')
    await write('last')
    expect(size()).toBeLessThan(16e6)
  })

  test('does not grow without end beside readers of which always one reads', async () => {
    const readers = spawn(process.execPath, ['-e', READERS, require.resolve('better-sqlite3'), folder.file()])
    try {
      await once(readers.stdout, 'data')
      let [written, largest] = [0, 0]
      for (; largest < 64e6 || size() > 16e6; written += 1) {
        await write(`task ${written}`)
        largest = Math.max(largest, size())
      }
      expect(size()).toBeLessThan(largest)
    } finally {
      readers.kill()
      await once(readers, 'exit')
    }
  })
})

const READERS = `
const [, driver, file] = process.argv
const text = 'SELECT * FROM alligator_tasks'
const statements = [1, 2].map(() => new (require(driver))(file, { readonly: true }).prepare(text))
const reads = []
for (let turn = 0; ; turn = 1 - turn) {
  reads[turn]?.return()
  reads[turn] = statements[turn].iterate()
  reads[turn].next()
  if (turn === 1) process.stdout.write('.')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3)
}`

test('the beginning of a reason that is too long is kept', async () => {
  const client = open()
  await client.push(QUEUE, 'one', '1')
  const [delivery] = await client.reserve([QUEUE], { lease: 30 })
  const long = { code: 'ERROR', message: `no: ${'x'.repeat(1_000_000)}`, at: 1, worker: 'w', attempt: 1 }
  if (delivery) await client.bury(delivery, long)
  const [dead] = (await client.listing.list(QUEUE, 'dead')).tasks
  expect(dead?.reason?.message).toMatch(/^no: x+… \(1000004 characters\)$/)
  expect(JSON.stringify(dead?.reason).length).toBeLessThan(25_000)
})
