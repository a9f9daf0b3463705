import { LIMIT, drain, fill, fillAndDrain, sized } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'
import { within } from '../within.js'

const CONCURRENCIES = [1, 10, 100]

/** Two worker processes empty the queue together; gives tasks per second, from the first start to the last task. */
async function together({ contender, effort, consume }: Stage, rough: number): Promise<number | undefined> {
  if (!consume) return undefined
  const consumers = await Promise.all([consume(10), consume(10)])
  const count = sized(rough, effort.seconds)
  await fill(contender, count)
  const total = () => consumers.reduce((sum, { report }) => sum + report.count, 0)
  const all = new Promise<void>((resolve) => {
    for (const consumer of consumers) consumer.onReport = () => total() >= count && resolve()
  })
  for (const consumer of consumers) consumer.go()
  await within(LIMIT, all, `Running ${count} tasks in two processes`)
  const begin = Math.min(...consumers.map(({ report }) => report.firstAt))
  const end = Math.max(...consumers.map(({ report }) => report.lastAt))
  for (const consumer of consumers) consumer.end()
  return count / ((end - begin) / 1000)
}

export const drainScenario: Scenario = {
  title: 'Drain',
  rows: {
    'concurrency 1': 'tasks/s',
    'concurrency 10': 'tasks/s',
    'concurrency 100': 'tasks/s',
    'two processes × 10': 'tasks/s',
  },
  async run(stage) {
    const { contender, effort } = stage
    const figures: Record<string, number> = {}
    // To warm up; what counts begins afterwards.
    await fill(contender, 1000)
    await drain(contender, 10, 1000)
    for (const concurrency of CONCURRENCIES) {
      figures[`concurrency ${concurrency}`] = await fillAndDrain(contender, concurrency, effort.seconds)
    }
    const both = await together(stage, figures['concurrency 10'] ?? 0)
    return both === undefined ? figures : { ...figures, 'two processes × 10': both }
  },
}
