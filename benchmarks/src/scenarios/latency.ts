import { setTimeout } from 'node:timers/promises'
import { now } from '../contender.js'
import { LIMIT, workUntil } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'
import { percentile } from '../statistics.js'
import { within } from '../within.js'

/** Sends that come first and do not count. */
const WARM_UP = 30

/** An idle worker is sent lone tasks, from another process where that can be, some milliseconds apart. */
async function run({ contender, effort, produce }: Stage): Promise<Record<string, number>> {
  const count = WARM_UP + Math.round(400 * effort.seconds)
  const latencies: number[] = []
  const producer = await produce?.()
  const { stop, all } = await workUntil(contender, 10, count, (sentAt) => latencies.push(now() - sentAt))
  await setTimeout(100)
  const sending = producer ? producer.send(count) : sendSlowly(count, (sentAt) => contender.enqueue(sentAt))
  await within(LIMIT, Promise.all([all, sending]), `Picking up ${count} tasks`)
  producer?.end()
  await stop()
  const counted = latencies.slice(WARM_UP)
  return { p50: percentile(counted, 0.5), p99: percentile(counted, 0.99) }
}

/** Sends a number of lone tasks, 3 to 7 ms apart, so that they keep no step with anybody's polling. */
export async function sendSlowly(count: number, send: (sentAt: number) => unknown): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    await send(now())
    await setTimeout(3 + 4 * Math.random())
  }
}

export const latency: Scenario = {
  title: 'Pick-up latency of an idle worker',
  rows: { p50: 'ms', p99: 'ms' },
  run,
}
