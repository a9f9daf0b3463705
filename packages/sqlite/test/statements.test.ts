import { randomUUID } from 'node:crypto'
import { Task } from '@alligator/core'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'
import { ensureSchema } from '../src/schema.js'
import * as statements from '../src/statements.js'
import { Folder } from './processes.js'

const { LIST, ...others } = statements
const ROWS = 3
/** Those for a number of rows, for so many. */
const all = Object.entries({ ...others, ...LIST })
  .map(([name, text]): [string, string] => [name, typeof text === 'function' ? text(ROWS) : String(text)])
  .filter(([, text]) => /SELECT|UPDATE|DELETE/.test(text))

function openFilled(): Database.Database {
  const db = new Database(':memory:')
  ensureSchema(db, 'sqlite://:memory:')
  const insert = db.prepare('INSERT INTO alligator_tasks (queue, id, due, data) VALUES (?, ?, ?, ?)')
  const dues = [0, 0, 0, 0, 0, 0, 2e9, -2e9, null]
  db.transaction(() => {
    db.exec("INSERT INTO alligator_queues (name) VALUES ('one'), ('two')")
    for (let at = 0; at < 9000; at += 1) insert.run((at % 2) + 1, randomUUID(), dues[at % 9], 'payload')
  })()
  return db
}

function plan(db: Database.Database, text: string): string[] {
  const parameters = Array.from({ length: text.split('?').length - 1 }, () => 1)
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...parameters) as { detail: string }[]
  return rows.map((row) => row.detail)
}

describe.each(['', 'ANALYZE'])(
  'no statement scans the tasks, whatever SQLite knows of them (%s)',
  (statistics) => {
    const db = openFilled()
    afterAll(() => db.close())
    if (statistics) db.exec(statistics)

    test.each(all)('%s', (_name, text) => {
      const steps = plan(db, text)
      expect(steps.filter((step) => step.startsWith('SCAN alligator_tasks'))).toEqual([])
    })

    test('what is waiting or dead comes in order, without sorting', () => {
      for (const text of [statements.FIRST, LIST.dead])
        expect(plan(db, text)).toEqual([
          expect.stringMatching(/^SEARCH alligator_tasks USING INDEX alligator_due/),
        ])
    })

    test('to look for what is due reads the index alone', () => {
      for (const text of [statements.NEXT_DUE, statements.OVER]) {
        const searches = plan(db, text).filter((step) => step.includes('alligator_tasks'))
        expect(searches.every((step) => step.includes('COVERING INDEX alligator_due (queue=? AND due'))).toBe(
          true,
        )
      }
    })
  },
)

test('a waiting task of 135 bytes takes at most 220, indexes included', async () => {
  const folder = new Folder()
  const client = new SqliteClient(folder.dsn())
  const TASKS = 20_000
  const items = Array.from({ length: TASKS }, () => ({ taskId: new Task().taskId, data: 'x'.repeat(135) }))
  await client.pushMany('all', items)
  const db = new Database(folder.file())
  const [pages, size] = ['page_count', 'page_size'].map((name) => Number(db.pragma(name, { simple: true })))
  expect((Number(pages) * Number(size)) / TASKS).toBeLessThanOrEqual(220)
  db.close()
  await client.close()
  folder.remove()
})
