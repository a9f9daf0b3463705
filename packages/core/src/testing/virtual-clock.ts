import { setImmediate } from '../base/timers.js'
import type { Clock } from '../base/clock.js'
import { type Duration, toSeconds } from '../base/duration.js'

interface Alarm {
  readonly at: number
  readonly callback: () => void
}

/**
 * A clock for tests that stands still until it is moved, and then fires every timer on the way, in order.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock()
 * const gator = new Gator('locmem://', { clock })
 * await gator.options({ delayBy: '1h' }).task(sendPostEmail, 1, 2)
 * await gator.pop()        // undefined: not due
 * await clock.advance('1h')
 * await gator.pop()        // the task, run
 * ```
 */
export class VirtualClock implements Clock {
  #now: number
  readonly #alarms = new Set<Alarm>()

  /** `start` is Unix time in seconds. (Default: 1 January 2026) */
  constructor(start = 1_767_225_600) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  timer(seconds: number, callback: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, seconds), callback }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** Moves the clock, letting what each timer starts run before the next one fires. Negative seconds set it back. */
  async advance(duration: Duration): Promise<void> {
    await settle()
    const end = this.#now + toSeconds(duration, 'duration', Number.NEGATIVE_INFINITY)
    for (let alarm = this.#next(end); alarm; alarm = this.#next(end)) {
      this.#now = Math.max(this.#now, alarm.at)
      this.#alarms.delete(alarm)
      alarm.callback()
      await settle()
    }
    this.#now = end
  }

  #next(end: number): Alarm | undefined {
    const due = [...this.#alarms].filter((alarm) => alarm.at <= end)
    return due.sort((a, b) => a.at - b.at)[0]
  }
}

/** Lets everything that is ready run, so that it can set its next timer. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
