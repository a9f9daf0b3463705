import type { Client } from 'pg'
import { namesOf } from '../src/names.js'
import { readSettings } from '../src/settings.js'
import { type Statement, statementsFor } from '../src/statements.js'
import { admin, clientOf, closeAll, serve } from './shaky.js'

afterEach(closeAll)

interface Plan {
  readonly 'Actual Rows': number
  readonly Plans?: readonly Plan[]
}

/** The most rows that any step of a plan has passed on. */
function mostRows({ 'Actual Rows': rows, Plans: below = [] }: Plan): number {
  return Math.max(rows, ...below.map(mostRows))
}

const MANY = 2000

/** The most rows that any step of these statements has passed on. */
async function rowsOf(db: Client, { text }: Statement, values: readonly unknown[]): Promise<number> {
  const { rows } = await db.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...values])
  const [{ Plan: plan }] = rows[0]['QUERY PLAN'] as [{ Plan: Plan }]
  return mostRows(plan)
}

it('a page is read without the rest of what there is', async () => {
  const server = await serve()
  const client = clientOf(server.dsn)
  const items = Array.from({ length: MANY }, (_, at) => ({ taskId: `task ${at}`, data: 'data' }))
  await client.pushMany('all', items)
  const urgent = items.map(({ data }, at) => ({ taskId: `urgent ${at}`, data, priority: 'high' }) as const)
  await client.pushMany('urgent', [...urgent, { taskId: 'last', data: 'data' }])
  // Those that are due first were pushed last, and each ten of them at once.
  const later = Date.now() / 1000 + 3600
  const delayed = items.map(({ data }, at) => {
    return { taskId: `later ${at}`, data, delayUntil: later + Math.floor((MANY - at) / 10) }
  })
  await client.pushMany('all', delayed)
  const db = await admin(server)
  await db.query(`INSERT INTO alligator_batches (queue, node, id, ended)
SELECT 'all', gen_random_uuid(), 'b' || n, CASE WHEN n % 2 = 0 THEN now() + n * interval '1 second' END FROM generate_series(1, ${MANY}) AS n`)
  await db.query('VACUUM ANALYZE')
  const { list, listBatches } = statementsFor(namesOf(readSettings({})))
  const half = new Date((later + MANY / 20) * 1000).toISOString()
  for (const [statement, values] of [
    [list.waiting, ['all', '0', 11]],
    [list.waiting, ['urgent', '0', 11]],
    [list.waiting, ['urgent', String(MANY + 1000), 11]],
    [list.delayed, ['all', '0', 11, '-infinity']],
    [list.delayed, ['all', '0', 11, half]],
    [listBatches.open, ['all', null, 11]],
    [listBatches.open, ['all', 'b5', 11]],
    [listBatches.ended, ['all', '', 11, 'infinity']],
    [listBatches.ended, ['all', 'b5', 11, half]],
  ] as const)
    expect([statement.text, (await rowsOf(db, statement, values)) <= 11]).toEqual([statement.text, true])
  expect(
    (await client.listing.list('all', 'waiting', { limit: 10 })).tasks.map(({ taskId }) => taskId),
  ).toEqual(items.slice(0, 10).map(({ taskId }) => taskId))
})

it('pages of delayed tasks pass over none, whatever they share a moment with', async () => {
  const client = clientOf((await serve()).dsn)
  const from = Date.now() / 1000 + 3600
  const items = Array.from({ length: 60 }, (_, at) => {
    return { taskId: `task ${at}`, data: 'data', delayUntil: from + (at % 3) * 1e-6 + 0.1234567 }
  })
  await client.pushMany('all', items)
  await client.pushMany(
    'all',
    Array.from({ length: 20 }, (_, at) => {
      return { taskId: `parked ${at}`, data: 'data', after: { taskIds: ['task 0'], inAnyCase: false } }
    }),
  )
  const found: string[] = []
  for (let after: string | undefined; ;) {
    const { tasks, next } = await client.listing.list('all', 'delayed', { limit: 7, after })
    found.push(...tasks.map(({ taskId }) => taskId))
    if (next === undefined) break
    after = next
  }
  expect(found.slice(0, 20)).toEqual(items.filter((_, at) => at % 3 === 0).map(({ taskId }) => taskId))
  expect([found.length, new Set(found).size]).toEqual([80, 80])
  expect(found.slice(60).every((id) => id.startsWith('parked'))).toBe(true)
})
