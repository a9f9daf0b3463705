import type { Gator } from '@alligator/core'
import { type Figures, type Throughput, livelyQueuesOf, throughputOf } from '@alligator/core/inspect'
import { printable } from './printable.js'
import { type Column, tableLines } from './table.js'
import { lengthOf } from './times.js'

/** How tasks of one queue have ended within the last hour and the last day. */
export interface QueueThroughput {
  readonly queue: string
  readonly hour: Figures
  readonly day: Figures
  /** Tries that came to an end, for each second of the last minute or two. */
  readonly rate: number
}

/** Of the queues named, or of those that are lively, those of which any task has ended. `undefined`: the store does not keep it. */
export async function throughputOfAll(
  gator: Gator,
  named: readonly string[] | undefined,
): Promise<QueueThroughput[] | undefined> {
  if (!gator.backend.tallies) return undefined
  const found: QueueThroughput[] = []
  for (const queue of await livelyQueuesOf(gator, named)) {
    const throughput = await throughputOf(gator, queue)
    if (!throughput) continue
    const { hour, day, minutes } = throughput
    const rate = rateOf(minutes, gator.clock.now())
    if (day.tried + day.snoozed + day.canceled > 0) found.push({ queue, hour, day, rate })
  }
  return found
}

/** Of the last whole minute and the present one. */
function rateOf(minutes: Throughput['minutes'], now: number): number {
  const last = minutes.slice(-2)
  const [first] = last
  const ended = last.reduce((sum, { success, retry, dead, lost }) => sum + success + retry + dead + lost, 0)
  return first === undefined || ended === 0 ? 0 : ended / Math.max(60, now - first.start)
}

const COLUMNS: readonly Column[] = [
  { title: 'QUEUE', least: 8 },
  { title: 'LAST HOUR', align: 'right' },
  { title: 'PER S', align: 'right', spare: 1 },
  { title: 'FAILED', align: 'right' },
  { title: 'MEAN', align: 'right', spare: 2 },
  { title: 'LAST DAY', align: 'right', spare: 3 },
  { title: 'FAILED', align: 'right', spare: 4 },
  { title: 'MEAN', align: 'right', spare: 5 },
]

/** The same as lines of text. */
export function throughputTable(queues: readonly QueueThroughput[], width: number): string[] {
  const rows = queues.map(({ queue, hour, day }) => {
    const ofHour = [String(hour.tried), hour.rate.toFixed(2), shareText(hour), meanText(hour)]
    return [printable(queue), ...ofHour, String(day.tried), shareText(day), meanText(day)]
  })
  return tableLines(COLUMNS, rows, width)
}

export function shareText({ failureShare }: Figures): string {
  return failureShare === null ? '-' : `${(100 * failureShare).toFixed(1)}%`
}

export function meanText({ meanSeconds }: Figures): string {
  if (meanSeconds === null) return '-'
  return meanSeconds < 1 ? `${(1000 * meanSeconds).toFixed(1)}ms` : lengthOf(meanSeconds)
}
