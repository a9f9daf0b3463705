import { TALLY_NAMES, TALLY_SPANS, type Tally, type TallySpan, startOf, tallyOf } from '../backend/tally.js'
import type { Gator } from '../gator/gator.js'
import { queuesOf } from './task-view.js'

/** What a length of time comes to. */
export interface Figures extends Tally {
  /** Number of attempts that came to an end of their own: those that succeeded or failed. */
  readonly tried: number
  /** How many of those failed: with a retry, for good, or because their lease lapsed. */
  readonly failed: number
  /** `tried` for each second. */
  readonly rate: number
  /** `failed` of `tried`, from 0 to 1; null where there were none. */
  readonly failureShare: number | null
  /** Seconds that an attempt ran on average; null where none ran. */
  readonly meanSeconds: number | null
}

/** How tasks of a queue have ended recently. */
export interface Throughput {
  /** Of the last hour: from 59 to 60 minutes. */
  readonly hour: Figures
  /** Of the last day: from 23 to 24 hours. */
  readonly day: Figures
  /** Each of the last 60 minutes, the present one last; also those in which nothing ended. */
  readonly minutes: readonly TallySpan[]
  /** Each of the last 24 hours, the present one last. */
  readonly hours: readonly TallySpan[]
}

/**
 * How tasks of a queue have ended within the last hour and the last day, as their workers have reported: up to ten seconds ago. `undefined`: the
 * store does not keep it.
 *
 * @example
 * ```ts
 * const { rate, failureShare, meanSeconds } = (await throughputOf(gator, 'mail'))?.hour ?? {}
 * ```
 */
export async function throughputOf({ backend }: Gator, queue: string): Promise<Throughput | undefined> {
  const kept = await backend.tallies?.read(queue)
  if (!kept) return undefined
  const { now } = kept
  const minutes = filled(kept.minutes, now, TALLY_SPANS.minutes)
  const hours = filled(kept.hours, now, TALLY_SPANS.hours)
  return { hour: figuresOf(minutes, now), day: figuresOf(hours, now), minutes, hours }
}

/** The queues to show: those named, else all that hold anything, and those of which a task has ended within the last hour. */
export async function livelyQueuesOf(gator: Gator, named: readonly string[] | undefined): Promise<string[]> {
  const holding = await queuesOf(gator, named)
  if (named) return holding
  return [...new Set([...holding, ...((await gator.backend.tallies?.queues()) ?? [])])].sort()
}

function filled(
  spans: readonly TallySpan[],
  now: number,
  { length, most }: { readonly length: number; readonly most: number },
): TallySpan[] {
  const known = new Map(spans.map((span) => [span.start, span]))
  const last = startOf(now, length)
  return Array.from({ length: most }, (_, at) => {
    const start = last - (most - 1 - at) * length
    return known.get(start) ?? { start, ...tallyOf([]) }
  })
}

function figuresOf(spans: readonly TallySpan[], now: number): Figures {
  const sums = tallyOf(TALLY_NAMES.map((name) => spans.reduce((sum, span) => sum + span[name], 0)))
  const { success, retry, dead, lost, runs, seconds } = sums
  const failed = retry + dead + lost
  const tried = success + failed
  const length = now - (spans[0]?.start ?? now)
  return {
    ...sums,
    ...{ tried, failed, rate: tried / length },
    failureShare: tried === 0 ? null : failed / tried,
    meanSeconds: runs === 0 ? null : seconds / runs,
  }
}
