import { drain, fill, inFlight, sized } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'

const DELAYED = 100_000
const HOUR = 3_600_000
/** Seconds that filling the queue may take; a contender that needs longer leaves the row out. */
const PATIENCE = 20
const ROUGHLY = 1000

const LEVELS: readonly { readonly name: string; readonly waiting: number; readonly delayed?: boolean }[] = [
  { name: '1 k waiting', waiting: 1000 },
  { name: '100 k waiting', waiting: 100_000 },
  { name: '100 k waiting, 100 k delayed', waiting: 100_000, delayed: true },
  { name: '1 M waiting, 100 k delayed', waiting: 1_000_000 },
]

async function delay({ contender }: Stage): Promise<void> {
  let left = DELAYED
  await inFlight(100, () => (left-- > 0 ? contender.enqueueLater?.(0, HOUR) : false))
}

/** Puts tasks on a queue of that length, and takes as many off it. */
async function measure(
  { contender, effort }: Stage,
  rate: number,
): Promise<[enqueue: number, drain: number]> {
  const count = sized(rate, effort.seconds / 2)
  let left = count
  const begin = performance.now()
  await inFlight(100, () => (left-- > 0 ? contender.enqueue(0) : false))
  const enqueued = count / ((performance.now() - begin) / 1000)
  return [enqueued, await drain(contender, 10, count)]
}

async function run(stage: Stage): Promise<Record<string, number>> {
  const { contender, effort } = stage
  const figures: Record<string, number> = {}
  const begin = performance.now()
  await fill(contender, 2 * ROUGHLY)
  const fillRate = (2 * ROUGHLY) / ((performance.now() - begin) / 1000)
  const rate = await drain(contender, 10, ROUGHLY)
  let waiting = ROUGHLY
  for (const level of LEVELS) {
    const missing = level.waiting - waiting + (level.delayed ? DELAYED : 0)
    if (level.waiting > effort.backlog || missing / fillRate > PATIENCE) break
    if (level.delayed && !contender.enqueueLater) break
    await fill(contender, level.waiting - waiting)
    waiting = level.waiting
    if (level.delayed) await delay(stage)
    const [enqueued, drained] = await measure(stage, rate)
    figures[`enqueue, ${level.name}`] = enqueued
    figures[`drain, ${level.name}`] = drained
  }
  return figures
}

export const growth: Scenario = {
  title: 'Growth: the same at any length of the queue',
  rows: Object.fromEntries(
    ['enqueue', 'drain'].flatMap((what) => LEVELS.map(({ name }) => [`${what}, ${name}`, 'tasks/s'])),
  ),
  run,
}
