import { type Awaitable, isReady } from './awaitable.js'
import { Breath } from './breath.js'
import type { Delivery } from './contract.js'
import type { EventStream } from './event-stream.js'
import type { Outcome } from './events.js'
import { Execution, type ExecutionHost } from './execution.js'
import type { Task } from './task.js'

/** Whose tasks run, how many of them at once, and who wants to know what becomes of them. */
export interface SlotsOptions extends Omit<ExecutionHost, 'taken'> {
  readonly concurrency: number
  /** Without an outcome when it could not be settled. */
  readonly done: (outcome: Outcome | undefined, task: Task | undefined) => void
}

/**
 * What runs in a worker. A task has a slot from its start until its function has ended, or its try has; being settled takes no
 * slot, nor does a function that goes on after its timeout, or after its task was taken away. But a store that is slow to settle must not be asked for more and
 * more, and functions that never end must not fill the machine: all together are twice the slots at most.
 */
export class Slots {
  readonly #options: SlotsOptions
  readonly #host: ExecutionHost
  readonly #running = new Set<Execution>()
  /** How many of those that run still need their slot; the others are only being settled. */
  #busy = 0
  /** How many functions go on although their timeouts are over, or their tasks are not held any more. */
  #leftovers = 0
  readonly #breath = new Breath()
  #wake: () => void = () => undefined

  constructor(options: SlotsOptions) {
    this.#options = options
    const taken: ExecutionHost['taken'] = (execution, outcome) => this.#onTaken(execution, outcome)
    this.#host = { ...options, ended: () => this.#onEnded(), taken }
    this.#watchLeftovers(options.events)
  }

  /** How many tasks run or are being settled. */
  get running(): number {
    return this.#running.size
  }

  /** How many more tasks may start now. */
  get free(): number {
    const { concurrency } = this.#options
    return Math.min(concurrency - this.#busy, 2 * concurrency - this.running - this.#leftovers)
  }

  /** Takes a slot for a delivery, whose lease is renewed from now on; `run` is to follow. */
  take(delivery: Delivery): Execution {
    const execution = new Execution(delivery, this.#host)
    this.#busy += 1
    this.#running.add(execution)
    return execution
  }

  /** Runs all of them. When `force` aborts meanwhile, those that have not begun are left to `handBack`. */
  async start(deliveries: readonly Delivery[], force: AbortSignal): Promise<void> {
    for (const execution of deliveries.map((delivery) => this.take(delivery))) {
      if (force.aborted) return
      void this.run(execution)
      if (this.#breath.isDue) await this.#breath.take()
    }
  }

  /** Runs what `take` gave, and settles it: at once where nothing has to be waited for. */
  run(execution: Execution): Awaitable<void> {
    const outcome = execution.run()
    if (isReady(outcome)) return this.#onEnd(execution, outcome)
    return outcome.then(
      (settled) => this.#onEnd(execution, settled),
      (error: unknown) => this.#onUnsettled(execution, error),
    )
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

  /** Puts all that runs back on its queue. */
  async handBack(): Promise<void> {
    await Promise.allSettled([...this.#running].map((execution) => execution.handBack()))
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

  #onEnded(): void {
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
