import { hostname } from 'node:os'
import { sleep } from './clock.js'
import type { Delivery, ReserveOptions } from './contract.js'
import { type Duration, toSeconds } from './duration.js'
import { InvalidOptionError, isError, isPassing, messageOf } from './errors.js'
import { type Logger, type Outcome, logEvent } from './events.js'
import { Execution, type ExecutionHost } from './execution.js'
import type { Gator } from './gator.js'
import { LEAST_LEASE, LeaseKeeper } from './lease-keeper.js'
import { textLogger } from './logger.js'
import { MemoryCeiling } from './memory-ceiling.js'
import { type QueueOrder, type ToConsume, queueOrder } from './queue-order.js'

/** How a {@link Worker} works. Every part is optional. */
export interface WorkerOptions {
  /** Ends after so many tries; 0 is never. (Default: 0) */
  readonly maxTasks?: number
  /**
   * Ends when this process takes so many bytes of memory (its resident set): nothing new is taken, and what runs may end,
   * however long it takes. 0 is never. (Default: 0)
   */
  readonly maxMemory?: number
  /**
   * The queue to take tasks from, or several: in a list the first is emptied before the second is looked at, in an object
   * (`{ high: 5, low: 1 }`) each has a weight of 1 or more, and full queues share what runs by weight. (Default: the gator's)
   */
  readonly toConsume?: ToConsume
  /** The pause between two looks at a store that cannot wait. (Default: 0.1 s) */
  readonly napTime?: Duration
  /** How many tasks run at once. (Default: 10) */
  readonly concurrency?: number
  /** How long a task is held without a sign of life before another worker gets it. (Default: 30 s) */
  readonly lease?: Duration
  /** How long running tasks may go on once the worker must stop. (Default: 30 s) */
  readonly shutdownTimeout?: Duration
  /** Ends when nothing is due and nothing runs. (Default: false) */
  readonly burst?: boolean
  /** Where the log lines go. (Default: text on stdout, warnings and errors on stderr) */
  readonly logger?: Logger
}

/** Seconds that one wait inside the store may take; it is then simply begun again. */
const WAIT = 30
/** Seconds that handing back running tasks may take before the worker ends without it; their leases will lapse. */
const HAND_BACK_TIMEOUT = 5
const TRIED: ReadonlySet<Outcome> = new Set(['success', 'retry', 'dead'])

/**
 * Takes tasks off queues and runs them.
 *
 * It *consumes* until `stop()`, a signal, `maxTasks`, `maxMemory` or (in a burst) an empty queue; then it *drains*: nothing new is
 * taken, and what runs may end within `shutdownTimeout`; what has not ended then is aborted and handed back to its queue,
 * no try charged; then it has *stopped*. A second `stop()` or signal hands back at once.
 *
 * @example
 * ```ts
 * const worker = new Worker(gator, { concurrency: 20 })
 * await worker.runForever()
 * ```
 */
export class Worker {
  readonly gator: Gator
  readonly maxTasks: number
  /** Bytes. */
  readonly maxMemory: number
  /** The names of its queues. */
  readonly toConsume: readonly string[]
  /** Seconds. */
  readonly napTime: number
  readonly concurrency: number
  /** Seconds. */
  readonly shutdownTimeout: number
  readonly burst: boolean
  /** How many tries it has made, successful or not. */
  tasksComplete = 0
  readonly #order: QueueOrder
  readonly #logger: Logger
  readonly #keeper: LeaseKeeper
  readonly #host: ExecutionHost
  readonly #running = new Map<Execution, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #memory: MemoryCeiling
  /** Aborts when nothing new may be taken. */
  readonly #enough: AbortSignal
  readonly #force = new AbortController()
  /** How many of those that run still need their slot; the others are only being settled. */
  #busy = 0
  #wake: () => void = () => undefined
  #failure: Error | undefined

  /** @throws InvalidOptionError */
  constructor(gator: Gator, options: WorkerOptions = {}) {
    this.gator = gator
    this.maxTasks = count('maxTasks', options.maxTasks ?? 0, 0)
    this.maxMemory = count('maxMemory', options.maxMemory ?? 0, 0)
    this.#order = queueOrder(options.toConsume ?? gator.queueName)
    this.toConsume = this.#order.names
    this.napTime = toSeconds(options.napTime ?? 0.1, 'napTime')
    this.concurrency = count('concurrency', options.concurrency ?? 10, 1)
    this.shutdownTimeout = toSeconds(options.shutdownTimeout ?? 30, 'shutdownTimeout')
    this.burst = options.burst ?? false
    this.#logger = options.logger ?? textLogger()
    this.#memory = new MemoryCeiling(this.maxMemory, gator.clock)
    this.#memory.reached.addEventListener('abort', () => this.#onCeiling())
    this.#enough = AbortSignal.any([this.#stop.signal, this.#memory.reached])
    this.#keeper = new LeaseKeeper(
      gator.backend,
      gator.clock,
      toSeconds(options.lease ?? 30, 'lease', LEAST_LEASE),
    )
    this.#host = {
      gator,
      keeper: this.#keeper,
      ident: () => this.ident(),
      report: (event) => logEvent(this.getLog(), event),
      ended: () => {
        this.#busy -= 1
        this.#memory.check()
        this.#wake()
      },
    }
  }

  /** How it names itself in its log and in dead letters. */
  ident(): string {
    return `Alligator Worker (${hostname()}#${process.pid})`
  }

  /** Where its log lines go. */
  getLog(): Logger {
    return this.#logger
  }

  /** Called when it starts. */
  starting(): void {
    this.getLog().info(`${this.ident()} consumes "${this.#order.toString()}" ${this.#lifetime()}.`)
    if (this.gator.backend.capabilities.leases) return
    this.getLog().warn('This backend delivers at most once: tasks that run when the worker dies are lost.')
  }

  #lifetime(): string {
    const ends = [
      ...(this.maxTasks ? [`after ${this.maxTasks} tasks`] : []),
      ...(this.maxMemory ? [`at ${this.maxMemory} bytes of memory`] : []),
      ...(this.burst ? ['when nothing is due'] : []),
    ]
    return ends.length > 0 ? `and ends ${ends.join(' or ')}` : 'until it is stopped'
  }

  /** Called at the first SIGINT or SIGTERM. */
  interrupt(): void {
    this.getLog().info(
      `${this.ident()} stops: ${this.#running.size} running tasks may end; a second signal hands them back.`,
    )
  }

  /** Called when it has stopped. */
  stopping(): void {
    this.getLog().info(`${this.ident()} has stopped after ${this.tasksComplete} tasks.`)
  }

  /** Called with what a task function returned. */
  result(result: unknown): void {
    void result
  }

  /**
   * Runs until it is stopped, by `stop()`, SIGINT, SIGTERM, `maxTasks` or the end of a burst.
   *
   * @throws when the store cannot be used at all; while it is only away, the worker waits for it.
   */
  async runForever(): Promise<void> {
    const onSignal = () => {
      if (!this.#stop.signal.aborted) this.interrupt()
      this.stop()
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    try {
      this.starting()
      this.#memory.watch()
      await this.#consume()
      while (this.#running.size > 0 && !this.#stop.signal.aborted) await this.#change()
      await this.#drain()
      this.stopping()
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      this.#memory.stop()
      this.#keeper.stop()
    }
    if (this.#failure) throw this.#failure
  }

  /** Takes one due task, if there is one, and runs it. Gives whether there was one. */
  async checkAndRunTask(): Promise<boolean> {
    const [delivery] = await this.#take(1)
    if (!delivery) return false
    await this.#start(delivery)
    if (this.#running.size === 0) this.#keeper.stop()
    return true
  }

  /** Takes nothing new and lets what runs end; called again, hands it back at once. Returns before that is done. */
  stop(): void {
    if (this.#stop.signal.aborted) this.#force.abort()
    this.#stop.abort()
    this.#wake()
  }

  async #consume(): Promise<void> {
    while (!this.#enough.aborted && !this.#isSpent()) {
      const room = this.#room()
      if (room <= 0) {
        await this.#change()
        continue
      }
      const deliveries = await this.#reserve(room)
      for (const delivery of deliveries) void this.#start(delivery)
      if (deliveries.length > 0 || this.#enough.aborted) continue
      if (this.burst && this.#running.size === 0) return
      if (this.burst) await this.#change()
      else if (!this.gator.backend.capabilities.waits)
        await sleep(this.gator.clock, this.napTime, this.#enough)
    }
  }

  /** How many more tasks may start now. */
  #room(): number {
    // What is being settled needs no slot; but a store that is slow to settle must not be asked for more and more.
    const slots = Math.min(this.concurrency - this.#busy, 2 * this.concurrency - this.#running.size)
    return this.maxTasks ? Math.min(slots, this.maxTasks - this.tasksComplete - this.#running.size) : slots
  }

  #onCeiling(): void {
    this.getLog().info(
      `${this.ident()} has reached its maxMemory of ${this.maxMemory} bytes and takes nothing new.`,
    )
    this.#wake()
  }

  #isSpent(): boolean {
    return this.maxTasks > 0 && this.tasksComplete >= this.maxTasks
  }

  /** Waits until a running task ends, or the worker is stopped. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
    // Tasks that end together are settled together, and their slots filled by one call.
    await new Promise((resolve) => process.nextTick(resolve))
  }

  async #take(room: number, waiting: Pick<ReserveOptions, 'wait' | 'signal'> = {}): Promise<Delivery[]> {
    const turn = this.#order.turn(room)
    const { queues, limit } = turn
    const options = { limit, lease: this.#keeper.lease, ...waiting }
    const deliveries = await this.gator.backend.reserve(queues, options)
    this.#order.took(turn, deliveries)
    return deliveries
  }

  async #reserve(room: number): Promise<Delivery[]> {
    const { clock } = this.gator
    const signal = this.#enough
    for (let pause = 0.1; !signal.aborted; pause = Math.min(5, pause * 2)) {
      try {
        const wait = this.burst ? 0 : WAIT
        return await this.#take(room, { wait, signal })
      } catch (error) {
        if (!isPassing(error)) return this.#fail(error)
        this.getLog().error(`${messageOf(error)} The next try is in ${pause.toFixed(1)} s.`)
        await sleep(clock, pause, signal)
      }
    }
    return []
  }

  /** Nothing can be taken any more: let what runs end, then say why. */
  #fail(error: unknown): [] {
    this.#failure = isError(error) ? error : new Error(String(error))
    this.#stop.abort()
    return []
  }

  #start(delivery: Delivery): Promise<void> {
    const execution = new Execution(delivery, this.#host)
    this.#busy += 1
    const done = this.#finish(execution)
    this.#running.set(execution, done)
    return done
  }

  async #finish(execution: Execution): Promise<void> {
    try {
      const outcome = await execution.run()
      if (TRIED.has(outcome)) this.tasksComplete += 1
      if (outcome === 'success') this.result(execution.task?.result)
    } catch (error) {
      this.getLog().error(
        `Task ${execution.delivery.taskId} could not be settled: ${messageOf(error)} It runs again when its lease ends.`,
      )
    } finally {
      this.#running.delete(execution)
      this.#wake()
    }
  }

  async #drain(): Promise<void> {
    await this.#within(this.shutdownTimeout, [...this.#running.values()])
    const late = [...this.#running.keys()]
    await this.#within(
      HAND_BACK_TIMEOUT,
      late.map((execution) => execution.handBack()),
      { forceable: false },
    )
  }

  /** Waits for all of these, at most so many seconds. */
  async #within(seconds: number, all: readonly Promise<unknown>[], { forceable = true } = {}): Promise<void> {
    if (all.length === 0) return
    const over = new AbortController()
    const signal = forceable ? AbortSignal.any([over.signal, this.#force.signal]) : over.signal
    await Promise.race([Promise.allSettled(all), sleep(this.gator.clock, seconds, signal)])
    over.abort()
  }
}

function count(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new InvalidOptionError(option, value, `Pass a whole number of ${least} or more.`)
}
