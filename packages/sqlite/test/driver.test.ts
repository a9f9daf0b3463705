import Database from 'better-sqlite3'
import { type SqliteDriver, checkDriver, loadSqlite3, openDatabase } from '../src/driver.js'
import type { SqliteDatabase } from '../src/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

test('a Database of better-sqlite3 is what is asked for', () => {
  const database: SqliteDatabase = new Database(':memory:')
  expect(database.prepare('SELECT 1').raw().get()).toEqual([1])
  database.close()
})

test('the installed driver is loaded', async () => {
  expect(await loadSqlite3()).toBe(Database)
})

test('version 12 runs on every Node; version 13 is refused where it would crash the process', () => {
  const Version12 = class {} as unknown as SqliteDriver
  const Version13 = class {
    explain(): void {}
  } as unknown as SqliteDriver
  expect(checkDriver(Version12, 9)).toBe(Version12)
  expect(checkDriver(Version13, 10)).toBe(Version13)
  expect(() => checkDriver(Version13, 9)).toThrow(code('MISSING_BACKEND'))
  expect(() => checkDriver(Version13, 9)).toThrow(/npm install better-sqlite3@12/)
})

test('a driver whose native part is missing or of another Node is told to be rebuilt', () => {
  const failing = (error: Error) =>
    class {
      constructor() {
        throw error
      }
    } as unknown as SqliteDriver
  const errors = [
    Object.assign(new Error('was compiled against a different Node.js'), { code: 'ERR_DLOPEN_FAILED' }),
    Object.assign(new Error('Cannot find module better_sqlite3.node'), { code: 'MODULE_NOT_FOUND' }),
    new Error('Could not locate the bindings file. Tried: build/better_sqlite3.node'),
  ]
  for (const error of errors) {
    expect(() => openDatabase(failing(error), 'a.db', 0)).toThrow(/npm rebuild better-sqlite3/)
    expect(() => openDatabase(failing(error), 'a.db', 0)).toThrow(code('MISSING_BACKEND'))
  }
  expect(() => openDatabase(failing(new TypeError('other')), 'a.db', 0)).toThrow('other')
})

test('an app without the driver is told what to install', async () => {
  jest.doMock('better-sqlite3', () => {
    throw Object.assign(new Error("Cannot find package 'better-sqlite3'"), { code: 'ERR_MODULE_NOT_FOUND' })
  })
  jest.resetModules()
  try {
    const { SqliteClient } = await import('../src/client.js')
    const client = new SqliteClient('sqlite://:memory:')
    await expect(client.len('all')).rejects.toThrow(/npm install better-sqlite3/)
    await client.close()
  } finally {
    jest.dontMock('better-sqlite3')
    jest.resetModules()
  }
})
