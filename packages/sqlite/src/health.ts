import type { Finding } from '@alligator/core'
import type { SqliteDatabase } from './driver.js'
import { LARGE_WAL, walSize } from './open-file.js'

/** Whether readers and a writer are in each other's way. */
export function journalOf(db: SqliteDatabase): Finding {
  const [mode] = db.prepare('PRAGMA journal_mode').raw().get() as [string]
  const [check, found] = ['journal', `the mode is ${mode}`]
  if (mode === 'wal' || mode === 'memory') return { check, isWell: true, found }
  const advice = 'Whoever reads keeps others from writing: run PRAGMA journal_mode = WAL once.'
  return { check, isWell: false, found, advice }
}

/** Whether the log can be emptied. */
export function logOf(db: SqliteDatabase): Finding {
  const size = db.memory ? 0 : walSize(db.name)
  const [check, found] = ['log', `the -wal file has ${(size / 1e6).toFixed(1)} MB`]
  if (size < LARGE_WAL) return { check, isWell: true, found }
  const advice =
    'Somebody keeps reading the file, so that it cannot be emptied: a query, a transaction, a backup.'
  return { check, isWell: false, found, advice }
}
