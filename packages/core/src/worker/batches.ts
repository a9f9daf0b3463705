import type { Delivery } from '../backend/contract.js'
import type { Execution } from '../execution/execution.js'
import type { Intake } from './intake.js'
import type { Slots } from './slots.js'

/** Where batches come from, and where they run. */
interface Batches {
  readonly intake: Intake
  readonly slots: Slots
  /** How many more tasks may be taken now. */
  readonly room: () => number
  /** Aborts when nothing new may be taken. */
  readonly enough: AbortSignal
}

const NOTHING: Promise<Execution[]> = Promise.resolve([])

/**
 * Starts what was taken. Where there was as much as was asked for there is likely to be more: that is asked for before the first
 * is started, so that the store is at work on it meanwhile.
 */
export async function startBatches(
  deliveries: readonly Delivery[],
  asked: number,
  batches: Batches,
): Promise<void> {
  const { slots, enough } = batches
  let room = asked
  let batch = slots.take(deliveries)
  while (batch.length > 0) {
    room = batch.length < room || enough.aborted ? 0 : batches.room()
    const next = room > 0 ? takeNow(room, batches) : NOTHING
    const isDone = await slots.start(batch, next)
    batch = await next
    if (!isDone) return
  }
}

/** What there is now; why that is nothing is seen when it is asked for again. */
async function takeNow(room: number, { intake, slots, enough }: Batches): Promise<Execution[]> {
  const deliveries = await intake.take(room, { signal: enough }).catch(() => [])
  return slots.take(deliveries)
}
