import { setTimeout as pause } from 'node:timers/promises'
import { fill, LIMIT } from '../measure.js'
import type { Scenario } from '../scenario.js'
import { median } from '../statistics.js'
import { within } from '../within.js'

/** Tasks that come at once, each second: the same load for everyone who can carry it. */
const BURST = 1000
/** How many bursts the first and the last figure are the median of. */
const SAMPLE = 10

export const horizon: Scenario = {
  title: 'Under load, while somebody holds a snapshot for ten minutes',
  rows: { 'drain, at first': 'tasks/s', 'drain, at the end': 'tasks/s' },
  isLong: true,
  async run({ contender, probe, effort }) {
    let onTask = () => {}
    const stop = await contender.work(10, () => onTask())
    /** Sends one burst; gives tasks per second, from the first that runs to the last. */
    const burst = async () => {
      let left = BURST
      let begin = 0
      const all = new Promise<number>((resolve) => {
        onTask = () => {
          begin ||= performance.now()
          left -= 1
          if (left === 0) resolve((BURST - 1) / ((performance.now() - begin) / 1000))
        }
      })
      await fill(contender, BURST)
      return within(LIMIT, all, `Running ${BURST} tasks`)
    }

    for (let warmUp = 0; warmUp < 5; warmUp += 1) await burst()
    await probe.holdSnapshot?.()
    const rates: number[] = []
    const end = performance.now() + 1000 * effort.horizon
    while (performance.now() < end) {
      const next = performance.now() + 1000
      rates.push(await burst())
      await pause(Math.max(0, next - performance.now()))
    }
    await stop()
    return {
      'drain, at first': median(rates.slice(0, SAMPLE)),
      'drain, at the end': median(rates.slice(-SAMPLE)),
    }
  },
}
