import { MikroORM, type EntityManager as MikroManager } from '@mikro-orm/postgresql'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleOnPostgresJs } from 'drizzle-orm/postgres-js'
import knex, { type Knex } from 'knex'
import { Kysely, PostgresDialect, type Transaction as KyselyTransaction, sql as kyselySql } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { Sequelize, type Transaction as SequelizeTransaction } from 'sequelize'
import { DataSource, type EntityManager } from 'typeorm'
import { type PrismaTransaction, openPrisma } from './prisma.js'
import { transact } from './transact.js'

type Work = (tx: object) => Promise<void>

/** A library, and how an app opens a transaction with it, and a part of one. */
export interface Library {
  transact(work: Work): Promise<unknown>
  /** Rejects with what `work` does, by which the part is rolled back. */
  savepoint(tx: object, work: Work): Promise<unknown>
  /** Writes a row of the app. */
  write(tx: object, title: string): Promise<unknown>
  /** What is no open transaction, and looks like one. */
  readonly closed: readonly object[]
  end(): Promise<unknown>
}

const INSERT = 'INSERT INTO posts (title) VALUES ($1)'

/** A savepoint in the words of SQL. */
async function between(run: (sql: string) => Promise<unknown>, work: () => Promise<void>): Promise<void> {
  await run('SAVEPOINT a_part')
  try {
    await work()
    await run('RELEASE SAVEPOINT a_part')
  } catch (error) {
    await run('ROLLBACK TO SAVEPOINT a_part')
    throw error
  }
}

async function ofPg(dsn: string): Promise<Library> {
  const pool = new pg.Pool({ connectionString: dsn })
  const idle = await pool.connect()
  return {
    transact: (work) => transact(pool, ({ transaction }) => work(transaction)),
    savepoint: (tx, work) =>
      between(
        (sql) => (tx as pg.Client).query(sql),
        () => work(tx),
      ),
    write: (tx, title) => (tx as pg.Client).query(INSERT, [title]),
    closed: [pool, idle],
    async end() {
      idle.release()
      await pool.end()
    },
  }
}

/** The least that is asked of a library that is not known. */
async function ofQuery(dsn: string): Promise<Library> {
  const library = await ofPg(dsn)
  const bare = (client: object) => ({
    query: async (text: string, values: unknown[]) => (await (client as pg.Client).query(text, values)).rows,
  })
  const run = (tx: object) => (text: string) => (tx as ReturnType<typeof bare>).query(text, [])
  return {
    ...library,
    transact: (work) => library.transact((client) => work(bare(client))),
    savepoint: (tx, work) => between(run(tx), () => work(tx)),
    write: (tx, title) => (tx as ReturnType<typeof bare>).query(INSERT, [title]),
  }
}

async function ofPostgresJs(dsn: string): Promise<Library> {
  const sql = postgres(dsn, { onnotice: () => undefined })
  return {
    transact: (work) => sql.begin((tx) => work(tx)),
    savepoint: (tx, work) => (tx as postgres.TransactionSql).savepoint((part) => work(part)),
    write: (tx, title) => (tx as postgres.TransactionSql).unsafe(INSERT, [title]),
    closed: [sql],
    end: () => sql.end(),
  }
}

async function ofKnex(dsn: string): Promise<Library> {
  const db = knex({ client: 'pg', connection: dsn })
  return {
    transact: (work) => db.transaction((trx) => work(trx)),
    savepoint: (tx, work) => (tx as Knex.Transaction).transaction((part) => work(part)),
    write: async (tx, title) => (tx as Knex.Transaction)('posts').insert({ title }),
    closed: [db],
    end: () => db.destroy(),
  }
}

async function ofKysely(dsn: string): Promise<Library> {
  const db = new Kysely<object>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: dsn }) }),
  })
  const run = (tx: object) => (text: string) => kyselySql.raw(text).execute(tx as KyselyTransaction<object>)
  return {
    transact: (work) => db.transaction().execute((trx) => work(trx)),
    savepoint: (tx, work) => between(run(tx), () => work(tx)),
    write: (tx, title) =>
      kyselySql`INSERT INTO posts (title) VALUES (${title})`.execute(tx as KyselyTransaction<object>),
    closed: [db],
    end: () => db.destroy(),
  }
}

/** What the two kinds of Drizzle have in common. */
interface DrizzleDatabase {
  transaction(work: (tx: DrizzleDatabase) => Promise<void>): Promise<void>
  execute(query: unknown): Promise<unknown>
}

function ofAnyDrizzle(db: DrizzleDatabase, end: () => Promise<unknown>): Library {
  return {
    transact: (work) => db.transaction((tx) => work(tx)),
    savepoint: (tx, work) => (tx as DrizzleDatabase).transaction((part) => work(part)),
    write: (tx, title) =>
      (tx as DrizzleDatabase).execute(drizzleSql`INSERT INTO posts (title) VALUES (${title})`),
    closed: [db],
    end,
  }
}

async function ofDrizzle(dsn: string): Promise<Library> {
  const pool = new pg.Pool({ connectionString: dsn })
  return ofAnyDrizzle(drizzle(pool) as unknown as DrizzleDatabase, () => pool.end())
}

async function ofDrizzleOnPostgresJs(dsn: string): Promise<Library> {
  const sql = postgres(dsn)
  return ofAnyDrizzle(drizzleOnPostgresJs(sql) as unknown as DrizzleDatabase, () => sql.end())
}

async function ofPrisma(dsn: string): Promise<Library> {
  const prisma = await openPrisma(dsn)
  return {
    transact: (work) => prisma.$transaction((tx) => work(tx)),
    savepoint: (tx, work) =>
      between(
        (sql) => (tx as PrismaTransaction).$executeRawUnsafe(sql),
        () => work(tx),
      ),
    write: (tx, title) => (tx as PrismaTransaction).$executeRawUnsafe(INSERT, title),
    closed: [prisma],
    end: () => prisma.$disconnect(),
  }
}

async function ofTypeOrm(dsn: string): Promise<Library> {
  const source = await new DataSource({ type: 'postgres', url: dsn }).initialize()
  return {
    transact: (work) => source.transaction((manager) => work(manager)),
    savepoint: (tx, work) => (tx as EntityManager).transaction((part) => work(part)),
    write: (tx, title) => (tx as EntityManager).query(INSERT, [title]),
    closed: [source, source.manager, source.createQueryRunner()],
    end: () => source.destroy(),
  }
}

/** The same, in the hands of somebody who begins and commits by himself. */
async function ofQueryRunner(dsn: string): Promise<Library> {
  const source = await new DataSource({ type: 'postgres', url: dsn }).initialize()
  return {
    ...(await ofTypeOrm(dsn)),
    async transact(work) {
      const runner = source.createQueryRunner()
      await runner.startTransaction()
      try {
        await work(runner)
        await runner.commitTransaction()
      } catch (error) {
        await runner.rollbackTransaction()
        throw error
      } finally {
        await runner.release()
      }
    },
    savepoint: (tx, work) => (tx as { manager: EntityManager }).manager.transaction((part) => work(part)),
    end: () => source.destroy(),
  }
}

async function ofMikroOrm(dsn: string): Promise<Library> {
  const orm = await MikroORM.init({
    clientUrl: dsn,
    entities: [],
    discovery: { warnWhenNoEntities: false },
  })
  return {
    transact: (work) => orm.em.fork().transactional((em) => work(em)),
    savepoint: (tx, work) => (tx as MikroManager).transactional((part) => work(part)),
    write: (tx, title) => (tx as MikroManager).execute('INSERT INTO posts (title) VALUES (?)', [title]),
    closed: [orm.em.fork()],
    end: () => orm.close(),
  }
}

async function ofSequelize(dsn: string): Promise<Library> {
  const sequelize = new Sequelize(dsn, { logging: false })
  const ended = await sequelize.transaction()
  await ended.commit()
  return {
    transact: (work) => sequelize.transaction((tx) => work(tx)),
    savepoint: (tx, work) =>
      sequelize.transaction({ transaction: tx as SequelizeTransaction }, (part) => work(part)),
    write: (tx, title) => sequelize.query(INSERT, { bind: [title], transaction: tx as SequelizeTransaction }),
    closed: [sequelize, ended],
    end: () => sequelize.close(),
  }
}

export const LIBRARIES: Readonly<Record<string, (dsn: string) => Promise<Library>>> = {
  pg: ofPg,
  '{ query }': ofQuery,
  'postgres.js': ofPostgresJs,
  Knex: ofKnex,
  Kysely: ofKysely,
  Drizzle: ofDrizzle,
  'Drizzle on postgres.js': ofDrizzleOnPostgresJs,
  Prisma: ofPrisma,
  TypeORM: ofTypeOrm,
  'TypeORM by a QueryRunner': ofQueryRunner,
  MikroORM: ofMikroOrm,
  Sequelize: ofSequelize,
}
