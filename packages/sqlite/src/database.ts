/** What is used of a prepared statement of better-sqlite3. */
export interface SqliteStatement {
  run(...parameters: unknown[]): { readonly changes: number }
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
  raw(toggle?: boolean): SqliteStatement
  safeIntegers(toggle?: boolean): SqliteStatement
  readonly reader: boolean
}

/** What is used of a `Database` of better-sqlite3: pass an open one of the app's own to enqueue in its transactions. */
export interface SqliteDatabase {
  readonly name: string
  readonly memory: boolean
  readonly open: boolean
  readonly inTransaction: boolean
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  close(): unknown
}
