import { type Awaitable, isReady } from '../base/awaitable.js'
import { backoffDelay } from '../task/backoff.js'
import type { Payload } from '../base/payload.js'
import type { Delivery } from '../backend/contract.js'
import { need } from '../backend/need.js'
import { deathReason } from './death-reason.js'
import {
  DependencyFailedError,
  LeaseLostError,
  TaskAbortedError,
  TaskCanceledError,
  TooManyDeliveriesError,
  hasCode,
} from '../errors/index.js'
import type { EventStream } from '../events/event-stream.js'
import type { Outcome } from '../events/events.js'
import type { Engine } from './engine.js'
import type { LeaseKeeper, Loss } from './lease-keeper.js'
import { markUnknown, unknownSince } from '../wire/payload.js'
import { type Settlement, Settling } from './settling.js'
import type { Task } from '../task/task.js'
import type { TaskRunner } from './task-runner.js'

/** Seconds until another look at a task whose dependencies are not done. */
const BLOCKED_PAUSE = 1
/** Seconds that a task which is unknown here stays on the queue before the next worker may try: doubling up to this. */
const UNKNOWN_PAUSE = 60

/** What a deploy can still mend: code that is not there yet, or is there twice; a secret that is not there yet. */
const NOT_FOUND = ['UNKNOWN_MODULE', 'UNKNOWN_CALLABLE', 'AMBIGUOUS_MODULE', 'SECRET_MISSING'] as const

const SUCCEEDED: Settlement = { type: 'success' }

/** Who runs a delivery, and who wants to know what becomes of it. */
export interface ExecutionHost {
  readonly gator: Engine
  readonly keeper: LeaseKeeper
  /** Where tries are made. (Default: here) */
  readonly runner?: TaskRunner | undefined
  /** Who it says it is, for dead letters. */
  readonly ident: () => string
  readonly events: EventStream
  /** Called when it needs its slot no longer: all that is left is to settle it, which the store has been told to. */
  readonly ended: (delivery: Delivery, seconds: number | undefined) => void
  /** Called when it was taken away, and is settled here, although its function may go on. */
  readonly taken?: (execution: Execution, outcome: Outcome) => void
}

/**
 * One delivery on its way from `reserve` to being settled, which happens exactly once:
 *
 * - its task ran to its end: *acked*, gone from the store;
 * - it failed and has retries left: *released* with one fewer, after a pause; without retries: *buried*;
 * - its payload is no task, or may not be run, or it killed its workers too often: *buried*, unrun;
 * - its function is unknown here: *released* after a pause, no try charged; buried after `unknownTaskTtl`;
 * - it depends on tasks that are not done: *released* after a pause; buried when one of them is dead;
 * - its worker must go (`handBack`): *released* at once, no try charged;
 * - somebody canceled it, or its lease has lapsed: it is not this worker's any more, and is left alone.
 *
 * After the last two, what the function still does is discarded, and no hook runs.
 *
 * Until then its lease is renewed. If the process dies, the lease lapses and the store hands the task out again.
 */
export class Execution {
  readonly delivery: Delivery
  /** There once the payload could be read. */
  task: Task | undefined
  /** Why it is dead, unknown, taken away or about to be retried. */
  error: unknown
  readonly #host: ExecutionHost
  readonly #settling: Settling

  constructor(delivery: Delivery, host: ExecutionHost) {
    this.delivery = delivery
    this.#host = host
    this.#settling = new Settling(delivery, host)
    host.keeper.hold(delivery, (loss) => this.#lose(loss))
  }

  /** Runs and settles it, at once where nothing has to be waited for. Rejects only when the store cannot be reached for as long as a lease. */
  run(): Awaitable<Outcome> {
    try {
      const read = this.#read()
      const outcome = isReady(read) ? this.#begin(read) : read.then((task) => this.#begin(task))
      return isReady(outcome) ? outcome : outcome.then(undefined, (error: unknown) => this.#stumble(error))
    } catch (error) {
      return this.#stumble(error)
    }
  }

  #read(): Awaitable<Task> {
    const { deliveries, data, queue } = this.delivery
    const { gator } = this.#host
    if (deliveries > gator.maxDeliveries) throw new TooManyDeliveriesError(deliveries - 1)
    return gator.read(data, queue)
  }

  #begin(task: Task): Awaitable<Outcome> {
    task.context = this.#host.gator.context
    this.task = task
    if (this.#settling.loss === 'canceled') task.toCanceled()
    if (task.dependsOn.length === 0) return this.#settling.outcome ?? this.#try(task)
    return this.#checkDependencies(task.dependsOn).then(
      (blocked) => blocked ?? this.#settling.outcome ?? this.#try(task),
    )
  }

  /** What went wrong outside the task's function. */
  #stumble(error: unknown): Awaitable<Outcome> {
    if (this.#settling.outcome) return this.#settling.outcome
    if (!this.task) return this.#refuse(error)
    // Once it could be read, what fails here is the store, and not the task's fault: its lease will lapse.
    this.#host.keeper.drop(this.delivery)
    return Promise.reject(error)
  }

  /** Aborts the task's signal and puts the delivery back on its queue, no try charged. */
  async handBack(): Promise<Outcome> {
    if (this.#settling.outcome) return this.#settling.outcome
    this.task?.discard(new TaskAbortedError(this.delivery.taskId))
    return this.#release('released')
  }

  /** It is not held any more. What is settling it already will be told so by the store. */
  #lose(loss: Loss): void {
    this.#settling.loss = loss
    if (this.#settling.outcome) return
    const { taskId } = this.delivery
    const error = loss === 'canceled' ? new TaskCanceledError(taskId) : new LeaseLostError(taskId)
    this.error = error
    this.task?.discard(error)
    const outcome = this.#settle({ type: loss, error }, () => true)
    if (isReady(outcome)) this.#host.taken?.(this, outcome)
  }

  #try(task: Task): Awaitable<Outcome> {
    const { events, runner } = this.#host
    if (events.wants('task:start')) events.emit({ type: 'task:start', delivery: this.delivery, task })
    this.#settling.began = performance.now()
    let result: Awaitable<unknown>
    try {
      result = runner ? runner.run(task, this.delivery) : task.run()
    } catch (error) {
      result = Promise.reject(error)
    }
    return isReady(result) ? this.#succeed() : this.#attend(task, result)
  }

  async #attend(task: Task, result: PromiseLike<unknown>): Promise<Outcome> {
    try {
      await result
    } catch (error) {
      try {
        return await (this.#settling.outcome ?? this.#fail(task, error))
      } finally {
        if (task.leftover) await this.#watch(task, task.leftover)
      }
    }
    return this.#succeed()
  }

  #succeed(): Awaitable<Outcome> {
    return this.#settle(SUCCEEDED, () => this.#ack())
  }

  /** Tells of a function that goes on after its timeout; one that heeds its signal has ended by now, or ends within a turn. */
  async #watch(task: Task, leftover: Promise<void>): Promise<void> {
    const { delivery } = this
    const { events } = this.#host
    const ended = leftover.then(() => true)
    const turn = new Promise<boolean>((resolve) => setImmediate(resolve, false))
    if (await Promise.race([ended, turn])) return
    events.emit({ type: 'task:timeout', delivery, task, seconds: this.#settling.seconds ?? 0 })
    void ended.then(() =>
      events.emit({ type: 'task:late', delivery, task, seconds: this.#settling.seconds ?? 0 }),
    )
  }

  #ack(): Awaitable<boolean> {
    const lost = this.#backend.ack([this.delivery])
    return isReady(lost) ? lost.length === 0 : lost.then(({ length }) => length === 0)
  }

  async #fail(task: Task, error: unknown): Promise<Outcome> {
    if (task.retries <= 0) return this.#bury(error)
    let again: { pause: number; data: Payload }
    try {
      again = await this.#nextTry(task)
    } catch (failure) {
      // Left unsettled it would run again and again.
      return this.#bury(failure)
    }
    const { pause, data } = again
    this.error = error
    const delayUntil = pause > 0 ? this.#now() + pause : undefined
    const release = () => this.#backend.release(this.delivery, { data, delayUntil })
    return this.#settle({ type: 'retry', error, pause }, release)
  }

  /** Charges a try, and gives what goes back on the queue after how many seconds. */
  async #nextTry(task: Task): Promise<{ pause: number; data: Payload }> {
    const pause = backoffDelay(task.backoff, task.attempt)
    task.retries -= 1
    task.attempt += 1
    task.toRetrying()
    const { queue, data } = this.delivery
    return { pause, data: this.#host.gator.seal(await task.serialize(), queue, data) }
  }

  /** What could not even begin. */
  #refuse(error: unknown): Awaitable<Outcome> {
    return hasCode(error, ...NOT_FOUND) ? this.#postpone(error) : this.#bury(error)
  }

  /** An old worker meets a new task during a deploy: it is put back for another worker. */
  async #postpone(error: unknown): Promise<Outcome> {
    const { gator } = this.#host
    const { data, queue } = this.delivery
    // What cannot be opened here cannot be marked either, and goes back as it is.
    const opened = hasCode(error, 'SECRET_MISSING') ? undefined : gator.open(data, queue)
    const since = (opened === undefined ? undefined : unknownSince(opened)) ?? this.#now()
    const age = this.#now() - since
    if (age >= gator.unknownTaskTtl) return this.#bury(error)
    this.error = error
    return this.#release(
      'unknown',
      Math.min(UNKNOWN_PAUSE, Math.max(1, age)),
      opened === undefined ? data : gator.seal(markUnknown(opened, since), queue, data),
    )
  }

  async #checkDependencies(ids: readonly string[]): Promise<Outcome | undefined> {
    const states = await need(this.#backend, 'listing', 'dependsOn').find(this.delivery.queue, ids)
    for (const [id, state] of states) if (state === 'dead') return this.#bury(new DependencyFailedError(id))
    if (states.size === 0) return undefined
    this.task?.toDelayed()
    return this.#release('blocked', BLOCKED_PAUSE)
  }

  #release(
    type: 'unknown' | 'blocked' | 'released',
    pause = 0,
    data = this.delivery.data,
  ): Awaitable<Outcome> {
    const delayUntil = pause > 0 ? this.#now() + pause : undefined
    const changed = data === this.delivery.data ? {} : { data }
    const release = () => this.#backend.release(this.delivery, { ...changed, delayUntil })
    return this.#settle({ type, error: this.error, pause }, release)
  }

  #bury(error: unknown): Awaitable<Outcome> {
    this.error = error
    this.task?.toFailed()
    const reason = deathReason(error, this.#now(), this.#host.ident(), this.task?.attempt ?? 0)
    return this.#settle({ type: 'dead', error }, () => this.#backend.bury(this.delivery, reason))
  }

  #settle(settlement: Settlement, step: () => Awaitable<boolean>): Awaitable<Outcome> {
    return this.#settling.settle(settlement, step, this.task)
  }

  get #backend() {
    return this.#host.gator.backend
  }

  #now(): number {
    return this.#host.gator.clock.now()
  }
}
