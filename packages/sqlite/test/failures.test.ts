import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'
import { Folder } from './processes.js'

const QUEUE = 'all'
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

function open(source: ConstructorParameters<typeof SqliteClient>[0]): SqliteClient {
  const client = new SqliteClient(source)
  clients.push(client)
  return client
}

describe('a file that cannot be used says why, and what to do', () => {
  const refused = async (dsn: string) => {
    const error: unknown = await open(dsn)
      .push(QUEUE, 'one', '1')
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    return error as { code: string; message: string; cause: unknown }
  }

  test('a folder that does not exist', async () => {
    const error = await refused(`sqlite://${folder.path}/nowhere/tasks.db`)
    expect(error).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('Create the folder'),
    })
    expect(error.message).toContain('nowhere/tasks.db')
  })

  test('a folder in place of a file', async () => {
    mkdirSync(folder.file())
    const error = await refused(folder.dsn())
    expect(error).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('cannot be opened'),
    })
  })

  test('a file that is no database', async () => {
    writeFileSync(folder.file(), 'Dear diary, '.repeat(1000))
    const error = await refused(folder.dsn())
    expect(error).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('not a database'),
    })
    expect(readFileSync(folder.file(), 'utf8')).toMatch(/^Dear diary/)
  })

  test('tables of a newer version', async () => {
    await open(folder.dsn()).push(QUEUE, 'one', '1')
    const db = new Database(folder.file())
    db.exec("UPDATE alligator_meta SET value = 99 WHERE key = 'version'")
    db.close()
    const error = await refused(folder.dsn())
    expect(error).toMatchObject({ code: 'STORE_UNUSABLE', message: expect.stringContaining('Upgrade') })
  })

  test('a connection that only reads', async () => {
    await open(folder.dsn()).push(QUEUE, 'one', '1')
    const db = new Database(folder.file(), { readonly: true })
    const client = open(db)
    await expect(client.push(QUEUE, 'two', '2')).rejects.toMatchObject({ code: 'STORE_UNUSABLE' })
    expect(await client.len(QUEUE)).toBe(1)
    db.close()
  })

  test('a file without permission to write', async () => {
    const first = open(folder.dsn())
    await first.push(QUEUE, 'one', '1')
    await first.close()
    chmodSync(folder.path, 0o755)
    chmodSync(folder.file(), 0o444)
    // To the superuser every file can be written.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.('nobody')
    try {
      expect(await refused(folder.dsn())).toMatchObject({ code: 'STORE_UNUSABLE' })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  test('a damaged file', async () => {
    const client = open(folder.dsn())
    const items = Array.from({ length: 500 }, (_, at) => ({ taskId: `task ${at}`, data: 'x'.repeat(500) }))
    await client.pushMany(QUEUE, items)
    await client.close()
    const bytes = readFileSync(folder.file())
    bytes.fill(0xff, 4096)
    writeFileSync(folder.file(), bytes)
    expect(await refused(folder.dsn())).toMatchObject({ code: 'STORE_UNUSABLE' })
  })

  test('each of several calls is told the same', async () => {
    writeFileSync(folder.file(), 'Dear diary, '.repeat(1000))
    const client = open(folder.dsn())
    const calls = await Promise.allSettled([
      client.counts(QUEUE),
      client.push(QUEUE, 'one', '1'),
      client.listing.queues(),
    ])
    for (const call of calls) expect(call).toMatchObject({ reason: { code: 'STORE_UNUSABLE' } })
  })

  test('what was mended in the meantime works', async () => {
    const client = open(`sqlite://${folder.path}/later/tasks.db`)
    await expect(client.push(QUEUE, 'one', '1')).rejects.toMatchObject({ code: 'STORE_UNUSABLE' })
    mkdirSync(`${folder.path}/later`)
    expect(await client.push(QUEUE, 'one', '1')).toBe('one')
  })
})

describe('a full store', () => {
  let db: Database.Database

  beforeEach(async () => {
    db = new Database(folder.file())
    db.pragma('journal_mode = WAL')
    const client = open(db)
    // Of this size, so that pages hold four of them and have no room for more: to hand one out is to make it larger.
    await client.pushMany(
      QUEUE,
      Array.from({ length: 50 }, (_, at) => ({ taskId: `task ${at}`, data: 'x'.repeat(990) })),
    )
  })
  afterEach(() => db.close())
  const fill = () => db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`)

  test('writes nothing of a batch, and says so', async () => {
    const client = open(db)
    const items = Array.from({ length: 50 }, (_, at) => ({ taskId: `more ${at}`, data: 'y'.repeat(1000) }))
    fill()
    await expect(client.pushMany(QUEUE, items)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await client.len(QUEUE)).toBe(50)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  test('does what makes room, though asked for together with what has none', async () => {
    const client = open(db)
    const deliveries = await client.reserve([QUEUE], { limit: 20, lease: 30 })
    fill()
    const large = { taskId: 'large', data: 'z'.repeat(200_000) }
    const results = await Promise.allSettled([
      client.pushMany(QUEUE, [large]),
      client.ack(deliveries),
      client.push(QUEUE, 'small', 's'),
    ])
    expect(results.map((result) => (result.status === 'fulfilled' ? 'done' : result.reason.code))).toEqual([
      'STORE_FULL',
      'done',
      'done',
    ])
    expect(await client.counts(QUEUE)).toEqual({ waiting: 31, delayed: 0, running: 0, dead: 0 })
  })

  test('hands out nothing when it has no room to note it', async () => {
    const client = open(db)
    fill()
    await expect(client.reserve([QUEUE], { limit: 50, lease: 30 })).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    expect(await client.counts(QUEUE)).toEqual({ waiting: 50, delayed: 0, running: 0, dead: 0 })
  })

  test("within the app's transaction, the app decides", async () => {
    const client = open(db)
    fill()
    db.exec('BEGIN')
    const large = client.push(QUEUE, 'large', 'z'.repeat(200_000))
    await expect(large).rejects.toMatchObject({ code: 'STORE_FULL' })
    if (db.inTransaction) db.exec('COMMIT')
    expect(await client.len(QUEUE)).toBe(50)
  })
})

describe('a locked file', () => {
  let other: Database.Database

  beforeEach(async () => {
    await open(folder.dsn()).push(QUEUE, 'one', '1')
    other = new Database(folder.file())
    other.exec('BEGIN IMMEDIATE')
  })
  afterEach(() => other.close())

  test('is waited for, with the event loop free and reading possible', async () => {
    const client = open(folder.dsn())
    const pushed = client.push(QUEUE, 'two', '2')
    const reserved = client.reserve([QUEUE], { limit: 5, lease: 30 })
    for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(await client.len(QUEUE)).toBe(1)
    other.exec('COMMIT')
    expect(await pushed).toBe('two')
    expect((await reserved).map((delivery) => delivery.taskId)).toEqual(['one', 'two'])
  })

  test('is given up in the end, and may be tried again', async () => {
    const client = open(folder.dsn('?busy_timeout=50ms'))
    const attempts = await Promise.allSettled([
      client.push(QUEUE, 'two', '2'),
      client.push(QUEUE, 'three', '3'),
    ])
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
      expect(String((attempt as PromiseRejectedResult).reason)).toContain('busy_timeout')
    }
    other.exec('COMMIT')
    expect(await client.push(QUEUE, 'two', '2')).toBe('two')
    expect(await client.len(QUEUE)).toBe(2)
  })

  test('lets a close wait for what was asked for before', async () => {
    const client = open(folder.dsn())
    const pushed = client.push(QUEUE, 'two', '2')
    const closed = client.close()
    await new Promise((resolve) => setTimeout(resolve, 10))
    other.exec('COMMIT')
    expect(await pushed).toBe('two')
    await closed
    await expect(client.len(QUEUE)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

test('a transaction of the app that does not end is named as the reason', async () => {
  const db = new Database(folder.file())
  const client = open(db)
  await client.push(QUEUE, 'one', '1')
  jest.spyOn(performance, 'now').mockImplementation(() => Date.now() * 1000)
  db.exec('BEGIN')
  try {
    await expect(client.byId.remove(QUEUE, 'one')).rejects.toThrow(/the app's transaction on this connection/)
  } finally {
    jest.restoreAllMocks()
    db.close()
  }
})

test('a password in a DSN is not shown', async () => {
  const client = open(`sqlite://user:hunter2@${folder.path}/nowhere/tasks.db`)
  await expect(client.len(QUEUE)).rejects.toThrow(expect.not.stringContaining('hunter2'))
})
