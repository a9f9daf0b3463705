import type { KeptTallies, Tally } from '@alligator/core'
import {
  TALLY_SPANS,
  type TallyRow,
  checkText,
  keptTallies,
  startOf,
  tallyNumbers,
} from '@alligator/core/backend'
import type { SqliteDatabase } from './driver.js'
import * as sql from './statements.js'

const SPANS = Object.values(TALLY_SPANS)

/** Adds to what was counted of a queue within this minute and this hour, and forgets what is over. */
export function addTally(db: SqliteDatabase, queue: string, tally: Tally, now: number): void {
  const name = checkText(queue, 'queue')
  for (const { length, most } of SPANS) {
    const start = startOf(now, length)
    db.prepare(sql.FORGET_TALLIES).run(length, start - most * length)
    db.prepare(sql.ADD_TALLY).run(name, length, start, ...tallyNumbers(tally))
  }
}

/** The queues of which anything was counted within the last hour. */
export function talliedQueues(db: SqliteDatabase, now: number): string[] {
  const { length, most } = TALLY_SPANS.minutes
  const first = startOf(now, length) - (most - 1) * length
  const rows = db.prepare(sql.TALLIED_QUEUES).raw(true).all(length, first) as [string][]
  return Array.from(rows, ([queue]) => queue).sort()
}

/** What was counted of a queue. */
export function readTallies(db: SqliteDatabase, queue: string, now: number): KeptTallies {
  const rows = db.prepare(sql.TALLIES).raw(true).all(queue) as TallyRow[]
  // Of this realm, where the driver's arrays may be of another.
  return keptTallies(
    now,
    Array.from(rows, ([...row]) => row),
  )
}
