import { nextTick } from '../base/timers.js'
import { type Awaitable, chain, isReady } from '../base/awaitable.js'
import { ChurnMap } from '../base/churn-map.js'
import type { Delivery, RunningTask } from '../backend/contract.js'
import type { Outcome } from '../events/events.js'
import { Execution } from '../execution/execution.js'
import type { Host } from '../execution/host.js'
import type { Task } from '../task/task.js'
import { peekName } from '../wire/payload.js'
import type { EndedTries } from './ended-tries.js'
import { EventLoopYield } from './event-loop-yield.js'
import { QuickTasks } from './quick-tasks.js'

/** Seconds that a task which was taken ahead waits for a slot, before it goes back on its queue. */
const SOON = 0.02

/** Whose tasks run, how many of them at once, and who needs to know what becomes of them. */
export interface SlotsOptions extends Pick<Host, 'engine' | 'keeper' | 'runner' | 'ident' | 'events'> {
  readonly concurrency: number
  /** Aborts when nothing new may be taken. */
  readonly stopTaking: AbortSignal
  /** Aborts when all that was taken is handed back. */
  readonly force: AbortSignal
  /** Where the ends of attempts are counted, if anywhere. */
  readonly ended: EndedTries | undefined
  /** Called when a slot has become free. */
  readonly onFree: () => void
  /** Called when a task is settled; without an outcome when it could not be. */
  readonly onSettled: (outcome: Outcome | undefined, task: Task | undefined) => void
}

/**
 * What runs in a worker. A task has a slot from its start until its function has ended, or its attempt has; being settled takes no
 * slot, nor does a function that goes on after its timeout, or after its task was taken away. But a store that is slow to
 * settle must not be asked for more and more, and functions that never end must not fill the machine: all together are twice
 * the slots at most; while tasks are quick, three times what is taken at once.
 *
 * While tasks are quick, more are taken at once, as `quick-tasks.ts` tells: what a call to the store costs is shared by more of them. And
 * while these run, as many more are, so that neither the store nor this process waits for the other. What has no slot starts as soon
 * as one becomes free; if none does soon, or nothing is to be started any more, it goes back on its queue.
 */
export class Slots {
  readonly #options: SlotsOptions
  readonly #host: Host
  readonly #quick: QuickTasks
  readonly #yield = new EventLoopYield()
  /** All that was taken and is not settled. */
  readonly #running = new ChurnMap<Delivery, Execution>()
  /** What of it has not been started. */
  readonly #ahead = new ChurnMap<Delivery, true>()
  /** How many have a slot. */
  #busy = 0
  /** How many functions go on although their timeouts are over, or their tasks are not held any more. */
  #leftovers = 0
  #wake: () => void = () => undefined

  constructor(options: SlotsOptions) {
    this.#options = options
    const { engine, keeper, runner, ident, events, ended } = options
    this.#host = {
      engine,
      keeper,
      runner,
      ident,
      events,
      ended: (delivery, seconds) => this.#onEnded(delivery, seconds),
      settled: ended && (({ queue }, outcome, seconds) => ended.add(queue, outcome, seconds)),
      taken: (delivery, outcome) => this.#onTaken(delivery, outcome),
      overran: () => this.#onLeftover(),
      overrunEnded: () => this.#onLeftoverEnd(),
    }
    this.#quick = new QuickTasks(options.concurrency)
  }

  /** Number of tasks that run or are being settled. */
  get running(): number {
    return this.#running.size
  }

  /** The first of the tasks whose functions run, in the order in which they were taken. */
  told(most: number): RunningTask[] {
    const now = this.#options.engine.clock.now()
    const told: RunningTask[] = []
    for (const { isRunning, seconds = 0, delivery } of this.#running.values()) {
      if (!isRunning) continue
      const name = peekName(delivery.data)
      const { queue, taskId } = delivery
      told.push({ queue, taskId, ...(name !== undefined && { name }), since: now - seconds })
      if (told.length === most) break
    }
    return told
  }

  /** Number of tasks that may be taken now. */
  get room(): number {
    const { concurrency, engine } = this.#options
    // What is not leased would be lost with this process; a function that goes on is not quick, however its try ended.
    const isQuick = this.#quick.areQuick && this.#leftovers === 0 && engine.backend.leases
    const batch = isQuick ? this.#quick.batch : concurrency
    const places = isQuick ? 2 * batch : batch
    const free = Math.min(places - this.#busy - this.#ahead.size, batch)
    return Math.min(free, places + batch - this.running - this.#leftovers)
  }

  /** Holds deliveries, whose leases are renewed from now on. */
  take(deliveries: readonly Delivery[]): Execution[] {
    return deliveries.map((delivery) => {
      const execution = new Execution(delivery, this.#host)
      this.#running.set(delivery, execution)
      this.#ahead.set(delivery, true)
      return execution
    })
  }

  /** Runs what was taken; resolves when it has been settled: at once where nothing has to be waited for. */
  run(execution: Execution): Awaitable<void> {
    // It may have been taken away meanwhile, and then needs no slot.
    if (this.#ahead.delete(execution.delivery)) this.#busy += 1
    let outcome: Awaitable<Outcome>
    try {
      outcome = execution.run()
    } catch (error) {
      // What an app overrides may throw anywhere.
      outcome = Promise.reject(error)
    }
    return this.#finish(execution, outcome)
  }

  /**
   * Starts what was taken, each as soon as there is a slot for it; resolves when all have been started, or put back. In the
   * latter case so is what `next` gives: what was taken later goes back earlier, since each goes to the head of its queue.
   */
  async start(executions: readonly Execution[], next: Promise<readonly Execution[]>): Promise<boolean> {
    for (const [at, execution] of executions.entries()) {
      if (!this.#hasSlot && !(await this.#getsSlotSoon())) {
        this.putBack([...executions.slice(at), ...(await next)])
        return false
      }
      // What has not begun is handed back with all the rest.
      if (this.#options.force.aborted) return false
      void this.run(execution)
      if (this.#yield.isDue) await this.#yield.take()
    }
    return true
  }

  /** Puts what was taken and has not begun back on its queue, the last one first: each goes to the head. */
  putBack(executions: readonly Execution[]): void {
    for (const execution of executions.toReversed()) void this.#finish(execution, execution.handBack())
  }

  /** Waits until a running task ends, or `wake` is called. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
    // Tasks that end together are settled together, and their slots filled by one call.
    await new Promise<void>((resolve) => nextTick(resolve))
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
    const running = [...this.#running.values()]
    await Promise.allSettled(running.toReversed().map((execution) => execution.handBack()))
  }

  get #hasSlot(): boolean {
    return this.#busy < this.#options.concurrency
  }

  async #getsSlotSoon(): Promise<boolean> {
    const { engine, stopTaking } = this.#options
    let isLate = false
    const cancel = engine.clock.timer(SOON, () => {
      isLate = true
      this.wake()
    })
    while (!this.#hasSlot && !isLate && !stopTaking.aborted) await this.change()
    cancel()
    return this.#hasSlot
  }

  #finish(execution: Execution, outcome: Awaitable<Outcome>): Awaitable<void> {
    return isReady(outcome) ? this.#onEnd(execution, outcome) : this.#finishLater(execution, outcome)
  }

  #finishLater(execution: Execution, outcome: PromiseLike<Outcome>): Awaitable<void> {
    return chain(
      outcome,
      (settled) => this.#onEnd(execution, settled),
      (error) => this.#onUnsettled(execution, error),
    )
  }

  #onUnsettled(execution: Execution, error: unknown): void {
    const { delivery, task } = execution
    execution.abandon()
    const { events, engine } = this.#options
    events.emit({ type: 'task:unsettled', delivery, task, error, atMostOnce: !engine.backend.leases })
    this.#onEnd(execution, undefined)
  }

  #onEnd({ delivery, task }: Execution, outcome: Outcome | undefined): void {
    if (this.#running.delete(delivery)) this.#tellSettled(outcome, task)
    else this.#onLeftoverEnd()
  }

  #tellSettled(outcome: Outcome | undefined, task: Task | undefined): void {
    this.#options.onSettled(outcome, task)
    this.#wake()
  }

  #onTaken(delivery: Delivery, outcome: Outcome): void {
    const execution = this.#running.get(delivery)
    if (!execution) return
    this.#running.delete(delivery)
    this.#onLeftover()
    this.#tellSettled(outcome, execution.task)
  }

  #onEnded(delivery: Delivery, seconds: number | undefined): void {
    this.#quick.ended(seconds)
    if (this.#ahead.delete(delivery)) return
    this.#busy -= 1
    this.#options.onFree()
    this.#wake()
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
