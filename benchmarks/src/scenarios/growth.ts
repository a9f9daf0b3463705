import { drain, fill, inFlight, sized } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'

const DELAYED = 100_000
const HOUR = 3_600_000
/** Seconds that filling the queue may take; a contender that needs longer leaves the row out. */
const PATIENCE = 40
const ROUGHLY = 1000
const WARM_UPS = 5

const LEVELS: readonly { readonly name: string; readonly waiting: number; readonly delayed?: boolean }[] = [
  { name: '1 k waiting', waiting: 1000 },
  { name: '100 k waiting', waiting: 100_000 },
  { name: '100 k waiting, 100 k delayed', waiting: 100_000, delayed: true },
  // Where it can, with the delayed ones beside it.
  { name: '1 M waiting', waiting: 1_000_000 },
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

/** Rounds of filling and draining, so that the first level is as warm as the last; gives the rate of draining. */
async function warmUp({ contender }: Stage): Promise<number> {
  let rate = 0
  for (let round = 0; round < WARM_UPS; round += 1) {
    await fill(contender, ROUGHLY)
    rate = await drain(contender, 10, ROUGHLY)
  }
  return rate
}

async function run(stage: Stage): Promise<Record<string, number>> {
  const { contender, effort } = stage
  const figures: Record<string, number> = {}
  const rate = await warmUp(stage)
  let waiting = 0
  let perTask = 0
  for (const level of LEVELS) {
    const missing = level.waiting - waiting + (level.delayed ? DELAYED : 0)
    if (level.waiting > effort.backlog || missing * perTask > PATIENCE) break
    if (level.delayed && !contender.enqueueLater) continue
    const begin = performance.now()
    await fill(contender, level.waiting - waiting)
    if (level.delayed) await delay(stage)
    waiting = level.waiting
    perTask = (performance.now() - begin) / 1000 / missing
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
