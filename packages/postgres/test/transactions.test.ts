import { Gator } from '@alligator/core'
import { type Server, startPostgres } from '@alligator/testbed'
import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleOnPostgresJs } from 'drizzle-orm/postgres-js'
import knex from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { PostgresClient } from '../src/index.js'
import { app, complete, nothing } from './tasks.js'

/** A library, and how an app opens a transaction with it. */
interface Library {
  transact(work: (tx: object) => Promise<void>): Promise<unknown>
  /** What is no open transaction, and looks like one. */
  readonly closed: object
  end(): Promise<unknown>
}

async function ofPg(dsn: string): Promise<Library> {
  const pool = new pg.Pool({ connectionString: dsn })
  return {
    async transact(work) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await work(client)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    closed: pool,
    end: () => pool.end(),
  }
}

/** The least that is asked of a library that is not known. */
async function ofQuery(dsn: string): Promise<Library> {
  const library = await ofPg(dsn)
  const bare = (client: object) => ({
    query: async (text: string, values: unknown[]) => (await (client as pg.Client).query(text, values)).rows,
  })
  return { ...library, transact: (work) => library.transact((client) => work(bare(client))) }
}

async function ofPostgresJs(dsn: string): Promise<Library> {
  const sql = postgres(dsn, { onnotice: () => undefined })
  return { transact: (work) => sql.begin((tx) => work(tx)), closed: sql, end: () => sql.end() }
}

async function ofKnex(dsn: string): Promise<Library> {
  const db = knex({ client: 'pg', connection: dsn })
  return { transact: (work) => db.transaction((trx) => work(trx)), closed: db, end: () => db.destroy() }
}

async function ofKysely(dsn: string): Promise<Library> {
  const db = new Kysely<object>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: dsn }) }),
  })
  return {
    transact: (work) => db.transaction().execute((trx) => work(trx)),
    closed: db,
    end: () => db.destroy(),
  }
}

async function ofDrizzle(dsn: string): Promise<Library> {
  const pool = new pg.Pool({ connectionString: dsn })
  const db = drizzle(pool)
  return { transact: (work) => db.transaction((tx) => work(tx)), closed: {}, end: () => pool.end() }
}

async function ofDrizzleOnPostgresJs(dsn: string): Promise<Library> {
  const sql = postgres(dsn)
  const db = drizzleOnPostgresJs(sql)
  return { transact: (work) => db.transaction((tx) => work(tx)), closed: {}, end: () => sql.end() }
}

const LIBRARIES = {
  pg: ofPg,
  '{ query }': ofQuery,
  'postgres.js': ofPostgresJs,
  Knex: ofKnex,
  Kysely: ofKysely,
  Drizzle: ofDrizzle,
  'Drizzle on postgres.js': ofDrizzleOnPostgresJs,
}

let server: Server

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

describe.each(Object.entries(LIBRARIES))('a transaction of %s', (name, open) => {
  let library: Library
  let gator: Gator

  beforeAll(async () => {
    library = await open(server.dsn)
    gator = new Gator(server.dsn, { queueName: name, backendClass: PostgresClient })
    app.transact = async (work) => {
      await library.transact(work)
    }
  })
  afterAll(async () => {
    await gator.close()
    await library.end()
  })
  afterEach(() => gator.backend.dropAll(name))

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
    expect(await gator.backend.counts(name)).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  test('a task is not done when what it wrote is rolled back', async () => {
    await gator.options({ retries: 1, backoff: 3600 }).task(complete, 'roll back')
    expect(await gator.pop()).toMatchObject({ status: 4 })
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
    const refused = gator.options({ transaction: library.closed }).task(nothing)
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

test('a store that takes no part in transactions says so', async () => {
  await using gator = new Gator('locmem://transactions')
  const refused = gator.options({ transaction: {} }).task(nothing)
  await expect(refused).rejects.toThrow('"transactions". Use a store that has it: PostgreSQL')
})
