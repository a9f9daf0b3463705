import type { KeptTallies, Tally } from '@alligator/core'
import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { NONE, facetOf } from '../trial.js'

/** What a queue may be called: text is text. */
const ODD = `d'oh "%s" ]}{[*?\\ \u001b[2J 日本 😀`

/** All that was counted in spans of one length; a minute or an hour may end while a scenario runs. */
function totalOf(spans: KeptTallies['minutes']): Tally {
  const names = Object.keys(NONE) as (keyof Tally)[]
  const sums = names.map((name) => [name, spans.reduce((sum, span) => sum + span[name], 0)])
  return Object.fromEntries(sums) as unknown as Tally
}

/** What a store keeps of a queue, without saying when. */
function totals({ minutes, hours }: KeptTallies): { minutes: Tally; hours: Tally } {
  return { minutes: totalOf(minutes), hours: totalOf(hours) }
}

function both(tally: Partial<Tally>): { minutes: Tally; hours: Tally } {
  return { minutes: { ...NONE, ...tally }, hours: { ...NONE, ...tally } }
}

/** How tasks have ended. */
export const tallies: readonly Scenario[] = [
  proves('what workers tell of a queue adds up, by its minutes and its hours', ['tallies'], async (trial) => {
    const queue = trial.queue()
    const other = facetOf(await trial.another(), 'tallies')
    const one = {
      ...{ success: 7, retry: 2, snoozed: 1, dead: 3, canceled: 1, lost: 4 },
      runs: 9,
      seconds: 0.5,
    }
    await trial.tallies.add(queue, one)
    await other.add(queue, { ...NONE, success: 3, runs: 3, seconds: 1.25 })
    await trial.tallies.add(queue, { ...NONE, lost: 1 })
    const sum = { ...one, success: 10, lost: 5, runs: 12, seconds: 1.75 }
    expectEqual(totals(await other.read(queue)), both(sum), 'any client reads all that any has told')
  }),

  proves('each span begins at a whole minute or hour, the first one first', ['tallies'], async (trial) => {
    const queue = trial.queue()
    await trial.tallies.add(queue, { ...NONE, success: 1 })
    if (trial.time.manual) {
      await trial.time.reach(trial.time.now() + 60)
      await trial.tallies.add(queue, { ...NONE, success: 2 })
    }
    const { now, minutes, hours } = await trial.tallies.read(queue)
    const starts = minutes.map(({ start }) => start)
    expectEqual(
      minutes.map(({ success }) => success),
      trial.time.manual ? [1, 2] : [1],
      'one minute after the other',
    )
    expectEqual(
      starts.every((start) => start % 60 === 0 && start <= now),
      true,
      'a minute is a whole one',
    )
    expectEqual(
      hours.every(({ start }) => start % 3600 === 0 && start <= now),
      true,
      'an hour is a whole one',
    )
    expectEqual(Math.abs(now - trial.time.now()) < 60, true, 'the store tells what time it is')
  }),

  proves('what was told is forgotten after its hour, and after its day', ['tallies'], async (trial) => {
    const queue = trial.queue()
    await trial.tallies.add(queue, { ...NONE, success: 1 })
    // No store whose time is real can be waited for; its own tests age what it keeps.
    if (!trial.time.manual) return
    const told = trial.time.now()
    const kept = async () => totals(await trial.tallies.read(queue))
    await trial.time.before(told + 59 * 60, async () => {
      expectEqual(await kept(), both({ success: 1 }), 'a minute is kept for an hour')
    })
    await trial.time.reach(told + 3600)
    expectEqual((await kept()).minutes, NONE, 'a minute is forgotten after its hour')
    expectEqual(trial.own(await trial.tallies.queues()), [], 'and its queue is told of no longer')
    await trial.time.before(told + 23 * 3600, async () => {
      expectEqual((await kept()).hours, { ...NONE, success: 1 }, 'an hour is kept for a day')
    })
    await trial.time.reach(told + 86_400)
    expectEqual((await kept()).hours, NONE, 'an hour is forgotten after its day')
    await trial.tallies.add(queue, { ...NONE, dead: 1 })
    expectEqual(
      await kept(),
      both({ dead: 1 }),
      'what is told later has nothing of what was told a day before',
    )
  }),

  proves(
    'queues are told apart by their names, whatever these are',
    ['tallies', 'anyQueueName'],
    async (trial) => {
      const [one, two, silent] = [trial.queue(ODD), trial.queue(`${ODD} `), trial.queue('silent')]
      await trial.tallies.add(one, { ...NONE, success: 1 })
      await trial.tallies.add(two, { ...NONE, success: 2 })
      expectEqual(totals(await trial.tallies.read(one)), both({ success: 1 }), 'each has its own figures')
      expectEqual(totals(await trial.tallies.read(two)), both({ success: 2 }), 'each has its own figures')
      expectEqual(totals(await trial.tallies.read(silent)), both({}), 'nothing was told of the third')
      expectEqual(
        trial.own(await trial.tallies.queues()),
        [one, two].sort(),
        'those that were told of are named, sorted',
      )
    },
  ),

  proves('figures and tasks do not touch each other', ['tallies', 'listing'], async (trial) => {
    const [queue, empty] = [trial.queue('full'), trial.queue('empty')]
    await trial.push(queue, ['one'])
    for (const name of [queue, empty]) await trial.tallies.add(name, { ...NONE, success: 1 })
    expectEqual(trial.own(await trial.listing.queues()), [queue], 'a queue without tasks holds nothing')
    await trial.expectCounts(queue, { waiting: 1 }, 'what has ended is no task')
    await trial.client.dropAll(queue)
    expectEqual(
      totals(await trial.tallies.read(queue)),
      both({ success: 1 }),
      'a queue that is dropped leaves its figures',
    )
  }),
]
