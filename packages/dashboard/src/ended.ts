import type { Throughput } from '@alligator/core/inspect'
import type { EndedView, HourView } from './views.js'

// How tries have ended, as workers have told their store: of one queue, or of several together.

/** The last hour in one line. */
export function hourOf(throughputs: readonly Throughput[]): HourView {
  const sum = (name: 'tried' | 'failed' | 'runs' | 'seconds') =>
    throughputs.reduce((total, { hour }) => total + hour[name], 0)
  const runs = sum('runs')
  return { tried: sum('tried'), failed: sum('failed'), mean: runs === 0 ? null : sum('seconds') / runs }
}

/** How many tries ended in each minute of the last hour. */
export function minutesOf({ minutes }: Throughput): number[] {
  return minutes.map(({ success, retry, dead, lost }) => success + retry + dead + lost)
}

/** The last hour minute by minute. */
export function endedOf(throughputs: readonly Throughput[]): EndedView {
  const at = throughputs[0]?.minutes.map(({ start }) => start) ?? []
  const column = (count: (minute: Throughput['minutes'][number]) => number) =>
    at.map((_, index) =>
      throughputs.reduce((total, { minutes }) => {
        const minute = minutes[index]
        return total + (minute ? count(minute) : 0)
      }, 0),
    )
  return {
    at,
    succeeded: column(({ success }) => success),
    failed: column(({ retry, dead, lost }) => retry + dead + lost),
  }
}
