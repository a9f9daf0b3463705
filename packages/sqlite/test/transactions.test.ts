import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import Database from 'better-sqlite3'
import { CANCELED, Gator, type Task, registerTasks } from '@alligator/core'
import { SqliteClient } from '../src/index.js'
import { Folder } from './processes.js'

const QUEUE = 'all'
let folder: Folder
let db: Database.Database
let client: SqliteClient
/** The words of transactions that the driver was given. */
let words: string[]

beforeEach(() => {
  folder = new Folder()
  words = []
  const verbose = (text: unknown) => {
    if (/^(BEGIN|COMMIT|ROLLBACK$)/.test(String(text))) words.push(String(text).split(' ')[0] ?? '')
  }
  db = new Database(folder.file(), { verbose })
  db.pragma('journal_mode = WAL')
  client = new SqliteClient(db)
})
afterEach(async () => {
  await client.close()
  db.close()
  folder.remove()
})

const waiting = async () => (await client.listing.list(QUEUE, 'waiting')).tasks.map((task) => task.taskId)

describe('what is asked for at once shares a transaction', () => {
  beforeEach(async () => {
    // Makes the tables.
    await client.dropAll(QUEUE)
    words.length = 0
  })

  test('pushes do, each with its own result', async () => {
    const pushes = [
      client.push(QUEUE, 'one', '1'),
      client.push(QUEUE, 'one', 'something else'),
      client.push(QUEUE, 'one', '1'),
      client.pushMany(QUEUE, [
        { taskId: 'two', data: '2' },
        { taskId: 'one', data: 'something else' },
      ]),
      client.push('half a surrogate \ud800', 'three', '3'),
      client.push(QUEUE, 'four', '4'),
    ]
    const results = await Promise.allSettled(pushes)
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.code)),
    ).toEqual(['one', 'DUPLICATE_TASK', 'one', 'DUPLICATE_TASK', 'INVALID_ARGUMENT', 'four'])
    expect(await waiting()).toEqual(['one', 'four'])
    expect(words).toEqual(['BEGIN', 'COMMIT'])
  })

  test('acks do, with the reserve that follows them', async () => {
    await client.pushMany(
      QUEUE,
      ['one', 'two', 'three'].map((taskId) => ({ taskId, data: taskId })),
    )
    const [one, two] = await client.reserve([QUEUE], { limit: 2, lease: 30 })
    if (!one || !two) throw new Error('nothing was handed out')
    words.length = 0
    const [, , [three]] = await Promise.all([
      client.ack([one]),
      client.ack([two]),
      client.reserve([QUEUE], { limit: 2, lease: 30 }),
    ])
    expect(three?.taskId).toBe('three')
    expect(words).toEqual(['BEGIN', 'COMMIT'])
  })

  test('a look at empty queues opens none', async () => {
    expect(await client.reserve([QUEUE, 'other'], { lease: 30 })).toEqual([])
    expect(words).toEqual([])
  })

  test('a loop of writes leaves the event loop its turns', async () => {
    let turns = 0
    const timer = setInterval(() => (turns += 1))
    for (let at = 0; turns < 3 && at < 1e6; at += 1) await client.push(QUEUE, `task ${at}`, '')
    clearInterval(timer)
    expect(turns).toBe(3)
  })
})

describe("the app's own transaction", () => {
  beforeEach(() => db.exec('CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)'))
  const posts = () => db.prepare('SELECT title FROM posts').pluck().all()

  test('a push within it commits with it', async () => {
    const pushes: Promise<string>[] = []
    db.transaction(() => {
      expect(client.inTransaction).toBe(true)
      db.exec("INSERT INTO posts (title) VALUES ('a post')")
      pushes.push(client.push(QUEUE, 'one', '1'))
      expect(db.prepare('SELECT count(*) FROM alligator_tasks').pluck().get()).toBe(1)
    })()
    expect(client.inTransaction).toBe(false)
    expect(await Promise.all(pushes)).toEqual(['one'])
    expect([posts(), await waiting()]).toEqual([['a post'], ['one']])
  })

  test.each([{}, { secret: 'a secret '.repeat(4) }])(
    'gator.task within it does too, in the same call (%j)',
    async (options) => {
      const announce = jest.fn((title: string) => title)
      registerTasks(`posts ${Object.keys(options).join()}`, { announce })
      const gator = new Gator(client, { queueName: QUEUE, ...options })
      const publish = db.transaction((title: string, fail: boolean) => {
        db.prepare('INSERT INTO posts (title) VALUES (?)').run(title)
        void gator.task(announce, title)
        if (fail) throw new Error('on second thoughts')
      })
      publish('one', false)
      expect(() => publish('two', true)).toThrow('on second thoughts')
      expect(posts()).toEqual(['one'])
      expect((await gator.pop())?.result).toBe('one')
      expect(await gator.pop()).toBeUndefined()
    },
  )

  test('a batch within it is refused at once, which rolls back; so are members of a batch that name it', async () => {
    const announce = (title: string) => title
    registerTasks('posts of a batch', { announce })
    const gator = new Gator(client, { queueName: QUEUE })
    const publish = db.transaction(() => {
      db.exec("INSERT INTO posts (title) VALUES ('a post')")
      void gator.batch({ onDone: [announce, 'done'] }, (batch) => batch.task(announce, 'one'))
    })
    expect(publish).toThrow(
      'The batch cannot join the open transaction: a batch is made in several steps, which takes longer than the transaction ' +
        'may be open. Let the transaction push a task that makes the batch, or enqueue after the commit.',
    )
    expect([posts(), await gator.len()]).toEqual([[], 0])
    const options: object = { transaction: db }
    const made = gator.batch({}, (batch) => batch.options(options).task(announce, 'one'))
    await expect(made).rejects.toMatchObject({ code: 'NOT_IN_TRANSACTION' })
    expect(await gator.len()).toBe(0)
  })

  describe('with middleware', () => {
    const announce = (title: string) => title
    let gator: Gator
    beforeAll(() => registerTasks('posts with middleware', { announce }))
    beforeEach(() => (gator = new Gator(client, { queueName: QUEUE })))

    /** Enqueues within a transaction. */
    function publish(title: string, ends: 'COMMIT' | 'ROLLBACK'): Promise<Task> {
      db.exec('BEGIN')
      db.prepare('INSERT INTO posts (title) VALUES (?)').run(title)
      const pushed = gator.task(announce, title)
      db.exec(ends)
      return pushed
    }

    test('that calls next at once, gator.task within it commits and rolls back with it', async () => {
      const after: string[] = []
      gator.use({
        async enqueue(tasks, next) {
          for (const task of tasks) task.headers = { tenant: 'a' }
          const queued = await next(tasks)
          await new Promise((resolve) => setImmediate(resolve))
          after.push(...queued.map(({ funcArgs }) => String(funcArgs[0])))
          return queued
        },
      })
      gator.use({ enqueue: (tasks, next) => next(tasks) })
      const listener = () => undefined
      subscribe('tracing:alligator:enqueue:start', listener)
      await publish('one', 'COMMIT')
      await publish('two', 'ROLLBACK')
      unsubscribe('tracing:alligator:enqueue:start', listener)
      expect([posts(), after]).toEqual([['one'], ['one', 'two']])
      expect(await gator.pop()).toMatchObject({ result: 'one', headers: { tenant: 'a' } })
      expect(await gator.pop()).toBeUndefined()
    })

    test('that awaits before it calls next, gator.task within it is refused, and nothing is queued', async () => {
      gator.use({ enqueue: (tasks, next) => next(tasks) })
      gator.use({
        async enqueue(tasks, next) {
          await Promise.resolve()
          return next(tasks)
        },
      })
      await expect(publish('one', 'COMMIT')).rejects.toMatchObject({
        code: 'NOT_IN_TRANSACTION',
        message: expect.stringContaining(
          'a middleware awaited something before it called next, which takes longer than the transaction may be ' +
            'open. Let its enqueue call next first, or enqueue after the commit.',
        ) as string,
      })
      expect([posts(), await gator.len()]).toEqual([['one'], 0])
      // Outside of a transaction it may take its time.
      await gator.task(announce, 'two')
      expect(await gator.len()).toBe(1)
    })

    test('that hands on a part at once and the rest later, only that part is queued', async () => {
      gator.use({
        async enqueue([first, ...others], next) {
          return [...(await next(first ? [first] : [])), ...(await next(others))]
        },
      })
      let pushed: Promise<Task[]> | undefined
      db.transaction(() => {
        pushed = gator.taskMany(announce, [['one'], ['two']])
      })()
      await expect(pushed).rejects.toMatchObject({ code: 'NOT_IN_TRANSACTION' })
      expect((await gator.pop())?.result).toBe('one')
      expect(await gator.pop()).toBeUndefined()
    })

    test('that drops the task after a while, gator.task within it is not refused', async () => {
      gator.use({
        async enqueue(_tasks, next) {
          await Promise.resolve()
          return next([])
        },
      })
      expect((await publish('one', 'COMMIT')).status).toBe(CANCELED)
      expect(await gator.len()).toBe(0)
    })
  })

  test('a push within it rolls back with it, even the first one ever, which makes the tables', async () => {
    const failing = db.transaction(() => {
      db.exec("INSERT INTO posts (title) VALUES ('a post')")
      void client.push(QUEUE, 'one', '1')
      throw new Error('on second thoughts')
    })
    for (let times = 0; times < 2; times += 1) {
      expect(failing).toThrow('on second thoughts')
      expect([posts(), await waiting()]).toEqual([[], []])
    }
    await client.push('another', 'two', '2')
    await client.push(QUEUE, 'one', '1')
    expect(await waiting()).toEqual(['one'])
    expect(await client.listing.queues()).toEqual(['all', 'another'])
  })

  test('a batch that is refused within it leaves the rest of it as it is', async () => {
    await client.push(QUEUE, 'one', '1')
    let refused: Promise<string[]> | undefined
    db.transaction(() => {
      db.exec("INSERT INTO posts (title) VALUES ('a post')")
      refused = client.pushMany(QUEUE, [
        { taskId: 'two', data: '2' },
        { taskId: 'one', data: 'something else' },
      ])
      refused.catch(() => {})
      void client.push(QUEUE, 'three', '3')
    })()
    await expect(refused).rejects.toMatchObject({ code: 'DUPLICATE_TASK' })
    expect([posts(), await waiting()]).toEqual([['a post'], ['one', 'three']])
  })

  test('what was asked for before it, or is no push, waits until it has ended', async () => {
    await client.push(QUEUE, 'one', '1')
    const before = client.push(QUEUE, 'before', '2')
    db.exec('BEGIN')
    const during = client.push(QUEUE, 'during', '3')
    const reserved = client.reserve([QUEUE], { lease: 30 })
    await during
    await new Promise((resolve) => setTimeout(resolve, 30))
    db.exec('ROLLBACK')
    expect(await before).toBe('before')
    expect((await reserved)[0]?.taskId).toBe('one')
    expect(await waiting()).toEqual(['before'])
  })

  test('a task of a queue that was rolled back does not get into another one', async () => {
    db.exec('BEGIN')
    void client.push('first', 'one', '1')
    expect(await client.len('first')).toBe(1)
    db.exec('ROLLBACK')
    await client.push('second', 'two', '2')
    await client.push('first', 'three', '3')
    expect([await client.len('first'), await client.len('second')]).toEqual([1, 1])
  })

  test('a commit wakes a reserve that waits', async () => {
    const reserved = client.reserve([QUEUE], { lease: 30, wait: 20 })
    await new Promise((resolve) => setImmediate(resolve))
    db.exec('BEGIN')
    void client.push(QUEUE, 'one', '1')
    await new Promise((resolve) => setTimeout(resolve, 20))
    db.exec('COMMIT')
    expect((await reserved)[0]?.taskId).toBe('one')
  })
})

test('a queue whose first batch was refused has no number that another one gets', async () => {
  const clash = ['1', 'something else'].map((data) => ({ taskId: 'one', data }))
  await expect(client.pushMany('refused', clash)).rejects.toMatchObject({ code: 'DUPLICATE_TASK' })
  const other = new SqliteClient(`sqlite://${folder.file()}`)
  await other.push(QUEUE, 'one', '1')
  await other.close()
  await client.push('refused', 'two', '2')
  expect(await waiting()).toEqual(['one'])
  expect(await client.listing.queues()).toEqual([QUEUE, 'refused'])
})

test("the app's connection is left as it is", async () => {
  db.defaultSafeIntegers(true)
  db.exec('CREATE TABLE posts (id INTEGER PRIMARY KEY)')
  const names = ['synchronous', 'busy_timeout', 'journal_mode', 'user_version', 'foreign_keys']
  const settings = () => names.map((name) => db.pragma(name))
  const before = settings()
  await client.push(QUEUE, 'one', '1')
  const [delivery] = await client.reserve([QUEUE], { lease: 30 })
  expect(delivery?.deliveries).toBe(1)
  expect(await client.counts(QUEUE)).toEqual({ waiting: 0, delayed: 0, running: 1, dead: 0 })
  await client.close()
  expect(db.open).toBe(true)
  expect(settings()).toEqual(before)
})

test('a connection that the app has closed is named as the reason', async () => {
  await client.push(QUEUE, 'one', '1')
  db.close()
  await expect(client.push(QUEUE, 'two', '2')).rejects.toThrow(/database connection is closed/)
  await expect(client.counts(QUEUE)).rejects.toMatchObject({ code: 'CLOSED' })
})

test('a query that the app iterates over is waited for', async () => {
  await client.push(QUEUE, 'one', '1')
  const rows = db.prepare('SELECT 1 UNION SELECT 2').iterate()
  rows.next()
  const pushed = client.push(QUEUE, 'two', '2')
  await new Promise((resolve) => setTimeout(resolve, 20))
  rows.return?.()
  expect(await pushed).toBe('two')
})

test('a rollback journal will do', async () => {
  const databases = [
    new Database(folder.file('journal.db')),
    new Database(folder.file('journal.db')),
  ] as const
  const [one, two] = [new SqliteClient(databases[0]), new SqliteClient(databases[1])]
  for (const id of ['a', 'b', 'c']) {
    const reserved = one.reserve([QUEUE], { lease: 30, wait: 20 })
    await two.push(QUEUE, id, id)
    expect((await reserved)[0]?.taskId).toBe(id)
  }
  expect(databases[0].pragma('journal_mode', { simple: true })).toBe('delete')
  for (const each of [one, two]) await each.close()
  for (const each of databases) each.close()
})
