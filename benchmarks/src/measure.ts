import type { Contender, Stop } from './contender.js'
import { within } from './within.js'

/** Seconds after which a measurement is given up. */
export const LIMIT = 60
/** How many tasks one call of `enqueueMany` puts on the queue where nothing else is asked. */
const BATCH = 1000
const LEAST = 300
const MOST = 100_000

/** Calls `step` from a number of loops at once, until it gives false. */
export async function inFlight(loops: number, step: () => unknown): Promise<void> {
  const loop = async () => {
    for (let go: unknown = true; go !== false;) go = await step()
  }
  await Promise.all(Array.from({ length: loops }, loop))
}

/** Puts a number of tasks on the queue, the fastest way. */
export async function fill(contender: Contender, count: number): Promise<void> {
  let left = count
  if (contender.enqueueMany) {
    for (; left > 0; left -= BATCH) await contender.enqueueMany(numbers(Math.min(left, BATCH)))
    return
  }
  await inFlight(100, () => (left-- > 0 ? contender.enqueue(left) : false))
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** Begins to work; `all` resolves when a number of tasks have run, and `onTask` hears of no more than these. */
export async function workUntil(
  contender: Contender,
  concurrency: number,
  count: number,
  onTask: (sentAt: number) => void,
): Promise<{ readonly stop: Stop; readonly all: Promise<void> }> {
  let left = count
  let finish = () => {}
  const all = new Promise<void>((resolve) => (finish = resolve))
  const stop = await contender.work(concurrency, (sentAt) => {
    left -= 1
    if (left >= 0) onTask(sentAt)
    if (left === 0) finish()
  })
  return { stop, all }
}

/** Runs a number of of the tasks that wait; gives tasks per second, from the first to the last. */
export async function drain(contender: Contender, concurrency: number, count: number): Promise<number> {
  let begin = 0
  let end = 0
  const { stop, all } = await workUntil(contender, concurrency, count, () => {
    end = performance.now()
    begin ||= end
  })
  await within(LIMIT, all, `Running ${count} tasks`)
  await stop()
  return (count - 1) / ((end - begin) / 1000)
}

/** How many tasks take that number of seconds at this rate. */
export function sized(rate: number, seconds: number): number {
  return Math.round(Math.min(MOST, Math.max(LEAST, rate * seconds)))
}

/** Fills and drains twice: a short time to warm up and to learn the rate, then for as long as was asked. */
export async function fillAndDrain(
  contender: Contender,
  concurrency: number,
  seconds: number,
): Promise<number> {
  await fill(contender, LEAST)
  const rough = await drain(contender, concurrency, LEAST)
  const count = sized(rough, seconds)
  await fill(contender, count)
  return drain(contender, concurrency, count)
}
