import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { type Contender, floorPayload } from '../../contender.js'

const TABLE = `CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, lease INTEGER NOT NULL DEFAULT 0, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_lease ON jobs (lease, id)`
const CLAIM = `UPDATE jobs SET lease = ? WHERE id IN (SELECT id FROM jobs WHERE lease = 0 ORDER BY id LIMIT ?)
RETURNING id, data`

interface Row {
  readonly id: number
  readonly data: string
}

/** The least that SQLite allows: one transaction deletes what is finished and claims a batch. */
export function open(path: string): Contender {
  const db = new Database(path, { timeout: 10_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec(TABLE)
  const insert = db.prepare('INSERT INTO jobs (data) VALUES (?)')
  const claim = db.prepare<[number, number], Row>(CLAIM)
  const remove = db.prepare('DELETE FROM jobs WHERE id = ?')
  const insertMany = db.transaction((sentAts: readonly number[]) => {
    for (const sentAt of sentAts) insert.run(floorPayload(sentAt))
  })
  const next = db.transaction((done: readonly Row[], limit: number) => {
    for (const { id } of done) remove.run(id)
    return claim.all(Math.round(Date.now() / 1000) + 30, limit)
  })
  return {
    enqueue: (sentAt) => insert.run(floorPayload(sentAt)),
    enqueueMany: (sentAts) => insertMany.immediate(sentAts),
    async work(concurrency, onTask) {
      let stopped = false
      const loop = async () => {
        for (let rows: Row[] = []; !stopped || rows.length > 0;) {
          rows = next.immediate(rows, stopped ? 0 : concurrency)
          for (const { data } of rows) onTask(Number.parseFloat(data))
          if (rows.length === 0) await setTimeout(5)
          else await undefined
        }
      }
      const ended = loop()
      return async () => {
        stopped = true
        await ended
      }
    },
    close: async () => void db.close(),
  }
}
