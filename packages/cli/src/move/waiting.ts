import type { Delivery } from '@alligator/core'
import { BATCH, type Journey } from './journey.js'
import { pushAll } from './push.js'

/**
 * Moves what is due, in order. Each batch is leased, so that no worker of the source gets it meanwhile; pushed to the
 * target; and then acked. A move that dies in between leaves it in both stores, and the lease lapses: the next move
 * pushes it again, which changes nothing where ids are kept, and acks it.
 */
export async function moveWaiting(journey: Journey, queue: string): Promise<number> {
  const { from, keeper, signal } = journey
  const refused: Delivery[] = []
  let moved = 0
  try {
    while (!signal.aborted) {
      const deliveries = await from.reserve([queue], { limit: BATCH, lease: keeper.lease })
      if (deliveries.length === 0) break
      for (const delivery of deliveries) keeper.hold(delivery, () => undefined)
      const left = await moveBatch(journey, queue, deliveries)
      refused.push(...left)
      moved += deliveries.length - left.length
    }
  } finally {
    await giveBack(journey, refused)
  }
  return moved
}

/** Gives those that the target refused. */
async function moveBatch(
  journey: Journey,
  queue: string,
  deliveries: readonly Delivery[],
): Promise<Delivery[]> {
  const ids = await pushAll(
    journey,
    queue,
    deliveries.map(({ taskId, data }) => ({ taskId, data })),
  ).catch(async (error: unknown) => {
    await giveBack(journey, deliveries)
    throw error
  })
  const pushed = deliveries.filter(({ taskId }) => ids.has(taskId))
  const lost = await journey.from.ack(pushed)
  for (const delivery of pushed) journey.keeper.drop(delivery)
  journey.doubled.push(...lost.map(({ taskId }) => taskId))
  journey.count(pushed.length)
  return deliveries.filter(({ taskId }) => !ids.has(taskId))
}

/** Each goes back to the head of the queue, so the last goes first. */
async function giveBack({ from, keeper }: Journey, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries.toReversed()) {
    keeper.drop(delivery)
    await from.release(delivery)
  }
}
