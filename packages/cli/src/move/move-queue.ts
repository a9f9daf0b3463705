import { type Counts, type StoredTask, sleep } from '@alligator/core'
import { pagesOf } from '@alligator/core/inspect'
import { moveDead, takesDead } from './dead.js'
import { SOON, moveDelayed } from './delayed.js'
import { BATCH, type Journey } from './journey.js'
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
  const { from, to, signal, canList } = journey
  const moved = { waiting: 0, delayed: 0, dead: 0 }
  // What has moved may be what others wait for.
  for (let before = -1; before < sum(moved) && !signal.aborted;) {
    before = sum(moved)
    await moveDue(journey, queue, moved)
    if (canList && takesDead(to)) moved.dead += await moveDead(journey, queue)
    if (journey.heldBack.size === 0) break
  }
  return { queue, moved, left: await from.counts(queue) }
}

/** What has been moved so far. */
type Moved = { waiting: number; delayed: number; dead: number }

async function moveDue(journey: Journey, queue: string, moved: Moved): Promise<void> {
  const { clock, signal, canList } = journey
  for (let round = 0; round < MOST_ROUNDS && !signal.aborted; round += 1) {
    moved.waiting += await moveWaiting(journey, queue)
    if (!canList) break
    moved.delayed += await moveDelayed(journey, queue)
    if (!(await hasSoon(journey, queue))) break
    await sleep(clock, SOON, signal)
  }
}

/** Whether something falls due in a moment, and was left to do so; all else that is still delayed stays for a reason. */
async function hasSoon(journey: Journey, queue: string): Promise<boolean> {
  const { listing, clock, heldBack } = journey
  for await (const tasks of pagesOf(listing, { queue, state: 'delayed' }, BATCH)) {
    // What is parked has no time: it waits for others.
    const isSoon = ({ taskId, until = Infinity }: StoredTask) =>
      until <= clock.now() + SOON && !journey.isRefused(queue, taskId) && !heldBack.has(queue, taskId)
    if (tasks.some(isSoon)) return true
  }
  return false
}

function sum({ waiting, delayed, dead }: Moved): number {
  return waiting + delayed + dead
}
