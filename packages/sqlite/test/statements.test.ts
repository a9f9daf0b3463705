import Database from 'better-sqlite3'
import { ensureSchema } from '../src/schema.js'
import * as statements from '../src/statements.js'
test('x', () => {
  const db = new Database(':memory:')
  ensureSchema(db, 'sqlite://:memory:')
  const all = { ...statements, ...statements.LIST }
  const out: string[] = []
  for (const [name, sql] of Object.entries(all)) {
    if (typeof sql !== 'string') continue
    const n = sql.split('?').length - 1
    if (!/SELECT|UPDATE|DELETE|INSERT/.test(sql)) continue
    const plan = db.prepare('EXPLAIN QUERY PLAN ' + sql).all(...Array(n).fill(1)) as { detail: string }[]
    out.push(name + '\n' + plan.map((r) => '    ' + r.detail).join('\n'))
  }
  require('fs').writeFileSync('/tmp/sq/plans.txt', out.join('\n'))
})
