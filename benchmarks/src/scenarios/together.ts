import { LIMIT, inFlight } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'
import { within } from '../within.js'

/** The producer pauses while a number of tasks wait. */
const BACKLOG = 2000
/** Milliseconds that come first and do not count. */
const WARM_UP = 300

/** One process puts tasks on the queue, 100 calls in flight, and runs them, 100 at once; gives tasks per second. */
async function run({ contender, effort }: Stage): Promise<Record<string, number>> {
  const begin = performance.now() + WARM_UP
  const end = begin + effort.seconds * 2000
  let waiting = 0
  let done = 0
  let resume: (() => void) | undefined
  const produce = async () => {
    if (performance.now() >= end) return false
    waiting += 1
    await contender.enqueue(0)
    if (waiting >= BACKLOG) await new Promise<void>((resolve) => (resume = chain(resume, resolve)))
    return true
  }
  const stop = await contender.work(100, () => {
    waiting -= 1
    const time = performance.now()
    if (time >= begin && time < end) done += 1
    if (waiting >= BACKLOG / 2) return
    resume?.()
    resume = undefined
  })
  // The producer looks at the time, since a queue that never yields would starve a timer.
  await within(LIMIT, inFlight(100, produce), 'Producing and working together')
  await stop()
  return { 'one process, both': done / (effort.seconds * 2) }
}

function chain(first: (() => void) | undefined, second: () => void): () => void {
  return () => {
    first?.()
    second()
  }
}

export const together: Scenario = {
  title: 'Producer and worker together',
  rows: { 'one process, both': 'tasks/s' },
  run,
}
