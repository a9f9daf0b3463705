import type { WorkerInfo } from '@alligator/core'
import { checkText, readWorkerInfo } from '@alligator/core/backend'
import type { SqliteDatabase } from './driver.js'
import * as sql from './statements.js'

/** Keeps what a worker says of itself for `ttl` seconds, and forgets those whose time is over at `now`. */
export function announce(db: SqliteDatabase, worker: WorkerInfo, ttl: number, now: number): void {
  const id = checkText(worker.id, 'id')
  db.prepare(sql.FORGET_WORKERS).run(now)
  db.prepare(sql.ANNOUNCE).run(id, now + ttl, JSON.stringify(worker))
}

export function retire(db: SqliteDatabase, id: string): void {
  db.prepare(sql.RETIRE).run(id)
}

/** The workers whose time is not over. */
export function knownWorkers(db: SqliteDatabase, now: number): WorkerInfo[] {
  const rows = db.prepare(sql.WORKERS).raw(true).all(now) as [unknown][]
  return Array.from(rows, ([info]) => readWorkerInfo(String(info)) ?? []).flat()
}
