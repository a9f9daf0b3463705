import { MissingBackendError } from '@alligator/core'
import { loadDriver } from '@alligator/core/backend'

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

/** What is used of the class that better-sqlite3 exports. */
export interface SqliteDriver {
  new (path: string, options: { timeout: number }): SqliteDatabase
  readonly prototype: object
}

/** The Node-API that the prebuilt binaries of better-sqlite3 13 are made for. */
const NODE_API = 10

/** Loads better-sqlite3. Throws `MissingBackendError` where it is not installed or cannot run on this Node. */
export async function loadSqlite3(): Promise<SqliteDriver> {
  const driver = await loadDriver('better-sqlite3', async () => (await import('better-sqlite3')).default)
  return checkDriver(driver, Number(process.versions['napi']))
}

/**
 * Refuses a driver that would crash the process: better-sqlite3 13 on a Node with an older Node-API ends in a
 * segmentation fault as soon as a database is opened. Its version is told by `explain`, a method that came with 13,
 * because ES modules cannot read another package's package.json on every Node that we support.
 */
export function checkDriver(driver: SqliteDriver, nodeApi: number): SqliteDriver {
  if (!('explain' in driver.prototype) || nodeApi >= NODE_API) return driver
  throw new MissingBackendError(
    'better-sqlite3',
    `version 13 needs Node-API ${NODE_API} and this Node has ${nodeApi}`,
    'Run `npm install better-sqlite3@12`, or use Node 22.14 or newer.',
  )
}

/** Opens a file. Throws `MissingBackendError` when only the JavaScript half of the driver is there. */
export function openDatabase(driver: SqliteDriver, path: string, busyMilliseconds: number): SqliteDatabase {
  try {
    return new driver(path, { timeout: busyMilliseconds })
  } catch (error) {
    if (!isLoadError(error)) throw error
    const wayOut =
      'Run `npm rebuild better-sqlite3` with the Node that runs this app, and see that install scripts are allowed.'
    throw new MissingBackendError('better-sqlite3', 'its native part does not load', wayOut, error)
  }
}

function isLoadError(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND' || /bindings file/.test(String(message))
}
