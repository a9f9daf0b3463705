import type { Client } from '../backend/client.js'
import type { Counts, Pause, Priority } from '../backend/contract.js'
import type { Gator } from '../gator/gator.js'
import { oldestOf } from './task-view.js'

/** One queue at one moment. */
export interface QueueStatus extends Counts {
  readonly queue: string
  /** Seconds since the first waiting task was enqueued; null when none waits, or neither the store nor the task's id says. */
  readonly oldest: number | null
  /** There are as many dead letters as the store keeps: the oldest are dropped for new ones. */
  readonly full?: true
  /** How many wait at each level, where any waits at another than normal, and the store knows. */
  readonly levels?: Readonly<Partial<Record<Priority, number>>>
  readonly paused?: Pause
}

/**
 * Looks at a queue once: what it holds, how old that is, and whether it is paused. Without `levels` it is not asked for these, which a store
 * may have to count.
 */
export async function queueStatusOf(
  gator: Gator,
  queue: string,
  { levels: hasLevels = true }: { readonly levels?: boolean } = {},
): Promise<QueueStatus> {
  const { backend } = gator
  const counts = await backend.counts(queue)
  const oldest = counts.waiting > 0 ? await oldestOf(gator, queue) : undefined
  const levels = hasLevels ? await levelsOf(backend, queue, counts) : undefined
  const paused = await backend.pausing?.paused(queue)
  return {
    queue,
    ...counts,
    oldest: oldest === undefined ? null : Math.round(oldest * 10) / 10,
    ...(counts.dead >= backend.maxDeadLetters && { full: true as const }),
    ...(levels && { levels }),
    ...(paused && { paused }),
  }
}

async function levelsOf(
  { priorities }: Client,
  queue: string,
  { waiting }: Counts,
): Promise<QueueStatus['levels']> {
  const levels = waiting > 0 ? await priorities?.waiting(queue) : undefined
  return levels && Object.keys(levels).some((level) => level !== 'normal') ? levels : undefined
}
