import { now } from '../contender.js'
import { LIMIT, workUntil } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'
import { percentile } from '../statistics.js'
import { within } from '../within.js'

/** Milliseconds until the first of them is due: by then all of them are on the queue. */
const HEAD_START = 500

/** Tasks fall due one after the other while the worker is idle between them. */
async function run({ contender, effort }: Stage): Promise<Record<string, number>> {
  if (!contender.enqueueLater) return {}
  const count = Math.round(400 * effort.seconds)
  const lateness: number[] = []
  const { stop, all } = await workUntil(contender, 10, count, (dueAt) => lateness.push(now() - dueAt))
  const sending = Array.from({ length: count }, (_, index) => {
    // 5 ms apart on average, in no step with anybody's polling.
    const delay = Math.round(HEAD_START + 5 * (index + Math.random()))
    return contender.enqueueLater?.(now() + delay, delay)
  })
  await within(LIMIT, Promise.all([all, ...sending]), `Running ${count} delayed tasks`)
  await stop()
  return {
    'lateness, p50': percentile(lateness, 0.5),
    'lateness, p99': percentile(lateness, 0.99),
    'early by 1 ms or more': lateness.filter((late) => late <= -1).length,
  }
}

export const delayed: Scenario = {
  title: 'Delayed tasks',
  rows: { 'lateness, p50': 'ms', 'lateness, p99': 'ms', 'early by 1 ms or more': 'tasks' },
  run,
}
