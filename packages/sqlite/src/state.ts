import type { PutOptions } from '@alligator/core'
import type { SqliteDatabase } from './driver.js'
import * as sql from './statements.js'

/** What is kept under a key at `now`. */
export function getState(db: SqliteDatabase, key: string, now: number): string | undefined {
  const row = db.prepare(sql.GET_STATE).raw(true).get(key, now) as [string] | undefined
  return row?.[0]
}

/** Keeps a value, if what is kept now is as it should be; and forgets some of those whose time is over. */
export function putState(
  db: SqliteDatabase,
  key: string,
  value: string,
  { ifValue, ttl, now }: PutOptions & { readonly now: number },
): boolean {
  if (ifValue !== undefined && (getState(db, key, now) ?? null) !== ifValue) return false
  db.prepare(sql.FORGET_STATE).run(now)
  db.prepare(sql.PUT_STATE).run(key, value, ttl === undefined ? null : now + ttl)
  return true
}

/** Forgets what is kept, if it is what it should be. */
export function deleteState(
  db: SqliteDatabase,
  key: string,
  ifValue: string | undefined,
  now: number,
): boolean {
  const value = getState(db, key, now)
  if (value === undefined || (ifValue !== undefined && value !== ifValue)) return false
  db.prepare(sql.DELETE_STATE).run(key)
  return true
}
