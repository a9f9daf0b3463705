import { inFlight, numbers } from '../measure.js'
import type { Scenario } from '../scenario.js'

/** Calls `step`, which puts a number of tasks on the queue, for a number of seconds; gives tasks per second. */
export async function rate(
  seconds: number,
  loops: number,
  tasks: number,
  step: () => unknown,
): Promise<number> {
  let done = 0
  const begin = performance.now()
  const end = begin + seconds * 1000
  await inFlight(loops, async () => {
    await step()
    done += tasks
    return performance.now() < end
  })
  return done / ((performance.now() - begin) / 1000)
}

export const enqueue: Scenario = {
  title: 'Enqueue',
  rows: {
    'one by one': 'tasks/s',
    '100 in flight': 'tasks/s',
    'in bulk, 100 a call': 'tasks/s',
    'in bulk, 1000 a call': 'tasks/s',
  },
  async run({ contender, effort: { seconds } }) {
    const one = () => contender.enqueue(0)
    await rate(0.2, 100, 1, one)
    const figures: Record<string, number> = {
      'one by one': await rate(seconds, 1, 1, one),
      '100 in flight': await rate(seconds, 100, 1, one),
    }
    if (!contender.enqueueMany) return figures
    for (const size of [100, 1000]) {
      const batch = numbers(size)
      figures[`in bulk, ${size} a call`] = await rate(seconds, 1, size, () => contender.enqueueMany?.(batch))
    }
    return figures
  },
}
