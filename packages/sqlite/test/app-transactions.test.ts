import Database from 'better-sqlite3'
import { Gator, currentTask, registerTasks } from '@alligator/core'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { sql as drizzleSql } from 'drizzle-orm'
import knex, { type Knex } from 'knex'
import { Kysely, SqliteDialect, type Transaction, sql as kyselySql } from 'kysely'
import { SqliteClient } from '../src/index.js'
import { Folder, actors } from './processes.js'

const INSERT = 'INSERT INTO posts (title) VALUES (?)'

/** What is done in a transaction, one after the other; nothing is awaited where it is over as its function returns. */
type Work = (tx: object) => readonly (() => unknown)[]

/** A library, and how an app works in a transaction with it. */
interface Library {
  /** Works in a transaction, and rolls it back by an error if so told; with what is thrown within it. */
  transact(work: Work, rollBack?: Error): Promise<void>
  /** Works in a savepoint of a transaction, and rolls only that back. */
  savepoint(tx: object, work: Work): unknown
  write(tx: object, title: string): unknown
  /** What is no open transaction, and looks like one. */
  readonly closed: object
  end(): unknown
}

/** For one that ends a transaction as its function returns. */
async function atOnce(
  transact: (body: () => void) => unknown,
  steps: () => readonly (() => unknown)[],
  rollBack?: Error,
): Promise<void> {
  const done: unknown[] = []
  try {
    transact(() => {
      for (const step of steps()) done.push(step())
      if (rollBack) throw rollBack
    })
  } finally {
    await Promise.all(done)
  }
}

async function inTurn(steps: readonly (() => unknown)[], rollBack?: Error): Promise<void> {
  for (const step of steps) await step()
  if (rollBack) throw rollBack
}

const UNDO = new Error('undo this part')

function undone(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (error !== UNDO) throw error
  }
}

function ofBetterSqlite3(file: string): Library {
  const db = new Database(file)
  return {
    transact: (work, rollBack) =>
      atOnce(
        (body) => db.transaction(body)(),
        () => work(db),
        rollBack,
      ),
    savepoint: (tx, work) =>
      undone(() =>
        (tx as Database.Database).transaction(() => {
          for (const step of work(tx)) step()
          throw UNDO
        })(),
      ),
    write: (tx, title) => (tx as Database.Database).prepare(INSERT).run(title),
    closed: db,
    end: () => db.close(),
  }
}

function ofDrizzle(file: string): Library {
  const client = new Database(file)
  const db = drizzle(client)
  type Tx = typeof db
  return {
    transact: async (work, rollBack) => {
      let within: Tx | undefined
      const transact = (body: () => void) =>
        db.transaction((tx) => {
          within = tx as unknown as Tx
          body()
        })
      await atOnce(transact, () => work(within as Tx), rollBack)
    },
    savepoint: (tx, work) =>
      undone(() =>
        (tx as Tx).transaction((part) => {
          for (const step of work(part)) step()
          throw UNDO
        }),
      ),
    write: (tx, title) => (tx as Tx).run(drizzleSql`INSERT INTO posts (title) VALUES (${title})`),
    closed: db,
    end: () => client.close(),
  }
}

function ofKysely(file: string): Library {
  const db = new Kysely<object>({ dialect: new SqliteDialect({ database: new Database(file) }) })
  type Tx = Transaction<object>
  return {
    transact: (work, rollBack) => db.transaction().execute((trx) => inTurn(work(trx), rollBack)),
    async savepoint(tx, work) {
      await kyselySql`SAVEPOINT a_part`.execute(tx as Tx)
      await inTurn(work(tx))
      await kyselySql`ROLLBACK TO SAVEPOINT a_part`.execute(tx as Tx)
    },
    write: (tx, title) => kyselySql`INSERT INTO posts (title) VALUES (${title})`.execute(tx as Tx),
    closed: db,
    end: () => db.destroy(),
  }
}

function ofKnex(file: string): Library {
  const db = knex({ client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true })
  return {
    transact: (work, rollBack) => db.transaction((trx) => inTurn(work(trx), rollBack)),
    savepoint: (tx, work) =>
      (tx as Knex.Transaction)
        .transaction(async (part) => {
          await inTurn(work(part), UNDO)
        })
        .catch((error: unknown) => {
          if (error !== UNDO) throw error
        }),
    write: (tx, title) => (tx as Knex.Transaction)('posts').insert({ title }),
    closed: db,
    end: () => db.destroy(),
  }
}

/** What is used of SQLite of Node.js. */
interface NodeDatabase {
  exec(text: string): void
  prepare(text: string): { run(...values: unknown[]): unknown }
  close(): void
}

function ofNode(file: string): Library {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite' as 'fs') as unknown as {
    DatabaseSync: new (file: string) => NodeDatabase
  }
  const db = new DatabaseSync(file)
  const between = (begin: string, work: () => unknown, undo: string, commit: string) => {
    db.exec(begin)
    try {
      work()
    } catch (error) {
      db.exec(undo)
      throw error
    }
    db.exec(commit)
  }
  return {
    transact: (work, rollBack) =>
      atOnce(
        (body) => between('BEGIN', body, 'ROLLBACK', 'COMMIT'),
        () => work(db),
        rollBack,
      ),
    savepoint: (tx, work) =>
      undone(() =>
        between(
          'SAVEPOINT a_part',
          () => {
            for (const step of work(tx)) step()
            throw UNDO
          },
          'ROLLBACK TO a_part',
          'RELEASE a_part',
        ),
      ),
    write: (_, title) => db.prepare(INSERT).run(title),
    closed: db,
    end: () => db.close(),
  }
}

/** The least that is asked of a library that is not known. */
function ofQuery(file: string): Library {
  const db = new Database(file)
  const query = async (text: string, values: unknown[]) => {
    const statement = db.prepare(text)
    return statement.reader ? statement.all(...values) : void statement.run(...values)
  }
  const tx = { query }
  return {
    async transact(work, rollBack) {
      db.exec('BEGIN')
      try {
        await inTurn(work(tx), rollBack)
        db.exec('COMMIT')
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      }
    },
    async savepoint(_, work) {
      db.exec('SAVEPOINT a_part')
      await inTurn(work(tx))
      db.exec('ROLLBACK TO a_part')
    },
    write: (_, title) => db.prepare(INSERT).run(title),
    closed: {},
    end: () => db.close(),
  }
}

const LIBRARIES: Readonly<Record<string, (file: string) => Library>> = {
  'better-sqlite3': ofBetterSqlite3,
  Drizzle: ofDrizzle,
  Kysely: ofKysely,
  Knex: ofKnex,
  '{ query }': ofQuery,
  // Its databases tell of their transactions since 22.16.
  ...(Number(process.versions.node.split('.')[0]) >= 24 && { 'node:sqlite': ofNode }),
}

const QUEUE = 'all'
let library: Library
let folder: Folder
let look: Database.Database
let gator: Gator

const titles = () => look.prepare('SELECT title FROM posts ORDER BY id').pluck().all()
const counts = () => gator.backend.counts(QUEUE)

async function publish(title: string): Promise<string> {
  return title
}

/** Writes a title and ends, together. */
async function write(title: string, rollBack: boolean): Promise<void> {
  const task = currentTask()
  await library.transact(
    (tx) => [() => library.write(tx, title), () => task?.completeIn(tx)],
    rollBack ? new Error('rolled back') : undefined,
  )
}

/** Is canceled while it runs, before it writes. */
async function writeCanceled(title: string): Promise<void> {
  await gator.cancel(currentTask()?.taskId ?? '')
  await write(title, false).catch((error: unknown) => thrown.push(error))
}

/** Makes a step, writes what that gave, and then one more, which comes too late. */
async function writeInSteps(title: string): Promise<void> {
  const task = currentTask()
  await write((await task?.step('title', () => `${title} in a step`)) ?? '', false)
  await task?.step('late', () => 'never made').catch((error: unknown) => thrown.push(error))
}

const thrown: unknown[] = []

registerTasks('app transactions', { publish, write, writeCanceled, writeInSteps })

beforeEach(() => {
  folder = new Folder()
  look = new Database(folder.file())
  look.pragma('journal_mode = WAL')
  look.exec('CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)')
  gator = new Gator(folder.dsn(), { queueName: QUEUE, backendClass: SqliteClient })
})
afterEach(async () => {
  await gator.close()
  look.close()
  folder.remove()
})

describe.each(Object.entries(LIBRARIES))('a transaction of %s', (_, open) => {
  beforeEach(() => (library = open(folder.file())))
  afterEach(async () => {
    await library.end()
  })

  test('has its tasks on the queue once it commits, in tables that are made in it', async () => {
    await library.transact((transaction) => [
      () => library.write(transaction, 'one'),
      () => gator.options({ transaction }).task(publish, 'one'),
      () => gator.options({ transaction, delayBy: '1h' }).taskMany(publish, [['two'], ['three']]),
    ])
    expect(titles()).toEqual(['one'])
    expect(await counts()).toEqual({ waiting: 1, delayed: 2, running: 0, dead: 0 })
    expect((await gator.pop())?.result).toBe('one')
  })

  test('has a task with a key once, as for all who see it', async () => {
    const seen: unknown[] = []
    const note = (task: { isDuplicate: boolean }) => seen.push(task.isDuplicate)
    await library.transact((transaction) => [
      () =>
        gator
          .options({ transaction, throttle: { key: 'k', every: 60 } })
          .task(publish, 'one')
          .then(note),
      () =>
        gator
          .options({ transaction, debounce: { key: 'k', wait: 60 } })
          .task(publish, 'two')
          .then(note),
      () =>
        gator
          .options({ transaction, unique: { key: 'l', until: 'finished', rerun: true } })
          .task(publish, 'three')
          .then(note),
      () =>
        gator
          .options({ transaction, unique: { key: 'l', until: 'finished', rerun: true } })
          .task(publish, 'four')
          .then(note),
    ])
    expect(seen.filter(Boolean)).toHaveLength(2)
    expect(await counts()).toEqual({ waiting: 1, delayed: 1, running: 0, dead: 0 })
    expect((await gator.pop())?.result).toBe('four')
    expect(await gator.options({ throttle: { key: 'k', every: 60 } }).task(publish, '')).toMatchObject({
      isDuplicate: true,
    })
  })

  test('leaves nothing when it rolls back', async () => {
    const rolledBack = library.transact(
      (transaction) => [
        () => library.write(transaction, 'one'),
        () => gator.options({ transaction }).task(publish, 'one'),
      ],
      new Error('rolled back'),
    )
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect([titles(), await gator.len()]).toEqual([[], 0])
  })

  test('loses what a savepoint takes back, and nothing else', async () => {
    await library.transact((transaction) => [
      () => gator.options({ transaction }).task(publish, 'one'),
      () =>
        library.savepoint(transaction, (part) => [
          () => library.write(part, 'two'),
          () => gator.options({ transaction: part }).task(publish, 'two'),
        ]),
    ])
    expect([titles(), await gator.len()]).toEqual([[], 1])
    expect((await gator.pop())?.result).toBe('one')
  })

  test('ends a task with what it wrote', async () => {
    await gator.task(write, 'written', false)
    expect(await gator.pop()).toMatchObject({ status: 1 })
    expect(titles()).toEqual(['written'])
    expect(await counts()).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  test('goes well with steps that come before it', async () => {
    const { taskId } = await gator.task(writeInSteps, 'written')
    expect(await gator.pop()).toMatchObject({ status: 1 })
    expect(titles()).toEqual(['written in a step'])
    expect(thrown.splice(0)).toEqual([expect.objectContaining({ code: 'INVALID_OPTION' })])
    expect(await gator.lookUp(taskId)).toBeUndefined()
  })

  test('that rolls back leaves the task to be tried again', async () => {
    await gator.options({ retries: 1, backoff: 3600 }).task(write, 'written', true)
    expect(await gator.pop()).toMatchObject({ status: 4 })
    expect(titles()).toEqual([])
    expect(await counts()).toEqual({ waiting: 0, delayed: 1, running: 0, dead: 0 })
  })

  test('is rolled back, with what it wrote, when its worker has lost the task', async () => {
    await gator.task(writeCanceled, 'written')
    await gator.pop()
    expect(thrown.splice(0)).toEqual([expect.objectContaining({ code: 'LEASE_LOST' })])
    expect(titles()).toEqual([])
  })

  test('that is not open is refused', async () => {
    const refused = gator.options({ transaction: library.closed }).task(publish, 'one')
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(await gator.len()).toBe(0)
  })
})

test('a transaction on another file is refused, and nothing is written there', async () => {
  const other = new Database(folder.file('other.db'))
  other.exec('BEGIN')
  const refused = gator.options({ transaction: other }).task(publish, 'one')
  await expect(refused).rejects.toThrow(/The queue is in another database, sqlite:.*tasks\.db/)
  expect(other.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
  other.close()
})

describe('a transaction that is over as its function returns', () => {
  beforeEach(() => (library = ofBetterSqlite3(folder.file())))
  afterEach(() => library.end())

  test('refuses what a middleware hands on too late, and does not join the next one', async () => {
    gator.use({
      async enqueue(tasks, next) {
        await Promise.resolve()
        return next(tasks)
      },
    })
    const db = library.closed as Database.Database
    db.exec('BEGIN')
    const late = gator.options({ transaction: db }).task(publish, 'one')
    db.exec('COMMIT')
    db.exec('BEGIN')
    await expect(late).rejects.toMatchObject({ code: 'NOT_IN_TRANSACTION' })
    db.exec('COMMIT')
    expect(await gator.len()).toBe(0)
  })
})

test('the Database that the client was given can be named as the transaction', async () => {
  const db = new Database(':memory:')
  await using own = new Gator(new SqliteClient(db), { queueName: QUEUE })
  const within = db.transaction(() => ({ pushed: own.options({ transaction: db }).task(publish, 'one') }))
  await within().pushed
  expect((await own.pop())?.result).toBe('one')
  db.close()
})

test('what a process was about to commit when it was killed never was, and what it had committed is', async () => {
  await gator.backend.pushMany(QUEUE, [
    { taskId: 'committed', data: '1' },
    { taskId: 'killed', data: '2' },
  ])
  const [actor] = await actors(['interrupted', folder.dsn(), folder.file()])
  actor?.start()
  await actor?.tells('writes', 'killed')
  await actor?.kill()
  expect(titles()).toEqual(['committed'])
  const { tasks } = (await gator.backend.listing?.list(QUEUE, 'running')) ?? {}
  expect(tasks?.map(({ taskId }) => taskId)).toEqual(['killed'])
  const waiting = (await gator.backend.listing?.list(QUEUE, 'waiting'))?.tasks
  expect(waiting?.map(({ taskId }) => taskId)).toEqual(['after committed'])
})
