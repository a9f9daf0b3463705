import { type Counts, sleep } from '@alligator/core'
import { moveDead, takesDead } from './dead.js'
import { SOON, moveDelayed } from './delayed.js'
import type { Journey } from './journey.js'
import { moveWaiting } from './waiting.js'

/** What has been moved of one queue, and what is left of it. */
export interface QueueMove {
  readonly queue: string
  readonly moved: { readonly waiting: number; readonly delayed: number; readonly dead: number }
  readonly left: Counts
}

/** Workers of the source may make tasks as fast as they are moved. */
const MOST_ROUNDS = 10

/** Moves all of a queue that can be moved. */
export async function moveQueue(journey: Journey, queue: string): Promise<QueueMove> {
  const { from, to, clock, signal, canList } = journey
  const moved = { waiting: 0, delayed: 0, dead: 0 }
  for (let round = 0; round < MOST_ROUNDS && !signal.aborted; round += 1) {
    moved.waiting += await moveWaiting(journey, queue)
    if (!canList) break
    moved.delayed += await moveDelayed(journey, queue)
    if (!(await hasSoon(journey, queue))) break
    await sleep(clock, SOON, signal)
  }
  if (canList && takesDead(to)) moved.dead += await moveDead(journey, queue)
  return { queue, moved, left: await from.counts(queue) }
}

/** Whether something falls due in a moment, and was left to do so; all else that is still delayed has been refused. */
async function hasSoon({ listing, refusals }: Journey, queue: string): Promise<boolean> {
  const { tasks } = await listing.list(queue, 'delayed', { limit: 1 + refusals.length })
  return tasks.length > refusals.length
}
