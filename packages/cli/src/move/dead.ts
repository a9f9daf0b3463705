import { type Client, type DeathReason, type StoredTask, need } from '@alligator/core'
import { pagesOf } from '@alligator/core/inspect'
import { takeBack } from './delayed.js'
import { BATCH, type Journey } from './journey.js'
import { pushAll } from './push.js'

/** Seconds for which a dead letter is held back in the target until it is buried there: no worker may run it. */
const HELD_BACK = 86_400

/** Whether a store can take dead letters as such, and tell afterwards that it has them. */
export function takesDead({ deadLetters, byId, customIds, listing }: Client): boolean {
  return Boolean(deadLetters && byId && customIds && listing)
}

/**
 * Moves dead letters, with their reasons. First all of them are buried in the target; then the source forgets those that
 * the target says it holds. It may keep no more than a certain number and forget the oldest, so it is given no more than it has room for. A move that is stopped in between
 * leaves them in both, and the next one goes on.
 */
export async function moveDead(journey: Journey, queue: string): Promise<number> {
  await eachPage(journey, queue, (tasks) => buryAll(journey, queue, tasks))
  let moved = 0
  await eachPage(journey, queue, async (tasks) => {
    moved += await forgetMoved(journey, queue, tasks)
  })
  return moved
}

async function eachPage(
  { listing, signal }: Journey,
  queue: string,
  step: (tasks: readonly StoredTask[]) => Promise<void>,
): Promise<void> {
  if (signal.aborted) return
  for await (const tasks of pagesOf(listing, { queue, state: 'dead' }, BATCH)) {
    await step(tasks)
    if (signal.aborted) return
  }
}

/**
 * What died is held back by a delay, then by a lease, and then buried. A move that dies in between goes on from there: at once,
 * or, if it was between the last two, when that one task's lease is over.
 */
async function buryAll(journey: Journey, queue: string, tasks: readonly StoredTask[]): Promise<void> {
  const { to, clock, keeper } = journey
  const byId = need(to, 'byId', 'alligator move')
  const dead = await deadThere(journey, queue, tasks)
  const missing = tasks.filter(({ taskId }) => !dead.has(taskId)).slice(0, await roomThere(journey, queue))
  const delayUntil = clock.now() + HELD_BACK
  const pushed = await pushAll(
    journey,
    queue,
    missing.map(({ taskId, data, enqueuedAt }) => ({ taskId, data, delayUntil, enqueuedAt })),
  )
  for (const { taskId, reason } of missing.filter((task) => pushed.has(task.taskId))) {
    const delivery = await byId.reserve(queue, taskId, keeper.lease)
    if (delivery) await to.bury(delivery, reason ?? unknownReason(clock.now()))
  }
}

/** How many more dead letters the target can keep. */
async function roomThere({ to }: Journey, queue: string): Promise<number> {
  const most = to.maxDeadLetters
  return most === Number.POSITIVE_INFINITY ? most : Math.max(0, most - (await to.counts(queue)).dead)
}

async function forgetMoved(journey: Journey, queue: string, tasks: readonly StoredTask[]): Promise<number> {
  const dead = await deadThere(journey, queue, tasks)
  for (const taskId of dead) {
    const removed = await journey.byId.remove(queue, taskId)
    if (removed === undefined) await takeBack(journey, queue, taskId, taskId)
  }
  journey.count(dead.size)
  return dead.size
}

async function deadThere(
  { to }: Journey,
  queue: string,
  tasks: readonly StoredTask[],
): Promise<ReadonlySet<string>> {
  const states = await need(to, 'listing', 'alligator move').find(
    queue,
    tasks.map(({ taskId }) => taskId),
  )
  return new Set([...states].flatMap(([taskId, state]) => (state === 'dead' ? [taskId] : [])))
}

function unknownReason(at: number): DeathReason {
  return {
    code: 'ERROR',
    message: 'the store that it came from had kept no reason',
    at,
    worker: '',
    attempt: 0,
  }
}
