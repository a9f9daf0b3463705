import { LIMIT, drain, fill } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'
import { within } from '../within.js'

const COUNT = 10_000

/** Drains what waits in another process, or in this one where there can be no other; gives megabytes. */
async function workerMemory({ contender, consume }: Stage): Promise<number> {
  const consumer = await consume?.(10)
  if (!consumer) {
    await drain(contender, 10, COUNT)
    return process.memoryUsage().rss / 1e6
  }
  const all = new Promise<void>((resolve) => {
    consumer.onReport = ({ count }) => count >= COUNT && resolve()
  })
  consumer.go()
  await within(LIMIT, all, `Running ${COUNT} tasks`)
  consumer.end()
  return consumer.report.rss / 1e6
}

export const bytes: Scenario = {
  title: 'Space',
  rows: { 'the store, a waiting task': 'bytes', 'a worker process': 'MB' },
  async run(stage) {
    const { contender, probe } = stage
    // The first task brings tables and scripts with it.
    await fill(contender, 1)
    const before = await probe.bytes()
    await fill(contender, COUNT)
    const after = await probe.bytes()
    return {
      'the store, a waiting task': (after - before) / COUNT,
      'a worker process': await workerMemory(stage),
    }
  },
}
