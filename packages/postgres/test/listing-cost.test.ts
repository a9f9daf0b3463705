import { namesOf } from '../src/names.js'
import { readSettings } from '../src/settings.js'
import { statementsFor } from '../src/statements.js'
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

it('a page of what waits is read without the rest of what waits', async () => {
  const server = await serve()
  const client = clientOf(server.dsn)
  const items = Array.from({ length: 5000 }, (_, at) => ({ taskId: `task ${at}`, data: 'data' }))
  await client.pushMany('all', items)
  const db = await admin(server)
  await db.query('VACUUM ANALYZE public.alligator_tasks')
  const { list } = statementsFor(namesOf(readSettings({})))
  const { rows } = await db.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${list.waiting.text}`, ['all', '0', 11])
  const [{ Plan: plan }] = rows[0]['QUERY PLAN'] as [{ Plan: Plan }]
  expect(mostRows(plan)).toBeLessThanOrEqual(11)
  expect(
    (await client.listing.list('all', 'waiting', { limit: 10 })).tasks.map(({ taskId }) => taskId),
  ).toEqual(items.slice(0, 10).map(({ taskId }) => taskId))
})
