import { StoreUnavailableError, StoreUnusableError, hasCode } from '@alligator/core'
import { type Lifecycle, Silence, insist, insistAfter, performance } from '@alligator/core/backend'
import {
  type Driver,
  type OwnConnection,
  type PostgresConnection,
  type PostgresPool,
  adopt,
  connect,
} from './driver.js'
import { type PostgresAddress, parseDsn } from './dsn.js'
import { Leases } from './leases.js'
import { type Names, namesOf } from './names.js'
import { VERSION, createStatements } from './schema.js'
import { type PostgresClientOptions, type Settings, readSettings } from './settings.js'
import { type Statement, type Statements, statementsFor } from './statements.js'
import { isAboutPrepared, isOfHost, leavesDoubt, storeError } from './store-error.js'

/** Makes one statement; `again`: it may have been carried out before. */
export type Ask = <R>(statement: Statement, values: readonly unknown[]) => Promise<R[]>

/** What a transaction has found, until it is known whether it was committed. */
interface Doubt<T> {
  readonly transaction: string
  readonly result: T
}

/** Seconds between two attempts: doubling from the first to the last. */
const PAUSES = { shortest: 0.02, longest: 0.5 }
/** The two halves of the number under which those who create tables wait for each other. */
const CREATING = 'SELECT pg_advisory_xact_lock(1634495587, hashtext($1))'
// By the tables of the catalog: what `to_regclass` says may be older than this transaction.
const SCHEMA: Statement = { text: 'SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1' }
const TABLE: Statement = {
  text: `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`,
}
const BEGIN: Statement = { text: 'BEGIN' }
const COMMIT: Statement = { text: 'COMMIT' }
const ROLLBACK: Statement = { text: 'ROLLBACK' }
const TRANSACTION: Statement = { text: 'SELECT pg_current_xact_id_if_assigned()::text' }
const FATE: Statement = { text: 'SELECT pg_xact_status($1::text::xid8)' }

/**
 * The way to one database: a pool that is opened on first use, or the app's own. Each statement has a time limit; what fails
 * for want of an answer is asked again, on another connection, for twice that time in all.
 */
export class Connection {
  readonly dsn: string
  readonly settings: Settings
  readonly #silence: Silence
  readonly life: Lifecycle
  readonly names: Names
  readonly statements: Statements
  readonly leases: Leases = new Leases()
  readonly #address: PostgresAddress | undefined
  #driver: Driver | undefined
  #opening: Promise<Driver> | undefined
  #preparing: Promise<void> | undefined
  #isPrepared = false
  #hasCreated = false
  /** Whether statements are prepared on the server; not so behind a pooler that takes them to others. */
  #mayName = true

  /** @throws InvalidDsnError, InvalidOptionError */
  constructor(source: string | PostgresPool, options: PostgresClientOptions, life: Lifecycle) {
    this.life = life
    if (typeof source === 'string') this.#address = parseDsn(source)
    else this.#driver = adopt(source)
    this.dsn = typeof source === 'string' ? source : 'postgres://'
    this.settings = readSettings({ ...this.#address?.options, ...options })
    this.#silence = new Silence(this.dsn, life)
    this.names = namesOf(this.settings)
    this.statements = statementsFor(this.names)
  }

  /** Makes a statement, as soon as it can be made. `values` are made anew for each attempt. */
  run<R>(
    statement: Statement,
    values: (again: boolean) => readonly unknown[],
    isDoubtful: boolean = false,
  ): Promise<R[]> {
    return this.insist((ask, again) => ask<R>(statement, values(again || isDoubtful)))
  }

  /** The same for who only wants to know: tables that are not there are not made, and hold nothing. */
  async look<R>(statement: Statement, values: () => readonly unknown[]): Promise<R[]> {
    return (await this.areAbsent()) ? [] : this.run(statement, values)
  }

  /** Asks what needs no tables. */
  async askServer<R>(statement: Statement, values: () => readonly unknown[]): Promise<R[]> {
    return (await this.areAbsent()) ? this.#ask<R>(statement, values()) : this.run<R>(statement, values)
  }

  /** Unix seconds by the server. */
  async now(): Promise<number> {
    const [[now] = [0]] = await this.askServer<[number]>(this.statements.clock, () => [])
    return now
  }

  /** Whether there are no tables yet. What cannot be told is left to the next statement, which repeats itself. */
  async areAbsent(): Promise<boolean> {
    if (this.#isPrepared || this.life.isClosed) return false
    try {
      await this.#open()
      return (await this.#version(this.#ask)) === undefined
    } catch {
      return false
    }
  }

  /** Repeats a step while the server is away, for some time; it is told whether it may have been carried out before. */
  insist<T>(step: (ask: Ask, again: boolean) => Promise<T>): Promise<T> {
    const end = performance.now() + 2000 * this.settings.timeout
    this.life.begin()
    return new Promise((resolve, reject) => {
      const succeed = (value: T) => {
        this.life.end()
        resolve(value)
      }
      const fail = (error: unknown) => {
        this.life.end()
        reject(error)
      }
      const repeat = (error?: unknown) => void this.#repeat(step, end, error).then(succeed, fail)
      if (!this.#isPrepared) return repeat()
      step(this.#ask, false).then(succeed, repeat)
    })
  }

  /**
   * Makes several statements one, and gives what they found: also when the answer to the commit was lost, since the server
   * knows what became of a transaction.
   */
  transact<T>(steps: (ask: Ask) => Promise<T>): Promise<T> {
    let doubt: Doubt<T> | undefined
    return this.insist(async () => {
      if (doubt && (await this.#wasCommitted(doubt))) return doubt.result
      doubt = undefined
      return this.#within(async (ask) => {
        await ask(BEGIN, [])
        const result = await steps(ask)
        const [[transaction] = []] = await ask<[string | null]>(TRANSACTION, [])
        if (transaction) doubt = { transaction, result }
        await ask(COMMIT, [])
        return result
      })
    })
  }

  /** One more connection like this one, not open yet; it belongs to the caller. `undefined`: there is no way to one. */
  async single(): Promise<OwnConnection | undefined> {
    const { single } = await this.#open()
    return single()
  }

  /** Sees to it that the tables are there; gives whether they were made by this client. */
  async ready(): Promise<boolean> {
    if (!this.#isPrepared) await this.insist(async () => undefined)
    return this.#hasCreated
  }

  /** Ends the pool, unless it is the app's. */
  async disconnect(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    if (this.#address) await this.#driver?.pool.end()
  }

  /** What creates the tables, for somebody who may. */
  get sql(): string {
    return createStatements(this.names)
  }

  readonly #ask: Ask = async <R>(statement: Statement, values: readonly unknown[]): Promise<R[]> => {
    const { pool } = this.#driver as Driver
    return this.#query<R>(pool, statement, values)
  }

  async #query<R>(
    target: Pick<PostgresConnection, 'query'>,
    { text, name }: Statement,
    values: readonly unknown[],
  ): Promise<R[]> {
    const config = {
      text,
      values,
      rowMode: 'array',
      query_timeout: Math.ceil(this.settings.timeout * 1000),
    } as const
    const isNamed = name !== undefined && this.#mayName
    this.#silence.ask()
    try {
      const { rows } = await target.query(isNamed ? { ...config, name: this.#nameOf(name) } : config)
      this.#silence.answer()
      return rows as R[]
    } catch (error) {
      if (!isNamed || !isAboutPrepared(error)) throw error
      // Nothing was done.
      this.#mayName = false
      return this.#query(target, { text }, values)
    } finally {
      this.#silence.end()
    }
  }

  /** Apart from the statements of the app, and of clients with other tables. */
  #nameOf(name: string): string {
    const { schema, prefix } = this.settings
    return `${prefix}.${name}.${schema}`
  }

  /** Tries again after a failure, if there was one. */
  #repeat<T>(step: (ask: Ask, again: boolean) => Promise<T>, end: number, failure: unknown): Promise<T> {
    let again = failure !== undefined && leavesDoubt(failure)
    const told = (error: unknown) => {
      if (isOfHost(error)) this.#driver?.nextHost()
      again ||= leavesDoubt(error)
      return storeError(error, this.dsn)
    }
    const attempt = async (): Promise<T> => {
      await this.#prepare()
      if (this.life.isClosed) throw this.life.closedError()
      try {
        return await step(this.#ask, again)
      } catch (error) {
        throw told(error)
      }
    }
    const isPassing = (error: unknown) => hasCode(error, 'STORE_UNAVAILABLE')
    const how = { ...PAUSES, end, isPassing, onTrouble: this.life.tellTrouble }
    return failure === undefined ? insist(attempt, how) : insistAfter(told(failure), attempt, how)
  }

  /** Lends a connection for some statements; one that was not left as it was is ended. */
  async #within<T>(steps: (ask: Ask) => Promise<T>): Promise<T> {
    const connection = await (await this.#open()).pool.connect()
    // What goes wrong meanwhile is told by the statement that is under way.
    connection.on('error', ignore)
    const ask: Ask = (statement, values) => this.#query(connection, statement, values)
    try {
      const result = await steps(ask)
      connection.off('error', ignore)
      connection.release()
      return result
    } catch (error) {
      const isBroken = await ask(ROLLBACK, []).then(
        () => false,
        () => true,
      )
      if (!isBroken) connection.off('error', ignore)
      connection.release(isBroken)
      throw error
    }
  }

  async #wasCommitted({ transaction }: Doubt<unknown>): Promise<boolean> {
    const [[status] = []] = await this.#ask<[string | null]>(FATE, [transaction])
    if (status !== 'in progress') return status === 'committed'
    throw new StoreUnavailableError(
      this.dsn,
      'a transaction whose connection was lost has not ended',
      'What was asked may be tried again.',
    )
  }

  async #open(): Promise<Driver> {
    if (this.#driver || !this.#address) return this.#driver as Driver
    const { timeout, maxConnections } = this.settings
    this.#opening ??= connect(this.#address, timeout, maxConnections).finally(
      () => (this.#opening = undefined),
    )
    const driver = await this.#opening
    if (this.#driver) return this.#driver
    // A connection that ends while nobody uses it is replaced by the pool.
    driver.pool.on('error', () => undefined)
    this.#driver = driver
    return driver
  }

  /** Sees to the tables, once. */
  async #prepare(): Promise<void> {
    if (this.#isPrepared) return
    if (this.life.isClosed) throw this.life.closedError()
    this.#preparing ??= this.#ensureTables().finally(() => (this.#preparing = undefined))
    await this.#preparing
  }

  async #ensureTables(): Promise<void> {
    try {
      await this.#open()
      if ((await this.#version(this.#ask)) === undefined) await this.#createTables()
      await this.#checkVersion()
      this.#isPrepared = true
    } catch (error) {
      if (isOfHost(error)) this.#driver?.nextHost()
      throw storeError(error, this.dsn)
    }
  }

  async #checkVersion(): Promise<void> {
    const version = await this.#version(this.#ask)
    if (version === String(VERSION)) return
    throw new StoreUnusableError(
      this.dsn,
      `its tables have version ${version} and this package knows version ${VERSION}`,
      'Upgrade @alligator/postgres in every process that uses them.',
    )
  }

  /** One process creates them, and the others wait for it. */
  async #createTables(): Promise<void> {
    const { schema, prefix } = this.settings
    try {
      await this.#within(async (ask) => {
        await ask(BEGIN, [])
        await ask({ text: CREATING }, [`${schema}.${prefix}`])
        const isAbsent = (await this.#version(ask)) === undefined
        for (const text of isAbsent ? await this.#missing(ask) : []) await ask({ text }, [])
        await ask(COMMIT, [])
        this.#hasCreated = isAbsent
      })
    } catch (error) {
      if ((error as { code?: unknown }).code !== '42501') throw error
      throw new StoreUnusableError(
        this.dsn,
        `its user may not create the tables (${String((error as Error).message)})`,
        `Let somebody who may run this SQL, which \`alligator migrate --sql\` prints, too:\n\n${this.sql}\n`,
        error,
      )
    }
  }

  /** What creates the tables. To create a schema takes a right of its own, even where it is there. */
  async #missing(ask: Ask): Promise<string[]> {
    const found = await ask(SCHEMA, [this.settings.schema])
    const all = this.sql.split(/;\n(?=\S)/)
    return found.length > 0 ? all.slice(1) : all
  }

  /** `undefined`: there are no tables. */
  async #version(ask: Ask): Promise<string | undefined> {
    const { schema, prefix } = this.settings
    const found = await ask(TABLE, [schema, `${prefix}_meta`])
    if (found.length === 0) return undefined
    const text = `SELECT value FROM ${this.names.meta} WHERE key = 'version'`
    const [[version] = []] = await ask<[string]>({ text }, [])
    return String(version)
  }
}

function ignore(): void {}
