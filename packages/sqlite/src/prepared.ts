import type { SqliteDatabase, SqliteStatement } from './driver.js'

/** The statements of one connection, each prepared once. */
export class Prepared {
  readonly #db: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(db: SqliteDatabase) {
    this.#db = db
  }

  /** Gives how many rows it changed. */
  run(text: string, ...parameters: readonly unknown[]): number {
    return this.#statement(text).run(...parameters).changes
  }

  /** The first row. */
  get<T>(text: string, ...parameters: readonly unknown[]): T | undefined {
    return this.#statement(text).get(...parameters) as T | undefined
  }

  all<T>(text: string, ...parameters: readonly unknown[]): T[] {
    // The driver makes its arrays in the main context, which is not that of a test under jest; callers see this one.
    return Array.from(this.#statement(text).all(...parameters) as T[])
  }

  #statement(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.#db.prepare(text)
    // The app may have chosen other defaults for its connection.
    if (statement.reader) statement.raw(true).safeIntegers(false)
    this.#statements.set(text, statement)
    return statement
  }
}
