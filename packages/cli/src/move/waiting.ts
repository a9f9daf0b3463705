import type { Delivery } from '@alligator/core'
import { sortOut } from './dependents.js'
import { takeBack } from './delayed.js'
import { BATCH, type Journey } from './journey.js'
import { pushAll } from './push.js'

/**
 * Moves what is due, in order. Each batch is leased, so that no worker of the source gets it meanwhile; pushed to the
 * target; and then acked. A move that dies in between leaves it in both stores, and the lease lapses: the next move
 * pushes it again, which changes nothing where ids are kept, and acks it. Those that wait for others are held until these
 * have gone.
 */
export async function moveWaiting(journey: Journey, queue: string): Promise<number> {
  const { from, keeper, signal } = journey
  let left: Delivery[] = []
  let moved = 0
  const move = async (deliveries: readonly Delivery[]) => {
    const { stay, pushed } = await moveBatch(journey, queue, deliveries)
    moved += pushed
    return stay
  }
  try {
    while (!signal.aborted) {
      const deliveries = await from.reserve([queue], { limit: BATCH, lease: keeper.lease })
      if (deliveries.length === 0) break
      for (const delivery of deliveries) keeper.hold(delivery, () => undefined)
      left.push(...(await move(deliveries)))
    }
    for (let before = -1; moved > before && !signal.aborted;) {
      before = moved
      const [held, others] = partition(left, ({ taskId }) => journey.heldBack.has(queue, taskId))
      left = others
      for (let at = 0; at < held.length; at += BATCH) left.push(...(await move(held.slice(at, at + BATCH))))
    }
  } finally {
    await giveBack(journey, left)
  }
  return moved
}

/** Gives those that stay, since the target has refused them, or they wait for others; and the number of those that have gone. */
async function moveBatch(
  journey: Journey,
  queue: string,
  deliveries: readonly Delivery[],
): Promise<{ readonly stay: Delivery[]; readonly pushed: number }> {
  const { ids, doomed } = await sortOut(journey, queue, deliveries)
    .then(async (sorted) => {
      const items = sorted.ready.map(({ taskId, data }) => ({ taskId, data }))
      return { ids: await pushAll(journey, queue, items), doomed: sorted.doomed }
    })
    .catch(async (error: unknown) => {
      await giveBack(journey, deliveries)
      throw error
    })
  // They go as dead letters, as all of these do.
  for (const [delivery, reason] of doomed) {
    await journey.from.bury(delivery, reason)
    journey.keeper.drop(delivery)
  }
  const pushed = deliveries.filter(({ taskId }) => ids.has(taskId))
  const lost = await journey.from.ack(pushed)
  for (const delivery of pushed) journey.keeper.drop(delivery)
  for (const { taskId } of lost) await takeBack(journey, queue, taskId, ids.get(taskId) ?? taskId)
  journey.count(pushed.length)
  const stay = deliveries.filter((delivery) => !ids.has(delivery.taskId) && !doomed.has(delivery))
  return { stay, pushed: pushed.length }
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}

/** Each goes back to the head of the queue, so the last goes first. */
async function giveBack({ from, keeper }: Journey, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries.toReversed()) {
    keeper.drop(delivery)
    await from.release(delivery)
  }
}
