import { Gator, registerTasks } from '@alligator/core'
import type { TaskView } from '@alligator/core/inspect'
import '../../sqlite/src/index.js'
import { STORES, StoreApp } from './store-app.js'
import { Terminal } from './terminal.js'

const TASKS = 100_000
const BATCH = 10_000

/** Stands for the function of the app. */
function quick(_label: string): void {}

async function fill(dsn: string): Promise<void> {
  registerTasks('tasks', { quick })
  await using gator = new Gator(dsn)
  for (let done = 0; done < TASKS; done += BATCH)
    await gator.taskMany(
      quick,
      Array.from({ length: BATCH }, (_, at): [string] => [String(done + at)]),
    )
}

test('a hundred thousand tasks, in little memory, with progress on a terminal alone', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await fill(app.dsn)
  const little = { NODE_OPTIONS: '--max-old-space-size=40' }
  const run = async (...args: string[]) => {
    const done = app.node([app.bin('alligator'), ...args], { env: { ALLIGATOR_CONN: app.dsn, ...little } })
    expect([await done.ends(), done.stderr]).toEqual([0, ''])
    return done.stdout
  }
  expect(await run('status')).toMatch(/^all +100000 /m)
  const { tasks, next } = JSON.parse(await run('list', '--limit', '1000', '--json')) as {
    tasks: TaskView[]
    next: string
  }
  expect([tasks.length, tasks[999]?.args]).toEqual([1000, ['999']])
  expect(await run('list', '--limit', '1', '--page', next)).toMatch(/tasks#quick +"1000" .*\n\nMore: /)
  expect(await run('check')).toBe('All is well: 100000 checked, and each would run here.\n')
  await using terminal = new Terminal(app, ['check'], undefined, little)
  await terminal.shows(/^Checking: \d+ of 100000 \(\d+ %\)$/)
  expect(await terminal.ends()).toBe(0)
  expect(terminal.lines.filter((line) => line !== '')).toEqual([
    'All is well: 100000 checked, and each would run here.',
  ])
}, 90_000)
