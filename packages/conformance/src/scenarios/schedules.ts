import { randomUUID } from 'node:crypto'
import type { Delivery, PushItem, ScheduleChange, Schedules, StoredSchedule } from '@alligator/core'
import { expectEqual, expectSameNames } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, facetOf, idsOf, payloadOf, plain, workerOf } from '../trial.js'

/** What a schedule may be called: text is text. */
const ODD = `d'oh "%s" ]}{[*?\\ \0 \u001b[2J 日本 😀`
/** Seconds that no scenario outlives. */
const LONG = 600

function scheduleOf(queue: string, id: string, changes: Partial<StoredSchedule> = {}): StoredSchedule {
  return { queue, id, version: 'first', next: undefined, data: payloadOf(id), state: '{}', ...changes }
}

/** In whole milliseconds, as schedules have it. */
function secondsFromNow(trial: Trial, seconds: number): number {
  return Math.round((trial.time.now() + seconds) * 1000) / 1000
}

/** One that is due. */
function dueOf(trial: Trial, queue: string, id = 'digest'): StoredSchedule {
  return scheduleOf(queue, id, { next: secondsFromNow(trial, -5) })
}

function item(taskId: string, changes: Partial<PushItem> = {}): PushItem {
  return { taskId, data: payloadOf(taskId), enqueuedAt: 1_767_225_600.25, ...changes }
}

/** A tick of a schedule that was put as `former`. */
function tickOf(
  { queue, id, version: former }: StoredSchedule,
  changes: Partial<ScheduleChange> = {},
): ScheduleChange {
  return {
    queue,
    id,
    former,
    version: randomUUID(),
    next: undefined,
    state: '{}',
    items: [item('tick')],
    ...changes,
  }
}

/** What is kept, without the bytes of payloads that compare badly. */
function shown(schedules: readonly StoredSchedule[]): object[] {
  return schedules.map(({ data, ...rest }) => ({ ...rest, next: rest.next, data: plain(data) }))
}

function payloadsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ data }) => String(plain(data)))
}

async function all(from: Schedules, queue: string): Promise<object[]> {
  return shown((await from.list(queue)).schedules)
}

/** Removes what a scenario has put: to drop a queue does not. */
function provesOn(
  promise: string,
  prove: (trial: Trial, schedules: Schedules, queue: string) => Promise<void>,
  ...more: Scenario['needs']
): Scenario {
  return proves(promise, ['schedules', 'leases', ...more], async (trial) => {
    const { schedules } = trial
    await prove(trial, schedules, trial.queue())
    for (const label of ['work', 'other']) {
      const queue = trial.queue(label)
      for (const { id } of (await schedules.list(queue)).schedules) await schedules.remove(queue, id)
    }
  })
}

/** What pushes tasks at certain times. */
export const schedules: readonly Scenario[] = [
  provesOn('a schedule is kept as it was put, for every client to see', async (trial, schedules, queue) => {
    const [one, two] = [
      scheduleOf(queue, 'a', { next: 1_767_225_600.123 }),
      scheduleOf(queue, ODD, { state: ODD }),
    ]
    for (const schedule of [two, one])
      expectEqual(await schedules.put(schedule, undefined), true, 'what is new is kept')
    const other = facetOf(await trial.another(), 'schedules')
    expectEqual(await all(other, queue), shown([one, two]), 'every client sees all of it, by their ids')
    const named = await other.list(queue, ['none', ODD])
    expectEqual(shown(named.schedules), shown([two]), 'those that are named can be asked for')
    expectEqual(Math.abs(named.now - trial.time.now()) < 60, true, 'the store tells what time it is')
    expectEqual(await all(schedules, trial.queue('other')), [], 'each queue has its own')
    for (const one of [other, schedules]) await one.remove(queue, 'a')
    expectEqual(
      await all(schedules, queue),
      shown([two]),
      'it is removed, and alone, and that may be said twice',
    )
  }),

  provesOn('a schedule may have any payload', async (_trial, schedules, queue) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    for (const data of ['', ODD, new Uint8Array(), bytes]) {
      const schedule = scheduleOf(queue, 'any', { data })
      await schedules.put(schedule, undefined)
      const { schedules: found } = await schedules.list(queue, [schedule.id])
      expectEqual(shown(found), shown([schedule]), 'what is kept is what was put')
      await schedules.remove(queue, schedule.id)
    }
  }),

  provesOn(
    'only who knows the latest version of a schedule can change it',
    async (trial, schedules, queue) => {
      const first = scheduleOf(queue, 'digest')
      const second = {
        ...first,
        version: 'second',
        next: secondsFromNow(trial, LONG),
        data: 'other',
        state: 'other',
      }
      expectEqual(await schedules.put(first, 'first'), false, 'what is not there has no version')
      expectEqual(await all(schedules, queue), [], 'and is not kept')
      expectEqual(await schedules.put(first, undefined), true, 'what is new is kept')
      expectEqual(
        await schedules.put({ ...second, version: 'x' }, undefined),
        false,
        'what is there is not new',
      )
      expectEqual(await schedules.put(second, 'first'), true, 'a change takes the place of what was there')
      expectEqual(
        await schedules.put({ ...first, version: 'x' }, 'first'),
        false,
        'another one has come first',
      )
      expectEqual(await all(schedules, queue), shown([second]), 'what is refused changes nothing')
    },
  ),

  provesOn('a schedule is due from its time on, until it is moved', async (trial, schedules, queue) => {
    const other = trial.queue('other')
    const [late, later] = [
      dueOf(trial, queue, 'late'),
      scheduleOf(other, 'later', { next: secondsFromNow(trial, -1) }),
    ]
    const coming = scheduleOf(queue, 'coming', { next: secondsFromNow(trial, 3 * trial.time.unit) })
    for (const schedule of [later, coming, late, scheduleOf(queue, 'paused')])
      await schedules.put(schedule, undefined)
    const found = await schedules.due([queue, other])
    expectEqual(shown(found.due), shown([late, later]), 'all that is due is given, the first due first')
    const until = found.now + (found.next ?? 0)
    expectEqual(Math.abs(until - (coming.next ?? 0)) < 0.01, true, 'and when the next one is due')
    const alone = await schedules.due([other])
    expectEqual([shown(alone.due), alone.next], [shown([later]), undefined], 'each queue has its own')
    expectEqual(await schedules.tick(tickOf(late, { items: [] })), 'ticked', 'it is moved')
    await trial.time.reach(coming.next ?? 0)
    expectEqual(shown((await schedules.due([queue])).due), shown([coming]), 'what was moved is due no longer')
  }),

  provesOn('a tick moves its schedule and pushes its tasks, once', async (trial, schedules, queue) => {
    const due = dueOf(trial, queue)
    const next = secondsFromNow(trial, LONG)
    await schedules.put(due, undefined)
    const [first, second] = [tickOf(due, { next, state: 'ticked' }), tickOf(due, { items: [item('twice')] })]
    expectEqual(await schedules.tick(first), 'ticked', 'who comes first makes the tick')
    expectEqual(await schedules.tick(second), 'other', 'who comes second does not')
    const kept = { ...due, version: first.version, next, state: 'ticked' }
    expectEqual(await all(schedules, queue), shown([kept]), 'the schedule is moved, and its payload stays')
    const [delivery] = await trial.takeAll(queue)
    expectEqual(delivery?.data, payloadOf('tick'), 'its task is on the queue')
    if (trial.has('customIds')) expectEqual(delivery?.taskId, 'tick', 'by its id')
    await trial.expectCounts(queue, { running: 1 }, 'and no other')
    if (delivery) await trial.client.ack([delivery])
    expectEqual(
      await schedules.tick(tickOf(scheduleOf(queue, 'none'))),
      'other',
      'what is not there has no ticks',
    )
    await trial.expectCounts(queue, {}, 'a tick that is refused pushes nothing')
  }),

  provesOn('of many who make a tick at once, one does', async (trial, schedules, queue) => {
    const others = [schedules]
    for (let more = 0; more < 3; more += 1) others.push(facetOf(await trial.another(), 'schedules'))
    let row = dueOf(trial, queue)
    await schedules.put(row, undefined)
    for (let round = 0; round < 5; round += 1) {
      const ticks = others.map(async (one, at) => {
        const change = tickOf(row, { items: [item(`${round} by ${at}`)], next: row.next })
        return (await one.tick(change)) === 'ticked' ? [change.version] : []
      })
      const made = (await Promise.all(ticks)).flat()
      expectEqual(made.length, 1, 'one of them makes the tick')
      row = { ...row, version: made[0] ?? '' }
    }
    expectEqual((await trial.takeAll(queue)).length, 5, 'and pushes the task, and nobody else')
  }),

  provesOn(
    'a tick leaves a task alone that the queue has already',
    async (trial, schedules, queue) => {
      const due = dueOf(trial, queue)
      await schedules.put(due, undefined)
      await trial.client.push(queue, 'tick', 'what was there')
      const change = tickOf(due, {
        items: [item('before'), item('tick'), item('after')],
        next: secondsFromNow(trial, LONG),
      })
      expectEqual(await schedules.tick(change), 'ticked', 'the schedule moves on all the same')
      const taken = await trial.takeAll(queue)
      trial.expectIds(taken, ['tick', 'before', 'after'], 'what is new is pushed')
      const [there] = taken.filter(({ taskId }) => taskId === 'tick')
      expectEqual(there?.data, 'what was there', 'what is there stays as it is')
    },
    'customIds',
  ),

  provesOn(
    'a tick is held while the queue has the task of the last one',
    async (trial, schedules, queue) => {
      const { client, time } = trial
      let row = dueOf(trial, queue)
      await schedules.put(row, undefined)
      const tick = async (id: string) => {
        const unless = { taskId: 'last', state: 'held', next: secondsFromNow(trial, 60) }
        const change = tickOf(row, { items: [item(id)], state: 'ticked', next: row.next, unless })
        const outcome = await schedules.tick(change)
        const {
          schedules: [kept],
        } = await schedules.list(queue)
        row = kept ?? row
        const next = outcome === 'held' ? unless.next : change.next
        expectEqual([row.state, row.next], [outcome, next], 'the schedule says what became of its tick')
        return outcome
      }
      expectEqual(await tick('one'), 'ticked', 'what the queue does not have holds nothing')
      await trial.push(queue, ['last'], time.now() + LONG)
      expectEqual(await tick('two'), 'held', 'a delayed task holds the tick')
      await client.dropAll(queue)
      await trial.push(queue, ['last'])
      expectEqual(await tick('three'), 'held', 'a task that waits holds the tick')
      const running = await trial.takeOne(queue, 'a pushed task is handed out')
      expectEqual(await tick('four'), 'held', 'a task that runs holds the tick')
      await client.bury(running, REASON)
      expectEqual(await tick('five'), 'ticked', 'a dead letter holds nothing')
      expectEqual(idsOf(await trial.takeAll(queue)), ['five'], 'what was held is not pushed')
    },
    'listing',
    'deadLetters',
  ),

  provesOn('a task of a tick may be delayed', async (trial, schedules, queue) => {
    const { time } = trial
    const due = dueOf(trial, queue)
    await schedules.put(due, undefined)
    const delayUntil = time.now() + 3 * time.unit
    await schedules.tick(tickOf(due, { items: [item('tick', { delayUntil })] }))
    await time.before(delayUntil, async () =>
      expectEqual(await trial.take(queue), [], 'it is not handed out before'),
    )
    await time.reach(delayUntil)
    expectEqual(payloadsOf(await trial.take(queue)), [payloadOf('tick')], 'and is handed out then')
  }),

  provesOn(
    'a tick wakes who waits for tasks',
    async (trial, schedules, queue) => {
      const due = dueOf(trial, queue)
      await schedules.put(due, undefined)
      const waiting = trial.take(queue, { client: await trial.another(), wait: 60 })
      expectEqual(await trial.time.isOpen(waiting), true, 'there is nothing yet')
      await schedules.tick(tickOf(due))
      const woken = await trial.time.soon(waiting, 'a tick wakes')
      expectEqual(payloadsOf(woken), [payloadOf('tick')], 'its task is handed out at once')
    },
    'waits',
  ),

  provesOn('a tick pushes as many tasks as there are, in their order', async (trial, schedules, queue) => {
    const due = dueOf(trial, queue)
    await schedules.put(due, undefined)
    const ids = Array.from({ length: 100 }, (_, at) => `tick-${at}`)
    await schedules.tick(tickOf(due, { items: ids.map((id) => item(id)) }))
    const [taken, pushed] = [payloadsOf(await trial.takeAll(queue)), ids.map((id) => payloadOf(id))]
    const compare = trial.has('ordered') ? expectEqual : expectSameNames
    compare(taken, pushed, 'each is handed out once')
  }),

  provesOn(
    'schedules and tasks do not touch each other',
    async (trial, schedules, queue) => {
      const due = dueOf(trial, queue)
      await schedules.put(due, undefined)
      expectEqual(trial.own(await trial.listing.queues()), [], 'a schedule is no task')
      await trial.push(queue, ['one'])
      await trial.expectCounts(queue, { waiting: 1 }, 'a schedule counts for nothing')
      await trial.client.dropAll(queue)
      expectEqual(await all(schedules, queue), shown([due]), 'a queue that is dropped leaves its schedules')
      const gone = { ...due, version: 'gone' }
      await schedules.put(gone, due.version)
      await trial.push(queue, ['tick'])
      await trial.byId.remove(queue, 'tick')
      await schedules.tick(tickOf(gone))
      expectEqual(
        await trial.listing.removed(queue, ['tick']),
        new Set(),
        'what is pushed again is removed no longer',
      )
    },
    'listing',
    'byId',
  ),

  provesOn(
    'a worker that announces itself hears when the next schedule of its queues is due',
    async (trial, schedules, queue) => {
      const id = randomUUID()
      const other = trial.queue('other')
      const announce = (...queues: string[]) => schedules.announce(workerOf(id, { queues }), LONG)
      expectEqual(await announce(queue, other), undefined, 'without schedules there is nothing to hear')
      if (trial.has('directory')) {
        const known = (await trial.directory.workers()).filter((worker) => worker.id === id)
        expectEqual(known, [workerOf(id, { queues: [queue, other] })], 'the worker is known')
      }
      const coming = scheduleOf(other, 'coming', { next: secondsFromNow(trial, LONG) })
      for (const one of [coming, scheduleOf(queue, 'paused')]) await schedules.put(one, undefined)
      const seconds = (await announce(queue, other)) ?? 0
      expectEqual(Math.abs(seconds - LONG) < 5, true, 'it hears how long that takes')
      expectEqual(await announce(queue), undefined, 'of its own queues alone')
      await schedules.put(dueOf(trial, queue), undefined)
      expectEqual(await announce(queue, other), 0, 'what is due is due now')
      if (trial.has('directory')) await trial.directory.retire(id)
    },
  ),

  provesOn('who listens hears that a schedule was put', async (trial, schedules, queue) => {
    const heard: string[] = []
    const unlisten = schedules.onPut((name) => heard.push(name))
    await schedules.put(dueOf(trial, queue), undefined)
    expectEqual(heard[0], queue, 'its queue is heard of')
    unlisten()
    const before = heard.length
    await schedules.put(dueOf(trial, queue, 'another'), undefined)
    expectEqual(heard.length, before, 'until the listening is ended')
  }),
]
