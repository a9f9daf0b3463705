import { type Awaitable, isReady } from '../base/awaitable.js'
import { Breath } from './event-loop-yield.js'
import type { Delivery } from '../backend/contract.js'
import type { EventStream } from '../events/event-stream.js'
import type { Outcome } from '../events/events.js'
import { Execution, type ExecutionHost } from '../execution/execution.js'
import { Pace } from './quick-tasks.js'
import type { Task } from '../task/task.js'
import { Turnover } from '../base/churn-map.js'

/** Seconds that a task which was taken ahead waits for a slot, before it goes back on its queue. */
const SOON = 0.02

/** Whose tasks run, how many of them at once, and who wants to know what becomes of them. */
export interface SlotsOptions extends Omit<ExecutionHost, 'taken' | 'ended'> {
  readonly concurrency: number
  /** Aborts when nothing new may be taken. */
  readonly enough: AbortSignal
  /** Aborts when all that was taken is handed back. */
  readonly force: AbortSignal
  /** Called when a slot has become free. */
  readonly ended: () => void
  /** Without an outcome when it could not be settled. */
  readonly done: (outcome: Outcome | undefined, task: Task | undefined) => void
}

/**
 * What runs in a worker. A task has a slot from its start until its function has ended, or its try has; being settled takes no
 * slot, nor does a function that goes on after its timeout, or after its task was taken away. But a store that is slow to
 * settle must not be asked for more and more, and functions that never end must not fill the machine: all together are twice
 * the slots at most, and six times while tasks are quick.
 *
 * While tasks are quick, twice as many are taken at once: what a call to the store costs is shared by more of them. And while
 * these run, as many more are, so that neither the store nor this process waits for the other. What has no slot starts as soon
 * as one becomes free; if none does soon, or nothing is to be started any more, it goes back on its queue.
 */
export class Slots {
  readonly #options: SlotsOptions
  readonly #host: ExecutionHost
  readonly #pace: Pace
  readonly #breath = new Breath()
  /** All that was taken and is not settled. */
  readonly #running = new Turnover<Execution, true>()
  /** What of it has not been started. */
  readonly #ahead = new Turnover<Delivery, true>()
  /** How many have a slot. */
  #busy = 0
  /** How many functions go on although their timeouts are over, or their tasks are not held any more. */
  #leftovers = 0
  #wake: () => void = () => undefined

  constructor(options: SlotsOptions) {
    this.#options = options
    const taken: ExecutionHost['taken'] = (execution, outcome) => this.#onTaken(execution, outcome)
    const ended: ExecutionHost['ended'] = (delivery, seconds) => this.#onEnded(delivery, seconds)
    this.#host = { ...options, ended, taken }
    this.#pace = new Pace(options.concurrency)
    this.#watchLeftovers(options.events)
  }

  /** How many tasks run or are being settled. */
  get running(): number {
    return this.#running.size
  }

  /** How many more tasks may be taken. */
  get room(): number {
    const { concurrency, gator } = this.#options
    // What is not leased would be lost with this process; a function that goes on is not quick, however its try ended.
    const isQuick = this.#pace.isQuick && this.#leftovers === 0 && gator.backend.leases
    const batch = isQuick ? 2 * concurrency : concurrency
    const places = isQuick ? 2 * batch : batch
    const free = Math.min(places - this.#busy - this.#ahead.size, batch)
    return Math.min(free, places + batch - this.running - this.#leftovers)
  }

  /** Runs a delivery; resolves when it has been settled. */
  run(delivery: Delivery): Awaitable<void> {
    const [execution] = this.take([delivery])
    return execution && this.#start(execution)
  }

  /** Holds deliveries, whose leases are renewed from now on. */
  take(deliveries: readonly Delivery[]): Execution[] {
    return deliveries.map((delivery) => this.#take(delivery))
  }

  /**
   * Starts what was taken, each as soon as there is a slot for it; resolves when all have been started, or put back. In the
   * latter case so is what `next` gives: what was taken later goes back earlier, since each goes to the head of its queue.
   */
  async start(executions: readonly Execution[], next: Promise<readonly Execution[]>): Promise<boolean> {
    for (const [at, execution] of executions.entries()) {
      if (!this.#hasSlot && !(await this.#getsSlotSoon())) {
        this.#putBack([...executions.slice(at), ...(await next)])
        return false
      }
      // What has not begun is handed back with all the rest.
      if (this.#options.force.aborted) return false
      void this.#start(execution)
      if (this.#breath.isDue) await this.#breath.take()
    }
    return true
  }

  /** Waits until a running task ends, or `wake` is called. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
    // Tasks that end together are settled together, and their slots filled by one call.
    await new Promise((resolve) => process.nextTick(resolve))
  }

  wake(): void {
    this.#wake()
  }

  /** Resolves when all that runs has been settled. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await this.change()
  }

  /** Puts all that runs back on its queue, the last one first: each goes to the head. */
  async handBack(): Promise<void> {
    await Promise.allSettled([...this.#running.keys()].toReversed().map((execution) => execution.handBack()))
  }

  get #hasSlot(): boolean {
    return this.#busy < this.#options.concurrency
  }

  async #getsSlotSoon(): Promise<boolean> {
    const { gator, enough } = this.#options
    let isLate = false
    const cancel = gator.clock.timer(SOON, () => {
      isLate = true
      this.wake()
    })
    while (!this.#hasSlot && !isLate && !enough.aborted) await this.change()
    cancel()
    return this.#hasSlot
  }

  /** The last one first: each goes to the head of its queue. */
  #putBack(executions: readonly Execution[]): void {
    for (const execution of executions.toReversed()) void this.#settle(execution, execution.handBack())
  }

  /** Holds a delivery, whose lease is renewed from now on. */
  #take(delivery: Delivery): Execution {
    const execution = new Execution(delivery, this.#host)
    this.#running.set(execution, true)
    this.#ahead.set(delivery, true)
    return execution
  }

  /** Runs what was taken, and settles it: at once where nothing has to be waited for. */
  #start(execution: Execution): Awaitable<void> {
    // It may have been taken away meanwhile, and then needs no slot.
    if (this.#ahead.delete(execution.delivery)) this.#busy += 1
    return this.#settle(execution, execution.run())
  }

  #settle(execution: Execution, outcome: Awaitable<Outcome>): Awaitable<void> {
    if (isReady(outcome)) return this.#onEnd(execution, outcome)
    return outcome.then(
      (settled) => this.#onEnd(execution, settled),
      (error: unknown) => this.#onUnsettled(execution, error),
    )
  }

  #onUnsettled(execution: Execution, error: unknown): void {
    const { delivery, task } = execution
    this.#options.events.emit({ type: 'task:unsettled', delivery, task, error })
    this.#onEnd(execution, undefined)
  }

  #onEnd(execution: Execution, outcome: Outcome | undefined): void {
    if (this.#running.has(execution)) this.#finish(execution, outcome)
    else this.#onLeftoverEnd()
  }

  #finish(execution: Execution, outcome: Outcome | undefined): void {
    this.#running.delete(execution)
    this.#options.done(outcome, execution.task)
    this.#wake()
  }

  #onTaken(execution: Execution, outcome: Outcome): void {
    if (!this.#running.has(execution)) return
    this.#onLeftover()
    this.#finish(execution, outcome)
  }

  #onEnded(delivery: Delivery, seconds: number | undefined): void {
    this.#pace.ended(seconds)
    if (this.#ahead.delete(delivery)) return
    this.#busy -= 1
    this.#options.ended()
    this.#wake()
  }

  #watchLeftovers(events: EventStream): void {
    events.on('task:timeout', () => this.#onLeftover())
    events.on('task:late', () => this.#onLeftoverEnd())
  }

  #onLeftover(): void {
    const { concurrency, events, ident } = this.#options
    this.#leftovers += 1
    const running = this.#leftovers
    if (running === 2 * concurrency) events.emit({ type: 'worker:stuck', worker: ident(), running })
  }

  #onLeftoverEnd(): void {
    this.#leftovers -= 1
    this.#wake()
  }
}
