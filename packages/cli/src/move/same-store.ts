import { randomUUID } from 'node:crypto'
import type { Client, Clock } from '@alligator/core'

/** Where a task is left for a moment to see whether another client finds it; nobody takes tasks from there. */
export const PROBE_QUEUE = 'alligator-move-probe'

/** Seconds for which nobody may run it, should it stay behind. */
const FAR = 86_400

/**
 * Whether two clients work on the same store, whatever their DSNs say: there, to push a task again would change nothing,
 * and to ack it then would lose it. Where a store makes ids of its own, each push is another task, and nothing is lost.
 */
export async function isSameStore(from: Client, to: Client, clock: Clock): Promise<boolean> {
  if (from.dsn === to.dsn) return true
  const keepIds = from.customIds && to.customIds
  if (!keepIds || !to.listing || !from.byId) return false
  const id = randomUUID()
  await from.push(PROBE_QUEUE, id, '', clock.now() + FAR)
  try {
    return (await to.listing.find(PROBE_QUEUE, [id])).size > 0
  } finally {
    await from.byId.remove(PROBE_QUEUE, id)
  }
}
