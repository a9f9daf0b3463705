import { queueMicrotask } from '../base/timers.js'
import type { Clock } from '../base/clock.js'
import type { Delivery } from '../backend/contract.js'

/** One `reserve` that waits. */
interface Waiter {
  readonly take: () => Delivery[]
  readonly end: (deliveries: Delivery[]) => void
}

/** A wait that has begun: `deliveries` settles when something is due, time is up or `end` is called. */
export interface Wait {
  readonly deliveries: Promise<Delivery[]>
  readonly end: () => void
}

/** The `reserve` calls that wait, first come first served, and the one timer that wakes them for the next delay or lease. */
export class Waiters {
  readonly #clock: Clock
  readonly #nextDue: () => number
  readonly #endLeases: () => unknown
  readonly #waiters = new Set<Waiter>()
  #alarm: { readonly at: number; readonly cancel: () => void } | undefined
  #waking = false

  /** `nextDue` gives the time when the next delay or lease ends; `endLeases` ends those that are over, and calls `wake`. */
  constructor(clock: Clock, nextDue: () => number, endLeases: () => unknown) {
    this.#clock = clock
    this.#nextDue = nextDue
    this.#endLeases = endLeases
  }

  /** Waits up to a number of seconds until `take` gives something. */
  wait(seconds: number, take: () => Delivery[]): Wait {
    let end = (_deliveries: Delivery[]): void => {}
    const deliveries = new Promise<Delivery[]>((resolve) => {
      const cancelTimer = this.#clock.timer(seconds, () => end([]))
      end = (taken) => {
        cancelTimer()
        this.#remove(waiter)
        resolve(taken)
      }
      const waiter: Waiter = { take, end }
      this.#waiters.add(waiter)
      this.arm()
    })
    return { deliveries, end: () => end([]) }
  }

  /** Something has become due. Waiters are served after the current tick's other pushes, so that one takes a batch. */
  wake(): void {
    if (this.#waking || this.#waiters.size === 0) return
    this.#waking = true
    queueMicrotask(() => {
      this.#waking = false
      this.#serve()
    })
  }

  /** Sees to it that the timer goes off no later than the next delay or lease ends. */
  arm(): void {
    if (this.#waiters.size === 0) return
    const at = this.#nextDue()
    if (at === Infinity || (this.#alarm && this.#alarm.at <= at)) return
    this.#alarm?.cancel()
    const cancel = this.#clock.timer(Math.max(0, at - this.#clock.now()), () => {
      this.#alarm = undefined
      this.#endLeases()
      this.#serve()
      this.arm()
    })
    this.#alarm = { at, cancel }
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      const taken = waiter.take()
      if (taken.length > 0) waiter.end(taken)
    }
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    if (this.#waiters.size > 0) return
    this.#alarm?.cancel()
    this.#alarm = undefined
  }
}
