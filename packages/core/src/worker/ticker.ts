import type { EventStream } from '../events/event-stream.js'
import type { Gator } from '../gator/gator.js'

/** Seconds until a store that could not be asked is asked again. */
const PAUSE = 1
/** Seconds until the next attempt for a schedule that could not be moved on. */
const FAILURE_PAUSE = 10

/** Whose schedules are kept going, and what is called for them. */
export interface TickerOptions {
  readonly gator: Gator
  readonly queues: readonly string[]
  readonly events: EventStream
  readonly ident: () => string
}

/**
 * Makes the ticks that are due on the queues of a worker. It knows when the next one is due, since the store says so in its answer to
 * what is asked anyway, and asks nothing else before. Where there are no schedules it never asks.
 */
export class Ticker {
  readonly #options: TickerOptions
  #unlisten: (() => void) | undefined
  #cancelTimer: (() => void) | undefined
  /** The look that is under way; never rejects. */
  #looking: Promise<void> | undefined
  #isToLookAgain = false
  #isOver = true
  #isReported = false
  #ticks = 0

  constructor(options: TickerOptions) {
    this.#options = options
  }

  begin(): void {
    this.#isOver = false
    const { gator, queues } = this.#options
    this.#unlisten = gator.backend.schedules?.onPut((queue) => {
      if (queues.includes(queue)) this.#look()
    })
  }

  /** Makes no more ticks. */
  stop(): void {
    this.#isOver = true
    this.#unlisten?.()
    this.#cancelTimer?.()
  }

  /** The same, and resolves when what was under way has ended. */
  async end(): Promise<void> {
    this.stop()
    await this.#looking
  }

  /** The store says in how many seconds the next tick is due; `undefined`: there is none. */
  hear(seconds: number | undefined): void {
    if (seconds === undefined || this.#isOver) return
    void this.#report()
    if (!this.#looking) this.#arm(seconds)
  }

  /** Whether it has made any ticks since it was asked last, once those have been made that are due. */
  async hasTicked(): Promise<boolean> {
    await this.#looking
    const ticks = this.#ticks
    this.#ticks = 0
    return ticks > 0
  }

  #arm(seconds: number): void {
    this.#cancelTimer?.()
    if (seconds <= 0) return this.#look()
    this.#cancelTimer = this.#options.gator.clock.timer(seconds, () => this.#look())
  }

  #look(): void {
    if (this.#isOver) return
    if (this.#looking) this.#isToLookAgain = true
    else this.#looking = this.#lookNow()
  }

  async #lookNow(): Promise<void> {
    let next: number | undefined
    do {
      this.#isToLookAgain = false
      next = await this.#tick()
    } while (this.#isToLookAgain && !this.#isOver)
    this.#looking = undefined
    if (next !== undefined && !this.#isOver) this.#arm(Math.max(next, 0.001))
  }

  /** Gives the seconds until the next look, if there is to be one. */
  async #tick(): Promise<number | undefined> {
    const { gator, queues, events, ident } = this.#options
    const worker = ident()
    try {
      const { next, ticks, dropped, failures } = await gator.scheduler.tickDue(queues)
      this.#ticks += ticks
      for (const { schedule, count } of dropped)
        events.emit({
          type: 'worker:dropped',
          worker,
          queue: schedule.queue,
          schedule: schedule.id,
          ticks: count,
        })
      for (const { schedule, error } of failures)
        events.emit({
          type: 'worker:unscheduled',
          worker,
          queue: schedule.queue,
          schedule: schedule.id,
          error,
        })
      return failures.length > 0 ? Math.min(next ?? FAILURE_PAUSE, FAILURE_PAUSE) : next
    } catch {
      // The store is away, which the worker reports already.
      return PAUSE
    }
  }

  /** Once: what the code has forgotten is there for long. */
  async #report(): Promise<void> {
    if (this.#isReported) return
    this.#isReported = true
    const { gator, events, ident } = this.#options
    const schedules = await gator.scheduler.undeclared().catch(() => [])
    if (schedules.length > 0)
      events.emit({ type: 'worker:undeclared', worker: ident(), queue: gator.queueName, schedules })
  }
}
