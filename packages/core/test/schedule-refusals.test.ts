import { type EnqueueOptions, type ScheduleSpec } from '../src/index.js'
import { testGator } from '../src/testing.js'
import { add } from './tasks.js'

describe('what cannot be is refused in clear words', () => {
  const gator = testGator()
  const call = (id: string, spec: unknown, options?: object) =>
    (async () => gator.schedule(id, spec as ScheduleSpec, options).task(add, 1, 2))()

  test.each([
    ['', '@daily', {}, 'Option id (of a schedule) cannot be "". Pass text of 1 to 200 characters'],
    ['x'.repeat(201), '@daily', {}, 'Pass text of 1 to 200 characters'],
    [
      'a',
      '61 * * * *',
      {},
      'cannot be "61 * * * *". Invalid value for minute: 61. A cron expression has 5 fields',
    ],
    ['a', 'daily', {}, 'A cron expression has 5 fields (minute, hour, day, month, weekday), or 6'],
    ['a', '0 0 1 1 * * 2027', {}, 'A cron expression has 5 fields'],
    ['a', '0 0 30 2 *', {}, 'No date fits it: it would never run.'],
    ['a', 'x'.repeat(300), {}, 'Pass at most 255 characters.'],
    [
      'a',
      '@daily',
      { timeZone: 'Europe/Bonn' },
      'Option timeZone cannot be "Europe/Bonn". Pass the IANA name',
    ],
    ['a', { every: '1h' }, { timeZone: 'UTC' }, 'It is for cron expressions: leave it out.'],
    ['a', { every: '500ms' }, {}, 'of 1 s or more'],
    ['a', { every: '1 fortnight' }, {}, 'Option every cannot be'],
    ['a', { at: 'tomorrow' }, {}, 'Option at cannot be "tomorrow". Pass a Date or Unix seconds.'],
    ['a', { at: Date.UTC(2026, 0, 1) }, {}, 'That can only be milliseconds'],
    [
      'a',
      { every: '1h', at: new Date() },
      {},
      "Pass a cron expression such as '0 9 * * 1-5', { every: '5m' }",
    ],
    ['a', undefined, {}, 'Pass a cron expression such as'],
    ['a', '@daily', { missed: 'never' }, "Pass 'once', 'all' or 'skip'."],
    ['a', '@daily', { overlap: true }, "Pass 'allow' or 'skip'."],
    ['a', '@daily', { limit: 0 }, 'Option limit cannot be 0.'],
    ['a', '@daily', { jitter: -1 }, 'Option jitter cannot be -1.'],
    ['a', '@daily', { startAt: new Date(2e12), endAt: new Date(1e12) }, 'It is before startAt'],
  ])('%s, %j, %j', async (id, spec, options, message) => {
    await expect(call(id, spec, options)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message) as string,
    })
  })

  test.each<[EnqueueOptions, string]>([
    [{ taskId: 'mine' }, 'made of the schedule and the tick'],
    [{ delayBy: '5m' }, '`jitter`'],
    [{ delayUntil: new Date() }, '`startAt`'],
    [{ dependsOn: 'other' }, 'the first tick alone'],
    [{ transaction: {} }, 'no part of a transaction'],
    [{ isAsync: false }, 'on the queue'],
  ])('the option %j of tasks', (options, message) => {
    expect(() => gator.options(options).schedule('a', '@daily')).toThrow(message)
  })
})
