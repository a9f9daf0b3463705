import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Gator } from '@alligator/core'
import { type Server, startPostgres, until } from '@alligator/testbed'
import pg from 'pg'
import { PostgresClient } from '../src/index.js'
import { LIBRARIES, type Library } from './libraries.js'
import { app, complete, nothing } from './tasks.js'

const ROOT = join(__dirname, '../../..')

let server: Server
let look: pg.Client

const titles = async () =>
  (await look.query<{ title: string }>('SELECT title FROM posts')).rows.map(({ title }) => title)

beforeAll(async () => {
  server = await startPostgres()
  look = new pg.Client(server.dsn)
  await look.connect()
  await look.query('CREATE TABLE posts (title text)')
})
afterAll(async () => {
  await look.end()
  await server.close()
})

describe.each(Object.entries(LIBRARIES))('a transaction of %s', (name, open) => {
  let library: Library
  let gator: Gator

  beforeAll(async () => {
    library = await open(server.dsn)
    gator = new Gator(server.dsn, { queueName: name, backendClass: PostgresClient })
    app.transact = async (title, work) => {
      await library.transact(async (tx) => {
        await library.write(tx, title)
        await work(tx)
      })
    }
  })
  afterAll(async () => {
    await gator.close()
    await library.end()
  })
  afterEach(async () => {
    await gator.backend.dropAll(name)
    await look.query('DELETE FROM posts')
  })

  test('a task is on the queue once it commits, and not before', async () => {
    await library.transact(async (transaction) => {
      await gator.options({ transaction }).task(nothing)
      await gator.options({ transaction, delayBy: '1h' }).taskMany(nothing, [[], []])
      expect(await gator.len()).toBe(0)
    })
    expect(await gator.backend.counts(name)).toEqual({ waiting: 1, delayed: 2, running: 0, dead: 0 })
  })

  test('a task that was rolled back never was', async () => {
    const rolledBack = library.transact(async (transaction) => {
      await gator.options({ transaction }).task(nothing)
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect(await gator.len()).toBe(0)
  })

  test('a savepoint that is rolled back takes only what was enqueued in it', async () => {
    await library.transact(async (transaction) => {
      await gator.options({ transaction, taskId: 'stays' }).task(nothing)
      const part = library.savepoint(transaction, async (within) => {
        await gator.options({ transaction: within, taskId: 'goes' }).task(nothing)
        throw new Error('rolled back')
      })
      await expect(part).rejects.toThrow('rolled back')
    })
    const { tasks } = (await gator.backend.listing?.list(name, 'waiting')) ?? {}
    expect(tasks?.map(({ taskId }) => taskId)).toEqual(['stays'])
  })

  test('a task with an id that is held is refused, and the transaction goes on', async () => {
    await gator.options({ taskId: 'held' }).task(complete, 'one')
    await library.transact(async (transaction) => {
      const refused = gator.options({ transaction, taskId: 'held' }).task(complete, 'other')
      await expect(refused).rejects.toMatchObject({ code: 'DUPLICATE_TASK' })
      await gator.options({ transaction }).task(nothing)
    })
    expect(await gator.len()).toBe(2)
  })

  test('a task and what it wrote are done together', async () => {
    await gator.task(complete, 'commit')
    expect(await gator.pop()).toMatchObject({ status: 1 })
    expect(await titles()).toEqual(['commit'])
    expect(await gator.backend.counts(name)).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  test('a task is not done when what it wrote is rolled back', async () => {
    await gator.options({ retries: 1, backoff: 3600 }).task(complete, 'roll back')
    expect(await gator.pop()).toMatchObject({ status: 4 })
    expect(await titles()).toEqual([])
    expect(await gator.backend.counts(name)).toEqual({ waiting: 0, delayed: 1, running: 0, dead: 0 })
  })

  test('a task that another worker has is not completed', async () => {
    await gator.task(nothing)
    const [delivery] = await gator.backend.reserve([name], { lease: 30 })
    if (!delivery) throw new Error('nothing was handed out')
    await gator.backend.release(delivery)
    await gator.backend.reserve([name], { lease: 30 })
    await library.transact(async (tx) => {
      expect(await gator.backend.transactions?.ack(tx, delivery)).toBe(false)
    })
  })

  test('what is no open transaction is refused', async () => {
    for (const transaction of library.closed) {
      const refused = gator.options({ transaction }).task(nothing)
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
    expect(await gator.len()).toBe(0)
  })
})

test('nothing is left of the transactions of a process that was killed', async () => {
  const names = Object.keys(LIBRARIES)
  const client = new PostgresClient(server.dsn)
  for (const name of names) await client.push(name, 'held', '')
  const child = fork(join(__dirname, 'interrupted.ts'), [server.dsn], {
    cwd: ROOT,
    execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
    env: { PATH: process.env['PATH'], TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') },
  })
  const exited = once(child, 'exit')
  const told: string[] = []
  child.on('message', (name: string) => {
    told.push(name)
    if (told.length === names.length) child.kill('SIGKILL')
  })
  await exited
  expect(told.sort()).toEqual(names.sort())
  expect(await titles()).toEqual([])
  for (const name of names)
    expect(await client.counts(name)).toEqual({ waiting: 0, delayed: 0, running: 1, dead: 0 })
  await client.close()
}, 60_000)

test('a store that takes no part in transactions says so', async () => {
  await using gator = new Gator('locmem://transactions')
  const refused = gator.options({ transaction: {} }).task(nothing)
  await expect(refused).rejects.toThrow('"transactions". Use a store that has it: SQLite, PostgreSQL')
})

test('what a transaction enqueues wakes a worker when it commits, where that is asked for', async () => {
  // Nobody looks by himself while this test lasts.
  const open = (options: object) =>
    new Gator(new PostgresClient(server.dsn, { poll: '10m', ...options }), { queueName: 'told' })
  await using gator = open({ notifyInTransaction: true })
  await using worker = open({})
  const reserve = () => worker.backend.reserve(['told'], { lease: 30, wait: 60 })
  const first = reserve()
  await until(async () => {
    const { rows } = await look.query("SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    return rows.length > 0
  }, 20)
  // Once this one has come by a notification, the worker hears them.
  await gator.task(nothing)
  await worker.backend.ack(await first)

  const second = reserve()
  await look.query('BEGIN')
  const { taskId } = await gator.options({ transaction: look }).task(nothing)
  await look.query('COMMIT')
  const [delivery] = await second
  expect(delivery?.taskId).toBe(taskId)
})
