import fc from 'fast-check'
import { lastTimes, timesOf } from '../src/schedule/times.js'
import { type ScheduleOptions, type ScheduleSpec, readTiming } from '../src/schedule/spec.js'

const at = (text: string) => Date.parse(text) / 1000
const text = (seconds: number | undefined) => seconds && new Date(seconds * 1000).toISOString()

async function after(spec: ScheduleSpec, from: string, count = 1, options: ScheduleOptions = {}) {
  const times = await timesOf(readTiming(spec, options))
  const found: (string | undefined | 0)[] = []
  for (let time: number | undefined = at(from); found.length < count; found.push(text(time)))
    if (time !== undefined) time = times.after(time)
  return found
}

const NOON = '2026-11-28T12:00:00Z'

test.each([
  ['0 9 * * 1-5', '2026-11-30T09:00:00.000Z'],
  ['*/15 * * * *', '2026-11-28T12:15:00.000Z'],
  ['30 * * * * *', '2026-11-28T12:00:30.000Z'],
  ['0 0 L * *', '2026-11-30T00:00:00.000Z'],
  ['0 0 * * FRI#2', '2026-12-11T00:00:00.000Z'],
  ['0 0 1 JAN *', '2027-01-01T00:00:00.000Z'],
  ['  @daily ', '2026-11-29T00:00:00.000Z'],
  ['0 0 13 * FRI', '2026-12-04T00:00:00.000Z'],
  ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
])('the cron expression %s means what it does elsewhere', async (cron, expected) => {
  expect(await after(cron, NOON)).toEqual([expected])
})

test('the ticks of an `every` are counted from the epoch, or from its start', async () => {
  expect(await after({ every: '5m' }, '2026-11-28T12:01:17.25Z', 2)).toEqual([
    '2026-11-28T12:05:00.000Z',
    '2026-11-28T12:10:00.000Z',
  ])
  const startAt = new Date('2026-11-28T12:00:07Z')
  expect(await after({ every: '1h' }, NOON, 2, { startAt })).toEqual([
    '2026-11-28T12:00:07.000Z',
    '2026-11-28T13:00:07.000Z',
  ])
  expect(await after({ every: '1h' }, '2026-11-28T12:00:07Z', 1, { startAt })).toEqual([
    '2026-11-28T13:00:07.000Z',
  ])
})

test('a schedule ticks once at its `at`, and between its start and its end, both included', async () => {
  const when = '2026-11-28T13:00:00.123Z'
  expect(await after({ at: new Date(when) }, NOON, 2)).toEqual([when, undefined])
  const bounds = { startAt: new Date('2026-11-29T09:00:00Z'), endAt: at('2026-11-30T09:00:00Z') }
  expect(await after('0 9 * * *', NOON, 3, bounds)).toEqual([
    '2026-11-29T09:00:00.000Z',
    '2026-11-30T09:00:00.000Z',
    undefined,
  ])
})

// 2026: Berlin goes forward on 29 March at 02:00 and back on 25 October at 03:00; Lord Howe moves by half an hour.
test.each([
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  ],
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  ],
  [
    '30 2,14 * * *',
    'Europe/Berlin',
    '2026-10-24T22:00Z',
    ['2026-10-25T00:30:00.000Z', '2026-10-25T13:30:00.000Z'],
  ],
  [
    '0 * * * *',
    'Europe/Berlin',
    '2026-10-25T00:00Z',
    ['2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000Z'],
  ],
  [
    '0 9 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00Z',
    ['2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z'],
  ],
])('%s in %s after %s follows the clock on the wall', async (cron, timeZone, from, expected) => {
  expect(await after(cron, from, 2, { timeZone })).toEqual(expected)
})

/** A zone for each rule of changing the clock that the last years knew, and some that change nothing. */
const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Tehran',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'America/Asuncion',
  'America/Havana',
  'UTC',
]

test('times strictly increase, in every zone and about every change of the clock', async () => {
  const cron = fc.constantFrom(
    '* * * * *',
    '*/20 * * * *',
    '30 0-4 * * *',
    '15 */2 * * *',
    '0 0 * * *',
    '30 2 * * *',
    '59 59 1,2 * * *',
  )
  const minutes = fc.integer({ min: at('2019-01-01T00:00Z') / 60, max: at('2030-01-01T00:00Z') / 60 })
  await fc.assert(
    fc.asyncProperty(cron, fc.constantFrom(...ZONES), minutes, async (spec, timeZone, minute) => {
      const times = await timesOf(readTiming(spec, { timeZone }))
      // The first hours of a change are what goes wrong: so each case begins within a day of one, where there is one.
      let time = nextChange(timeZone, minute * 60) - 3600
      for (let count = 0; count < 6; count += 1) {
        const next = times.after(time)
        expect(next).toBeGreaterThan(time)
        time = next ?? time
      }
    }),
    { numRuns: 150 },
  )
})

test('a daily schedule runs once on each day of the wall, in every zone', async () => {
  const daily = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
  const minutes = fc.integer({ min: at('2019-01-01T00:00Z') / 60, max: at('2030-01-01T00:00Z') / 60 })
  await fc.assert(
    fc.asyncProperty(daily, fc.constantFrom(...ZONES), minutes, async ({ hour, minute }, timeZone, from) => {
      const times = await timesOf(readTiming(`${minute} ${hour} * * *`, { timeZone }))
      const change = nextChange(timeZone, from * 60)
      const days = new Intl.DateTimeFormat('en-CA', { timeZone })
      let time = change - 2 * 86_400
      const seen: string[] = []
      for (let count = 0; count < 4; count += 1) {
        time = times.after(time) ?? Number.NaN
        seen.push(days.format(time * 1000))
      }
      expect(new Set(seen).size).toBe(4)
      expect((Date.parse(seen[3] ?? '') - Date.parse(seen[0] ?? '')) / 86_400_000).toBe(3)
    }),
    { numRuns: 100 },
  )
})

/** About when the clock of a zone changes next, to the hour; half a year on where it does not. */
function nextChange(timeZone: string, from: number): number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  const offset = (time: number) => format.formatToParts(time * 1000).at(-1)?.value
  let [low, high] = [from, from]
  for (let week = 0; week < 30 && offset(low) === offset(high); week += 1)
    [low, high] = [high, high + 7 * 86_400]
  while (offset(low) !== offset(high) && high - low > 3600) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle) === offset(low)) low = middle
    else high = middle
  }
  return high
}

test('the last times before one are found wherever the gap begins', async () => {
  const times = await timesOf(readTiming({ every: '7s' }, {}))
  const now = at(NOON)
  const found = await lastTimes(times, 0, now, 3)
  expect(found).toEqual([now - (now % 7) - 14, now - (now % 7) - 7, now - (now % 7)])
  expect(await lastTimes(times, now - (now % 7), now, 3)).toEqual([now - (now % 7)])
  const yearly = await timesOf(readTiming('0 0 29 2 *', {}))
  expect((await lastTimes(yearly, at('1990-01-01T00:00Z'), now, 2)).map(text)).toEqual([
    '2020-02-29T00:00:00.000Z',
    '2024-02-29T00:00:00.000Z',
  ])
})
