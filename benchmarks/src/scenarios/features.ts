import { setTimeout as pause } from 'node:timers/promises'
import type { Contender, Features } from '../contender.js'
import { drain, fill, numbers, sized } from '../measure.js'
import type { Scenario } from '../scenario.js'
import { rate } from './enqueue.js'

const BATCH = 1000
const SCHEDULES = 50

/** Drains tasks whose results are kept; gives tasks per second. */
async function drainKept(contender: Contender, features: Features, count: number): Promise<number> {
  for (let left = count; left > 0; left -= BATCH)
    await features.enqueueManyKept(numbers(Math.min(left, BATCH)))
  return drain(contender, 10, count)
}

/** The client's CPU for one tick and the task that it makes, in microseconds. */
async function tickCost(contender: Contender, features: Features, seconds: number): Promise<number> {
  let ticks = 0
  const stop = await contender.work(10, () => (ticks += 1))
  await features.schedule(SCHEDULES)
  // The first ticks warm up.
  while (ticks < SCHEDULES) await pause(50)
  const [before, first] = [process.cpuUsage(), ticks]
  await pause(seconds * 1000)
  const { user, system } = process.cpuUsage(before)
  const made = ticks - first
  await stop()
  return (user + system) / made
}

export const features: Scenario = {
  title: 'What features cost, beside the same without',
  rows: {
    'one by one': 'tasks/s',
    'one by one, with keys': 'tasks/s',
    'in bulk of 100': 'tasks/s',
    'in bulk of 100, with keys': 'tasks/s',
    'drain, concurrency 10': 'tasks/s',
    'drain, concurrency 10, results kept': 'tasks/s',
    'a tick and its task, client': 'µs',
  },
  async run({ contender, effort: { seconds } }) {
    const { features } = contender
    if (!features) return {}
    let key = 0
    const keys = (count: number) => Array.from({ length: count }, () => (key += 1))
    const one = () => contender.enqueue(0)
    const unique = () => features.enqueueUnique((key += 1))
    await rate(0.2, 100, 1, one)
    await rate(0.2, 100, 1, unique)
    const figures = {
      'one by one': await rate(seconds, 1, 1, one),
      'one by one, with keys': await rate(seconds, 1, 1, unique),
      'in bulk of 100': await rate(seconds, 1, 100, () => contender.enqueueMany?.(numbers(100))),
      'in bulk of 100, with keys': await rate(seconds, 1, 100, () => features.enqueueManyUnique(keys(100))),
    }
    await fill(contender, BATCH)
    const count = sized(await drain(contender, 10, BATCH), seconds)
    const plain = async () => {
      await fill(contender, count)
      return drain(contender, 10, count)
    }
    const kept = () => drainKept(contender, features, count)
    // Whichever comes first warms up for the other.
    await plain()
    await kept()
    return {
      ...figures,
      'drain, concurrency 10': await plain(),
      'drain, concurrency 10, results kept': await kept(),
      'a tick and its task, client': await tickCost(contender, features, 6 * seconds),
    }
  },
}
