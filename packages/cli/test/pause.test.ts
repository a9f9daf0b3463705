import type { Pause } from '@alligator/core'
import type { QueueStatus } from '../src/queue-status.js'
import { STORES, StoreApp } from './store-app.js'

test('a queue is paused, seen to be, and resumed; a delayed task is made due; levels are shown', async () => {
  await using app = new StoreApp(STORES.sqlite)
  const { taskId } = await app.json<{ taskId: string }>('enqueue', 'tasks#quick', '["a"]', '--delay', '1h')
  await app.text('enqueue', 'tasks#quick', '["b"]', '--priority', 'high')
  expect(await app.text('pause', '--for', '1h', '--reason', 'the disk is full')).toMatch(
    /^Queue all is paused until \d{4}-.*: the disk is full\n$/,
  )
  const { paused } = await app.json<{ paused: (Pause & { queue: string })[] }>('paused')
  expect(paused).toEqual([expect.objectContaining({ queue: 'all', reason: 'the disk is full' })])
  expect(await app.text('expedite', taskId)).toBe(`${taskId} is due now.\n`)
  const { queues } = await app.json<{ queues: QueueStatus[] }>('status')
  expect(queues).toEqual([
    expect.objectContaining({ waiting: 2, delayed: 0, levels: { high: 1, normal: 1 } }),
  ])
  const shown = await app.text('status')
  expect(shown).toMatch(/^all +2 .* paused$/m)
  expect(shown).toContain('1 high, 1 normal')
  expect(await app.text('list')).toMatch(/waiting +high /)
  await app.run('worker', '--burst')
  expect(app.ran()).toEqual([])
  expect(await app.text('resume')).toBe('Queue all goes on.\n')
  await app.run('worker', '--burst', '--concurrency', '1', '--priorities', 'strict')
  expect(app.ran()).toEqual(['b, try 1', 'a, try 1'])
  await app.text('enqueue', 'tasks#quick', '["c"]', '--priority', 'lowest')
  expect(await app.text('pause', '--task', 'tasks#quick')).toBe(
    'tasks#quick of queue all is paused until it is resumed.\n',
  )
  await app.run('worker', '--burst')
  expect(app.ran()).toHaveLength(2)
  expect(await app.json('paused')).toMatchObject({ paused: [{ queue: 'all', task: 'tasks#quick' }] })
  expect(await app.text('resume', '--task', 'tasks#quick')).toBe('tasks#quick of queue all goes on.\n')
  const there = `sqlite://${app.folder}/there.sqlite3`
  await app.run('move', app.dsn, there)
  expect(await app.json('list', '--conn', there)).toMatchObject({ tasks: [{ priority: 'lowest' }] })
  const gone = await app.run('expedite', taskId)
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('no delayed task')])
}, 90_000)
