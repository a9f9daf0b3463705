import pg from 'pg'
import { PostgresClient } from '../src/index.js'
import { closeAll, serve } from './shaky.js'

afterAll(closeAll)

it('a turn of a queue that has no levels is one statement, as ever, and one with levels is another', async () => {
  const server = await serve()
  const pool = new pg.Pool({ connectionString: server.dsn, max: 1 })
  const asked: string[] = []
  pool.on('error', () => undefined)
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    const note = (...args: unknown[]) => {
      asked.push(String((args[0] as { name?: string }).name).split('.')[1] ?? '')
      return query(...args)
    }
    Object.assign(client, { query: note })
  })
  const client = new PostgresClient(pool)
  const turn = async (queue: string): Promise<[number, Set<string>]> => {
    asked.length = 0
    const taken = await client.reserve([queue], { lease: 30, limit: 5 })
    // A slow look is followed by another one.
    return [taken.length, new Set(asked.filter((name) => name.startsWith('turn')))]
  }
  for (const queue of ['usual', 'levels', 'usual'])
    await client.pushMany(queue, [
      { taskId: `${queue} 1`, data: 'data' },
      { taskId: `${queue} 2`, data: 'data', priority: queue === 'levels' ? 'high' : undefined },
    ])
  expect(await turn('usual')).toEqual([2, new Set(['turn'])])
  // The first row of the usual statement tells that there are levels, and from then on the other is asked at once.
  const [taken, names] = await turn('levels')
  expect([taken, names.has('turn_of_levels')]).toEqual([2, true])
  expect(await turn('levels')).toEqual([0, new Set(['turn_of_levels'])])
  expect(await turn('levels')).toEqual([0, new Set(['turn'])])
  expect(await turn('usual')).toEqual([0, new Set(['turn'])])
  await client.close()
  await pool.end()
})
