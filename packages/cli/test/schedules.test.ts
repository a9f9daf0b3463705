import type { Schedule } from '@alligator/core'
import { EXPORTS, type ExportName, exportLines } from '../src/schedule-exports.js'
import { timingOf } from '../src/schedule-words.js'
import { STORES, StoreApp } from './store-app.js'
import { Terminal } from './terminal.js'

interface Shown {
  readonly schedules: readonly Record<string, unknown>[]
  readonly missing?: readonly string[]
}

test('schedules are shown in plain words, told to programs, and changed', async () => {
  await using app = new StoreApp(STORES.sqlite)
  expect(await app.text('schedules')).toBe('No schedules.\n')
  await app.inside('declare')
  const lines = (await app.text('schedules')).split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/^ID +WHEN +NEXT +LAST +TASK +RUNS +DROPPED$/),
    expect.stringMatching(/^clean-up +Every 5 minutes +in \S+ +never +tasks#quick +0 +0$/),
    expect.stringMatching(/^digest +At 09:00, Monday through Friday \(Europe\/Berlin\) +in \S+ +never/),
    expect.stringMatching(/^month end +At 00:00, on the last day of the month +in/),
    '',
  ])
  const { schedules } = await app.json<Shown>('schedules')
  expect(schedules[1]).toMatchObject({
    ...{ id: 'digest', queue: 'all', cron: '0 9 * * 1-5', timeZone: 'Europe/Berlin', missed: 'once' },
    ...{ last: null, runs: 0, dropped: 0, paused: false, name: 'tasks#quick', args: ['daily'] },
  })
  expect(await app.text('schedules', 'next', 'digest', '--count', '2')).toMatch(
    /^digest: At 09:00, Monday through Friday \(Europe\/Berlin\)\n( {2}\w{3}, \d\d \w{3,4} \d{4}, 09:00:00 (CET|CEST|GMT\+[12]) {3}in \S+\n){2}$/,
  )
  expect(await app.text('schedules', 'pause', 'clean-up')).toBe('Schedule clean-up is paused.\n')
  expect(await app.text('schedules', 'resume', 'clean-up')).toMatch(
    /^Schedule clean-up is resumed, and ticks in /,
  )
  const ran = await app.json<Shown>('schedules', 'run', 'month end', 'digest', 'none')
  expect(ran).toMatchObject({ schedules: [{ id: 'digest' }, { id: 'month end' }], missing: ['none'] })
  const { tasks } = await app.json<{ tasks: { taskId: string }[] }>('list')
  const pushed = new Set(ran.schedules.map(({ taskId }) => taskId))
  expect(new Set(tasks.map(({ taskId }) => taskId))).toEqual(pushed)
  const missed = await app.run('schedules', 'rm', 'digest', 'none', '--queue', 'all')
  expect(missed).toMatchObject({ code: 1, stdout: 'Schedule digest is removed.\n' })
  expect(missed.stderr).toContain(
    'There is no schedule none on queue all. alligator schedules shows what there is.',
  )
  expect((await app.json<Shown>('schedules')).schedules.map(({ id }) => id)).toEqual([
    'clean-up',
    'month end',
  ])
}, 60_000)

test('schedules fit into a terminal of 80 columns', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.inside('declare')
  await using terminal = new Terminal(app, ['schedules'], { cols: 80, rows: 10 })
  const digest = await terminal.shows(/^digest/)
  expect(digest).toMatch(/^digest +At 09:00, Monday through \S* +in \S+ +never +tasks#quick/)
  expect(await terminal.shows(/^month/)).toMatch(/in \S+ +never +tasks#quick/)
}, 30_000)

function scheduleOf(id: string, changes: Partial<Schedule>): Schedule {
  return { id, queue: 'all', task: { funcArgs: ["it's 100%"] }, ...changes } as Schedule
}

test.each([
  [{ every: 1 }, 'Every second'],
  [{ every: 90 }, 'Every 90 seconds'],
  [{ every: 86_400 }, 'Every day'],
  [{ at: new Date('2026-12-24T18:00Z') }, 'Once, at 2026-12-24T18:00:00Z'],
  [{ cron: '@daily' }, 'At 00:00'],
  [{ cron: '0 9 * * *', timeZone: 'Asia/Tokyo' }, 'At 09:00 (Asia/Tokyo)'],
  [{ cron: 'what it does not know' }, 'what it does not know'],
  [{ error: new Error('bad signature') }, '(sealed with another secret)'],
])('%j is %s in words', (changes, words) => {
  expect(timingOf(scheduleOf('a', changes))).toBe(words)
})

const EXPORTED = [
  scheduleOf('Daily digest', { cron: '0 9 * * 0-5', timeZone: 'Europe/Berlin' }),
  scheduleOf('poll', { every: 900 }),
  scheduleOf('each second', { every: 1 }),
  scheduleOf('last day', { cron: '0 0 L * *' }),
]
const exported = (form: ExportName) => exportLines(form, EXPORTED, () => 'src/mails#send')

test('schedules are written as a crontab', () => {
  expect(exported('crontab')).toEqual([
    '# each second: left out, it has no form with 5 fields',
    '# last day: left out, it has no form with 5 fields',
    '# Daily digest',
    'CRON_TZ=Europe/Berlin',
    String.raw`0 9 * * 0-5 alligator enqueue 'src/mails#send' '["it'\''s 100\%"]' --queue 'all'`,
    '# poll',
    'CRON_TZ=UTC',
    String.raw`*/15 * * * * alligator enqueue 'src/mails#send' '["it'\''s 100\%"]' --queue 'all'`,
  ])
})

test('schedules are written for Amazon EventBridge, Vercel and Kubernetes', () => {
  const [, , digest = ''] = exported('eventbridge')
  expect(JSON.parse(digest)).toMatchObject({
    Name: 'Daily-digest',
    ScheduleExpression: 'cron(0 9 ? * 1-6 *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
  })
  expect(JSON.parse(exported('vercel').slice(2).join('\n'))).toEqual({
    crons: [
      { path: '/api/cron/Daily%20digest', schedule: '0 9 * * 0-5' },
      { path: '/api/cron/poll', schedule: '*/15 * * * *' },
    ],
  })
  expect(exported('k8s')).toEqual(
    expect.arrayContaining([
      'metadata: { name: "daily-digest" }',
      '  schedule: "0 9 * * 0-5"',
      '  timeZone: "Europe/Berlin"',
    ]),
  )
  expect(EXPORTS).toEqual(['crontab', 'eventbridge', 'vercel', 'k8s'])
})
