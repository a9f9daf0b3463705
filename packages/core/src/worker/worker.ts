import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { sleep, systemClock, within } from '../base/clock.js'
import type { Client } from '../backend/client.js'
import type { Delivery } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { Execution } from '../execution/execution.js'
import { checkCount } from '../base/count.js'
import { toSeconds } from '../base/duration.js'
import { checkNames } from '../base/option-names.js'
import type { ToConsume } from '../base/queues.js'
import { InvalidOptionError, isError, messageOf } from '../errors/index.js'
import { checkListening } from '../events/check-listening.js'
import { type EventListener, type EventName, EventStream, notify } from '../events/event-stream.js'
import { isStopSignal, onStopSignal } from '../base/stop-signals.js'
import type { Outcome, StopReason, WorkerEventOf } from '../events/events.js'
import { hasInspector } from '../function-ref/index.js'
import { checkGator } from '../gator/checks.js'
import type { Gator } from '../gator/gator.js'
import { DeadLetterWatch } from './dead-letter-watch.js'
import { EndedTries } from './ended-tries.js'
import { IdleWatch } from './idle-watch.js'
import { Intake } from './intake.js'
import { LEAST_LEASE, LeaseKeeper } from '../execution/lease-keeper.js'
import { LeaseThread } from './lease-thread.js'
import { type Logger, ignore, textLogger } from '../events/logger.js'
import { MemoryCeiling } from './memory-ceiling.js'
import { Parking } from './parking.js'
import { PauseWatch } from './pause-watch.js'
import { Presence } from './presence.js'
import { Probation } from './probation.js'
import { queueOrder } from './queue-order.js'
import { Slots } from './slots.js'
import { Ticker } from './ticker.js'
import { StoreWatch } from './store-watch.js'
import type { Task } from '../task/task.js'
import { WORKER_OPTIONS, type WorkerOptions } from './worker-options.js'

/** How the result of a task is written: on one line, and never endless. */
const AS_SHOWN = { depth: 4, breakLength: Infinity, maxArrayLength: 20, maxStringLength: 1000 }

/** Seconds that handing back running tasks may take before the worker ends without it; their leases will lapse. */
const HAND_BACK_TIMEOUT = 5
const TRIED: ReadonlySet<Outcome> = new Set(['success', 'retry', 'snoozed', 'dead'])
const NOTHING: Promise<Execution[]> = Promise.resolve([])

/**
 * Takes tasks off queues and runs them.
 *
 * It *consumes* until `stop()`, a signal, `maxTasks`, `maxMemory` or (in a burst) an empty queue; then it *drains*: nothing new is
 * taken, and what runs may end within `shutdownTimeout`; what has not ended then is aborted and handed back to its queue,
 * no attempt charged; then it has *stopped*. A second `stop()` or signal hands back at once.
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
  /** Number of attempts it has made, successful or not. */
  tasksComplete = 0
  readonly #toConsume: ToConsume
  readonly #logger: Logger
  readonly #events = new EventStream(
    () => this.getLog(),
    () => this.ident(),
  )
  readonly #idle: IdleWatch
  readonly #keeper: LeaseKeeper
  readonly #leaseThread: LeaseThread | undefined
  readonly #intake: Intake
  readonly #watch: StoreWatch
  readonly #slots: Slots
  readonly #stop = new AbortController()
  readonly #memory: MemoryCeiling
  readonly #presence: Presence
  readonly #ticker: Ticker
  readonly #probation: Probation
  /** Aborts when nothing new may be taken. */
  readonly #stopTaking: AbortSignal
  readonly #force = new AbortController()
  readonly #result = (result: unknown): unknown => this.result(result)
  /** Whether it waits for the store to have something. */
  #isWaiting = false
  #stopReason: StopReason = 'stop'
  #failure: Error | undefined

  /** @throws InvalidOptionError */
  constructor(gator: Gator, options: WorkerOptions = {}) {
    checkGator(gator)
    if (new.target === Worker) checkNames('new Worker', options, WORKER_OPTIONS)
    this.gator = gator
    this.maxTasks = checkCount('maxTasks', options.maxTasks ?? 0, 0)
    this.maxMemory = checkCount('maxMemory', options.maxMemory ?? 0, 0)
    this.#toConsume = options.toConsume ?? gator.queueName
    this.concurrency = checkCount('concurrency', options.concurrency ?? 10, 1)
    const order = queueOrder(this.#toConsume, this.concurrency)
    this.toConsume = order.names
    this.napTime = toSeconds(options.napTime ?? 0.1, 'napTime')
    this.shutdownTimeout = toSeconds(options.shutdownTimeout ?? 30, 'shutdownTimeout')
    this.burst = options.burst ?? false
    this.#logger = options.logger ?? textLogger()
    this.#memory = new MemoryCeiling(this.maxMemory, gator.clock)
    this.#memory.reached.addEventListener('abort', () => this.#onCeiling())
    this.#stopTaking = AbortSignal.any([this.#stop.signal, this.#memory.reached])
    const lease = toSeconds(options.lease ?? 30, 'lease', LEAST_LEASE)
    const events = this.#events
    const ident = () => this.ident()
    const pauses = new PauseWatch(gator.backend, this.toConsume, (queue, pause) =>
      events.emit({ type: 'worker:paused', worker: ident(), queue, ...pause }),
    )
    this.#idle = new IdleWatch(gator.clock, () => {
      events.emit({ type: 'worker:idle', worker: ident() })
      if (events.wants('worker:paused')) void pauses.look()
    })
    this.#leaseThread = this.#makeLeaseThread(lease, options)
    const keeper = new LeaseKeeper(gator.backend, gator.clock, lease, {
      onBlocked: (seconds, kept) =>
        events.emit({ type: 'worker:blocked', worker: ident(), seconds, lease, kept }),
      standIn: this.#leaseThread,
    })
    this.#keeper = keeper
    const { backend, clock } = gator
    this.#watch = new StoreWatch({ backend, clock, events, ident, onAway: () => this.#idle.end() })
    this.#intake = new Intake({
      gator,
      order,
      keeper,
      watch: this.#watch,
      parking: new Parking(gator, lease, (queue, pause) =>
        events.emit({ type: 'worker:paused', worker: ident(), queue, ...pause }),
      ),
      priorities: strictness(options, backend),
    })
    const ended = new EndedTries()
    this.#slots = new Slots({
      engine: gator,
      keeper,
      runner: options.runner,
      events,
      ident,
      concurrency: this.concurrency,
      stopTaking: this.#stopTaking,
      force: this.#force.signal,
      ended: backend.tallies && ended,
      onFree: () => this.#memory.check(),
      onSettled: (outcome, task) => this.#onSettled(outcome, task),
    })
    const letters = new DeadLetterWatch(gator.backend, (queue, limit) =>
      events.emit({ type: 'worker:overflow', worker: ident(), queue, limit }),
    )
    if (gator.backend.maxDeadLetters < Number.POSITIVE_INFINITY)
      this.on('task:dead', ({ delivery }) => letters.onDead(delivery.queue))
    this.#probation = new Probation(this.#slots, gator.backend.freshDeliveries)
    this.#ticker = new Ticker({ gator, queues: this.toConsume, events, ident })
    this.#presence = new Presence(this, this.#slots, ended, (seconds) => this.#ticker.hear(seconds))
  }

  /**
   * Calls `listener` with each event of a type, or of every type (`'*'`), after its line was logged. What it throws, or rejects
   * with, is a process warning and disturbs nothing.
   *
   * @example
   * ```ts
   * worker.on('task:dead', ({ delivery, error }) => alertSomebody(delivery.taskId, error))
   * ```
   */
  on<T extends EventName>(name: T, listener: EventListener<T>): this {
    checkListening(name, listener)
    this.#events.on(name, listener)
    return this
  }

  /** Ends what `on` began. */
  off<T extends EventName>(name: T, listener: EventListener<T>): this {
    this.#events.off(name, listener)
    return this
  }

  /** How it names itself in its log and in dead letters. */
  ident(): string {
    return `Alligator Worker (${hostname()}#${process.pid})`
  }

  /** Where its log lines go. */
  getLog(): Logger {
    return this.#logger
  }

  /** Called when it starts; writes the line of `worker:start`. */
  starting(): void {
    this.#events.log(this.#startEvent())
  }

  /** Called at the first signal to stop; writes the line of `worker:stopping`. */
  interrupt(): void {
    this.#events.log(this.#stoppingEvent())
  }

  /** Called when it has stopped; writes the line of `worker:stop`. */
  stopping(): void {
    this.#events.log(this.#stopEvent())
  }

  /** Called with what a task function returned; writes it as a line of the level debug, unless it is `undefined`. */
  result(result: unknown): void {
    const log = this.#events.logger
    if (result === undefined || log.debug === ignore) return
    const text = inspect(result, AS_SHOWN)
    log.debug(`${this.ident()} has a result: ${text}`, { result: text })
  }

  /**
   * Runs until it is stopped, by `stop()`, a signal (SIGINT, SIGTERM, SIGHUP, SIGQUIT), `maxTasks` or the end of a burst.
   *
   * @throws when the store cannot be used at all; while it is only away, the worker waits for it.
   */
  async runForever(): Promise<void> {
    const ignoreSignals = onStopSignal((signal) => this.#end(signal))
    try {
      this.#events.tell(this.#startEvent())
      this.starting()
      this.#memory.watch()
      this.#ticker.begin()
      this.#presence.begin()
      this.#watch.begin()
      this.#leaseThread?.begin()
      await this.#consume()
      this.#ticker.stop()
      this.#probation.end()
      // Until it is stopped besides, what runs may take its time: only `maxMemory` ends it with anything running.
      while (this.#slots.running > 0 && !this.#stop.signal.aborted) await this.#slots.change()
      await this.#drain()
      this.#events.tell(this.#stopEvent())
      this.stopping()
    } finally {
      ignoreSignals()
      this.#idle.end()
      this.#memory.stop()
      this.#keeper.stop()
      this.#watch.end()
      await Promise.all([this.#presence.end(), this.#leaseThread?.end(), this.#ticker.end()])
    }
    if (this.#failure) throw this.#failure
  }

  /** Takes one due task, if there is one, and runs it. Gives whether there was one. */
  async checkAndRunTask(): Promise<boolean> {
    const [delivery] = await this.#intake.take(1)
    if (!delivery) return false
    for (const execution of this.#slots.take([delivery])) await this.#slots.run(execution)
    if (this.#slots.running === 0) this.#keeper.stop()
    return true
  }

  /** Takes nothing new and lets what runs end; called again, hands it back at once. Returns before that is done. */
  stop(): void {
    this.#end('stop')
  }

  /** Where functions run elsewhere, they do not keep this event loop; a clock that is not the system's does not go on by itself. */
  #makeLeaseThread(lease: number, { maxBlocked, runner }: WorkerOptions): LeaseThread | undefined {
    const seconds = toSeconds(maxBlocked ?? '10m', 'maxBlocked')
    const { backend, clock } = this.gator
    const { renewal } = backend
    if (seconds === 0 || !renewal || runner || clock !== systemClock) return undefined
    return new LeaseThread({ lease, maxBlocked: seconds, queues: this.toConsume, renewal })
  }

  /** Takes nothing new; the second time, hands back what runs. */
  #end(reason: StopReason): void {
    if (this.#stop.signal.aborted) return this.#force.abort()
    this.#stop.abort()
    this.#idle.end()
    this.#slots.wake()
    this.#tellStopping(reason)
  }

  #tellStopping(reason: StopReason): void {
    this.#stopReason = reason
    const event = this.#stoppingEvent()
    this.#events.tell(event)
    if (isStopSignal(reason)) this.interrupt()
    else this.#events.log(event)
  }

  async #consume(): Promise<void> {
    while (!this.#stopTaking.aborted) {
      if (this.maxTasks > 0 && this.tasksComplete >= this.maxTasks) return this.#tellStopping('maxTasks')
      if (this.#probation.suspect) {
        await this.#probation.run(this.#probation.suspect, this.#stopTaking)
        continue
      }
      const asked = this.#room()
      if (asked <= 0) {
        await this.#slots.change()
        continue
      }
      // Whatever ends while the store looks may have put something back that this look has missed.
      const ranNothing = this.#slots.running === 0
      const deliveries = await this.#reserve(asked)
      if (deliveries.length > 0) this.#idle.end()
      await this.#startAll(deliveries, asked)
      if (deliveries.length > 0 || this.#stopTaking.aborted) continue
      if (this.burst && ranNothing) {
        if (await this.#hasTicked()) continue
        return this.#tellStopping('burst')
      }
      if (this.burst) await this.#somethingEnds()
      else if (!this.gator.backend.waits) await sleep(this.gator.clock, this.napTime, this.#stopTaking)
    }
  }

  /**
   * Starts what was taken. Where there was as much as was asked for there is likely to be more: that is asked for before the
   * first is started, so that the store is at work on it meanwhile.
   */
  async #startAll(deliveries: readonly Delivery[], asked: number): Promise<void> {
    let room = asked
    let batch = this.#probation.admit(deliveries)
    while (batch.length > 0) {
      room = batch.length < room || this.#stopTaking.aborted ? 0 : this.#room()
      const next = room > 0 ? this.#takeNow(room) : NOTHING
      const isDone = await this.#slots.start(batch, next)
      batch = await next
      if (!isDone) return
    }
  }

  /** What there is now; why that is nothing is seen when it is asked for again. */
  async #takeNow(room: number): Promise<Execution[]> {
    const deliveries = await this.#intake.take(room, { signal: this.#stopTaking }).catch(() => [])
    return this.#probation.admit(deliveries)
  }

  /** Whether what was due when a burst began, and was heard of with its first announcement, has made tasks since it last looked. */
  async #hasTicked(): Promise<boolean> {
    if (!this.gator.backend.schedules) return false
    await this.#presence.announced()
    return this.#ticker.hasTicked()
  }

  async #somethingEnds(): Promise<void> {
    if (this.#slots.running > 0) await this.#slots.change()
  }

  /** Number of tasks that may be taken now. */
  #room(): number {
    const { room, running } = this.#slots
    const left = this.maxTasks ? this.maxTasks - this.tasksComplete - running : room
    return Math.min(room, left, this.#probation.limit)
  }

  #onCeiling(): void {
    this.#idle.end()
    this.#slots.wake()
    if (!this.#stop.signal.aborted) this.#tellStopping('maxMemory')
  }

  async #reserve(room: number): Promise<readonly Delivery[]> {
    this.#isWaiting = true
    this.#checkIdle()
    try {
      return await this.#intake.next(room, this.#stopTaking, this.burst)
    } catch (error) {
      // Nothing can be taken any more: let what runs end, then say why.
      this.#failure = isError(error) ? error : new Error(messageOf(error))
      this.#end('error')
      return []
    } finally {
      this.#isWaiting = false
    }
  }

  #checkIdle(): void {
    const isIdle = this.#isWaiting && this.#slots.running === 0 && !this.#stopTaking.aborted
    const isWanted = this.#events.wants('worker:idle') || this.#events.wants('worker:paused')
    if (isIdle && isWanted) this.#idle.begin()
  }

  #onSettled(outcome: Outcome | undefined, task: Task | undefined): void {
    if (outcome && TRIED.has(outcome)) this.tasksComplete += 1
    if (outcome === 'success') notify('result()', this.#result, task?.result)
    this.#checkIdle()
  }

  async #drain(): Promise<void> {
    const { clock } = this.gator
    await within(clock, this.shutdownTimeout, this.#slots.settled(), this.#force.signal)
    await within(clock, HAND_BACK_TIMEOUT, this.#slots.handBack())
  }

  #startEvent(): WorkerEventOf<'worker:start'> {
    const { concurrency, maxTasks, maxMemory, burst } = this
    const { lease } = this.#keeper
    const atMostOnce = !this.gator.backend.leases
    const ends = { maxTasks, maxMemory, burst }
    const facts = { toConsume: this.#toConsume, concurrency, lease, ...ends, atMostOnce }
    return { type: 'worker:start', worker: this.ident(), ...facts, registeredOnly: !hasInspector() }
  }

  #stoppingEvent(): WorkerEventOf<'worker:stopping'> {
    const { running } = this.#slots
    return { type: 'worker:stopping', worker: this.ident(), reason: this.#stopReason, running }
  }

  #stopEvent(): WorkerEventOf<'worker:stop'> {
    const { tasksComplete } = this
    return { type: 'worker:stop', worker: this.ident(), tasksComplete, error: this.#failure }
  }
}

/** @throws InvalidOptionError, NotSupportedError */
function strictness({ priorities = 'shares' }: WorkerOptions, backend: Client): 'strict' | undefined {
  if (priorities === 'shares') return undefined
  if (priorities !== 'strict')
    throw new InvalidOptionError('priorities', priorities, "Pass 'shares' or 'strict'.")
  need(backend, 'priorities', "new Worker(gator, { priorities: 'strict' })")
  return priorities
}
