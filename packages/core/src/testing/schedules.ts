import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import { need } from '../backend/need.js'
import { type Duration, toSeconds } from '../base/duration.js'
import type { AnyFunction } from '../function-ref/index.js'
import type { Gator } from '../gator/gator.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Task } from '../task/task.js'
import { type DrainOptions, drain } from './drain.js'
import { asQueued, describe, isSame } from './queued.js'
import type { TestGator } from './test-gator.js'

/** The most attempts of one {@link advance}, by default. */
const MOST_TRIES = 10_000

/**
 * Lets time pass, as a worker would be at work meanwhile: each schedule of the gator's queue ticks at its time, and all that becomes due
 * is run at its time, retries and delayed tasks included. What is due already is run first.
 *
 * @returns the tasks as each attempt left them, in order.
 * @throws what {@link drain} throws, at the time of the task that failed; Error when there are more than `limit` attempts; what keeps
 *   a schedule from ticking.
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await gator.schedule('digest', '0 9 * * *').task(sendDigest, 'daily')
 * const tasks = await advance(gator, '2d')
 * assert.equal(tasks.length, 2)
 * ```
 */
export async function advance(
  gator: TestGator,
  duration: Duration,
  { limit = MOST_TRIES, ...options }: DrainOptions = {},
): Promise<Task[]> {
  const { clock, queueName } = gator
  const end = clock.now() + toSeconds(duration, 'duration')
  const tasks: Task[] = []
  for (;;) {
    const { next = Infinity, failures } = await gator.scheduler.tickDue([queueName])
    for (const { error } of failures) throw error
    tasks.push(...(await drain(gator, { ...options, limit: limit - tasks.length })))
    const soonest = Math.min(clock.now() + next, await firstDelayed(gator))
    if (soonest > end) break
    await clock.advance(soonest - clock.now())
  }
  await clock.advance(end - clock.now())
  return tasks
}

/**
 * Asserts that a schedule of the gator's queue calls `func`, with these arguments if any are given, and gives it.
 *
 * @throws AssertionError, with the schedules that there are.
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await gator.schedule('digest', '0 9 * * *').task(sendDigest, 'daily')
 * const schedule = await assertScheduled(gator, sendDigest, ['daily'])
 * assert.equal(schedule.next?.toISOString(), '2026-01-01T09:00:00.000Z')
 * ```
 */
export async function assertScheduled<A extends unknown[]>(
  gator: Gator,
  func: (...args: A) => unknown,
  args?: NoInfer<A>,
): Promise<Schedule> {
  const all = await gator.schedules()
  const expected = args && asQueued(args)
  const found = all.find(
    ({ task }) =>
      isSame(gator, task?.func, func as AnyFunction) &&
      (expected === undefined || isDeepStrictEqual(task?.funcArgs, expected)),
  )
  if (found) return found
  const list = all.map(({ id, task }) => `\n  ${id}: ${describe(task?.func, task?.funcArgs)}`)
  const inventory = list.length > 0 ? `There are:${list.join('')}` : 'There are no schedules.'
  throw new AssertionError({
    message: `No schedule on queue "${gator.queueName}" calls ${describe(func, args)}. ${inventory}`,
    actual: all.map(({ id }) => id),
    expected: args,
    operator: 'assertScheduled',
    stackStartFn: assertScheduled,
  })
}

/** Unix seconds. */
async function firstDelayed({ backend, queueName }: Gator): Promise<number> {
  const listing = need(backend, 'listing', 'advance')
  let first = Infinity
  let after: string | undefined
  do {
    const page = await listing.list(queueName, 'delayed', { after })
    for (const { until = Infinity } of page.tasks) first = Math.min(first, until)
    after = page.next
  } while (after !== undefined)
  return first
}
