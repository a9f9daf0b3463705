import type { AppTransaction } from '@alligator/conformance'
import Database from 'better-sqlite3'

/** Works in a transaction of an app that uses better-sqlite3, on a connection of its own. */
export async function transact(file: string, work: (app: AppTransaction) => Promise<void>): Promise<void> {
  const db = new Database(file)
  try {
    db.pragma('journal_mode = WAL')
    db.exec('BEGIN')
    await work({ transaction: db, run: (sql) => db.exec(sql) })
    db.exec('COMMIT')
  } finally {
    // What has not been committed is rolled back.
    db.close()
  }
}
