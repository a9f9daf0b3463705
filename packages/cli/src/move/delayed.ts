import type { PushItem, StoredTask } from '@alligator/core'
import { pagesOf } from '@alligator/core/inspect'
import { readyToGo } from './dependents.js'
import { BATCH, type Journey } from './journey.js'
import { pushAll } from './push.js'

/** Seconds before a delay ends in which its task is left to fall due: a worker might take it on its way. */
export const SOON = 2

/**
 * Moves what is not due yet, with its time. It is pushed to the target and then removed from the source: no worker of
 * either takes it meanwhile, and a move that dies in between leaves it delayed in both.
 */
export async function moveDelayed(journey: Journey, queue: string): Promise<number> {
  let moved = 0
  while (!journey.signal.aborted) {
    const tasks = await nextDelayed(journey, queue)
    if (tasks.length === 0) break
    const items = tasks.map(({ taskId, data, until, enqueuedAt }): PushItem => ({
      taskId,
      data,
      delayUntil: until,
      enqueuedAt,
    }))
    const ids = await pushAll(journey, queue, items)
    for (const [taskId, idThere] of ids) await removeMoved(journey, queue, taskId, idThere)
    moved += ids.size
    journey.count(ids.size)
  }
  return moved
}

/** The first that can be moved: what was moved is no longer listed, and what is left for a reason is passed over. */
async function nextDelayed(journey: Journey, queue: string): Promise<StoredTask[]> {
  for await (const tasks of pagesOf(journey.listing, { queue, state: 'delayed' }, BATCH)) {
    const ready = tasks.filter(
      ({ taskId, until = 0 }) => until > journey.clock.now() + SOON && !journey.isRefused(queue, taskId),
    )
    const going = await readyToGo(journey, queue, ready)
    if (going.length > 0) return going
  }
  return []
}

/** Somebody who has taken it off the source meanwhile has it; then the target must not have it, too. */
export async function removeMoved(
  { byId, to, doubled }: Journey,
  queue: string,
  taskId: string,
  idThere: string,
): Promise<void> {
  if ((await byId.remove(queue, taskId)) !== undefined) return
  const takenBack = await to.byId?.remove(queue, idThere)
  if (takenBack === undefined) doubled.push(taskId)
}
