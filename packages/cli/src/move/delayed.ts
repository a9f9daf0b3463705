import type { Delivery, PushItem, StoredTask } from '@alligator/core'
import { pagesOf } from '@alligator/core/inspect'
import { sortOut } from './dependents.js'
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
    await takeMoved(journey, queue, ids)
    moved += ids.size
    journey.count(ids.size)
  }
  return moved
}

/** The first that can be moved: what was moved is no longer listed, and what is left for a reason is passed over. */
async function nextDelayed(journey: Journey, queue: string): Promise<StoredTask[]> {
  for await (const tasks of pagesOf(journey.listing, { queue, state: 'delayed' }, BATCH)) {
    for (const { taskId, until } of tasks) if (until === undefined) journey.heldBack.set(queue, taskId, true)
    const ready = tasks.filter(
      ({ taskId, until = 0 }) => until > journey.clock.now() + SOON && !journey.isRefused(queue, taskId),
    )
    const { ready: going, doomed } = await sortOut(journey, queue, ready)
    for (const [{ taskId }, reason] of doomed) {
      const delivery = await journey.byId.reserve(queue, taskId, journey.keeper.lease)
      if (delivery) await journey.from.bury(delivery, reason)
    }
    if (going.length > 0) return [...going]
  }
  return []
}

/**
 * Takes what is in the target off the source, as what has ended well is: nothing that depends on it must be told that it was removed.
 */
async function takeMoved(journey: Journey, queue: string, ids: ReadonlyMap<string, string>): Promise<void> {
  const { from, byId, keeper } = journey
  const taken: Delivery[] = []
  for (const [taskId, idThere] of ids) {
    const delivery = await byId.reserve(queue, taskId, keeper.lease)
    if (delivery) {
      keeper.hold(delivery, () => undefined)
      taken.push(delivery)
    } else {
      await takeBack(journey, queue, taskId, idThere)
    }
  }
  const lost = await from.ack(taken)
  for (const delivery of taken) keeper.drop(delivery)
  for (const { taskId } of lost) await takeBack(journey, queue, taskId, ids.get(taskId) ?? taskId)
}

/** Somebody who has taken it off the source meanwhile has it; then the target must not have it, too. */
export async function takeBack(
  { to, doubled }: Journey,
  queue: string,
  taskId: string,
  idThere: string,
): Promise<void> {
  const takenBack = await to.byId?.remove(queue, idThere)
  if (takenBack === undefined) doubled.push(taskId)
}
