import { performance, setImmediate } from '../base/timers.js'
import { type Awaitable, attempt, chain, isReady } from '../base/awaitable.js'
import type { Delivery } from '../backend/contract.js'
import { need } from '../backend/need.js'
import {
  InvalidOptionError,
  LeaseLostError,
  TaskAbortedError,
  TooManyDeliveriesError,
  hasCode,
} from '../errors/index.js'
import type { Outcome } from '../events/events.js'
import type { Task } from '../task/task.js'
import type { TaskSource, Told } from '../task/task-source.js'
import { markUnknown, unknownSince } from '../wire/payload.js'
import {
  SUCCEEDED,
  type Verdict,
  afterFailure,
  byDeaths,
  byEnd,
  byRemovals,
  mayBeFound,
  pauseWhileUnknown,
} from './decide.js'
import type { Host, Subject } from './host.js'
import type { Loss } from './lease-keeper.js'
import { lossError } from './loss-error.js'
import { filledArguments } from './fill-outputs.js'
import { keepingOf } from './keep-result.js'
import { settle } from './settle.js'
import { TaskNotes } from './task-notes.js'

const NOT_WITH_COMPLETE_IN =
  'completeIn ends the task before its result is known: leave keepResult out, and write the result in the transaction.'
const NOT_AFTER_COMPLETE_IN = 'completeIn is to be called last: make the steps of a task before it.'
/** After these, its note is gone, or somebody else's. */
const ENDS: readonly Verdict['type'][] = ['success', 'canceled', 'lost']

/**
 * One delivery on its way from `reserve` to being settled, which happens exactly once:
 *
 * - its task ran to its end: *acked*, gone from the store;
 * - it failed and has retries left: *released* with one fewer, after a pause; without retries: *buried*;
 * - it asked for a pause (`Snooze`): *released* after it, no attempt charged;
 * - its payload is no task, or may not be run, or it killed its workers too often: *buried*, unrun;
 * - its function is unknown here: *released* after a pause, no attempt charged; buried after `unknownTaskTtl`;
 * - it depends on tasks that are not done: *released* after a pause; buried when one of them is dead;
 * - its worker must go (`handBack`): *released* at once, no attempt charged;
 * - somebody canceled it, its store has lost it, or its lease has lapsed: it is not this worker's any more, and is left alone.
 *
 * After the last two, what the function still does is discarded, and no hook runs.
 *
 * Until then its lease is renewed. If the process dies, the lease lapses and the store hands the task out again.
 */
export class Execution implements Subject, TaskSource {
  readonly delivery: Delivery
  task: Task | undefined
  args: readonly unknown[] | undefined
  loss: Loss | undefined
  error: unknown
  isCompleted = false
  readonly #host: Host
  /** There once it is being settled. */
  #outcome: Awaitable<Outcome> | undefined
  /** When its function was called, by `performance.now()`. */
  #began: number | undefined
  #hasEnded = false
  /** There once its task has reported something, or made a step. */
  #notes: TaskNotes | undefined

  constructor(delivery: Delivery, host: Host) {
    this.delivery = delivery
    this.#host = host
    host.keeper.hold(delivery, (loss) => this.#lose(loss))
  }

  get seconds(): number | undefined {
    return this.#began === undefined ? undefined : (performance.now() - this.#began) / 1000
  }

  /** Whether its function was called, and nothing is known of its end. */
  get isRunning(): boolean {
    return this.#began !== undefined && !this.#hasEnded
  }

  /**
   * Runs and settles it, at once where nothing has to be waited for. Rejects only when the store cannot be reached for as long
   * as a lease.
   */
  run(): Awaitable<Outcome> {
    const { deliveries, data, queue } = this.delivery
    const { engine } = this.#host
    if (deliveries > engine.maxDeliveries)
      return this.#settle({ type: 'dead', error: new TooManyDeliveriesError(deliveries - 1) })
    let read: Awaitable<Task>
    try {
      read = engine.read(data, queue)
    } catch (error) {
      return this.#refuse(error)
    }
    return isReady(read) ? this.#begin(read) : this.#beginLater(read)
  }

  /**
   * Aborts the task's signal and puts the delivery back on its queue, no attempt charged. What had not begun was not really handed
   * out; what had, and has not killed this worker, counts from the start.
   */
  async handBack(): Promise<Outcome> {
    if (this.#outcome) return this.#outcome
    this.task?.discard(new TaskAbortedError(this.delivery.taskId))
    const deliveries = this.#began === undefined ? this.delivery.deliveries - 1 : 0
    return this.#settle({ type: 'released', deliveries })
  }

  completeIn(transaction: object): Promise<void> {
    const { taskId } = this.delivery
    // Not async, as below.
    if (this.task?.keepResult !== undefined)
      throw new InvalidOptionError('keepResult', this.task.keepResult, NOT_WITH_COMPLETE_IN)
    const transactions = need(this.#host.engine.backend, 'transactions', 'completeIn')
    const complete = (isHeld: boolean) => {
      if (!isHeld) throw new LeaseLostError(taskId)
      this.isCompleted = true
    }
    // Not async: a transaction that ends as its function returns is rolled back by what is thrown before that.
    return Promise.resolve(chain(!this.#outcome && transactions.ack(transaction, this.delivery), complete))
  }

  async recall(step: string): Promise<{ readonly value: unknown } | undefined> {
    // To keep it would wait for the transaction, which may wait for it.
    if (this.isCompleted) throw new InvalidOptionError('step', step, NOT_AFTER_COMPLETE_IN)
    const kept = await this.#ownNotes.recall(step)
    // What was not kept is made now: not by who has lost the task, and only read that nothing is there.
    if (!kept && !(await this.#isStillHeld())) throw this.#lossReason()
    return kept
  }

  async keep(step: string, value: unknown): Promise<void> {
    const isHeld = this.#outcome === undefined && (await this.#ownNotes.keep(step, value))
    if (!isHeld) throw this.#lossReason()
  }

  async #isStillHeld(): Promise<boolean> {
    return this.#outcome === undefined && this.#host.keeper.isSurelyHeld(this.delivery)
  }

  #lossReason(): unknown {
    const { signal } = this.task ?? {}
    return signal?.aborted ? signal.reason : new LeaseLostError(this.delivery.taskId)
  }

  tell(told: Told): void {
    const { task, delivery } = this
    if (this.#outcome !== undefined || !task) return
    this.#ownNotes.tell(told)
    const { events } = this.#host
    if ('line' in told) {
      if (events.wants('task:log')) events.emit({ type: 'task:log', delivery, task, line: told.line })
    } else if (events.wants('task:progress')) events.emit({ type: 'task:progress', delivery, task, ...told })
  }

  get #ownNotes(): TaskNotes {
    this.#notes ??= new TaskNotes(this.delivery, this.#host.engine, this.#host.keeper)
    return this.#notes
  }

  /** It needs its slot no longer, if it had one: all that is left is to settle it. */
  end(seconds: number | undefined = this.seconds): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#host.ended?.(this.delivery, seconds)
  }

  /** It could not be settled, whatever the reason: its slot is free, and its lease lapses. */
  abandon(): void {
    this.end()
    this.#host.keeper.drop(this.delivery)
  }

  /** By itself, as is `#endLater`: no task that is ready pays for the closures of one that is not. */
  #beginLater(read: PromiseLike<Task>): Awaitable<Outcome> {
    return chain(
      read,
      (task) => this.#begin(task),
      (error) => this.#refuse(error),
    )
  }

  #begin(task: Task): Awaitable<Outcome> {
    task.context = this.#host.engine.context
    // What was written in the place of a former payload has the id of the task that it was pushed for.
    const { uniqueness, customIds } = this.#host.engine.backend
    if (uniqueness && customIds) task.taskId = this.delivery.taskId
    task.source = this
    this.task = task
    this.args = task.funcArgs
    if (this.loss === 'canceled') task.toCanceled()
    return task.dependsOn.length === 0 && task.follows === undefined
      ? this.#try(task)
      : this.#tryUnlessBlocked(task)
  }

  #tryUnlessBlocked(task: Task): Awaitable<Outcome> {
    return chain(
      attempt(() => this.#lookAtDependencies(task)),
      (verdict) => (verdict ? this.#settle(verdict) : this.#fillAndTry(task)),
      (error) => this.#abandon(error),
    )
  }

  #fillAndTry(task: Task): Awaitable<Outcome> {
    if (task.outputs.length === 0) return this.#try(task)
    return chain(
      attempt(() => filledArguments(task, this.delivery.queue, this.#host.engine)),
      (args) => {
        task.funcArgs = args
        this.args = args
        return this.#try(task)
      },
      (error) =>
        hasCode(error, 'OUTPUT_GONE') ? this.#settle({ type: 'dead', error }) : this.#abandon(error),
    )
  }

  /**
   * A parked task comes here once it waits for nothing more; where the store parks no tasks, again and again. A dependency that is not there
   * any more has ended before the second look, which so sees how.
   */
  async #lookAtDependencies({ dependsOn, follows, onFailedDependency }: Task): Promise<Verdict | undefined> {
    const listing = need(this.#host.engine.backend, 'listing', 'dependsOn')
    const { queue } = this.delivery
    const ids = follows === undefined ? dependsOn : [...dependsOn, follows]
    const states = await listing.find(queue, ids)
    if (onFailedDependency === 'run') return byEnd(states)
    const absent = dependsOn.filter((id) => !states.has(id))
    const ofDependencies = new Map(states)
    if (follows !== undefined && !dependsOn.includes(follows)) ofDependencies.delete(follows)
    return (
      byDeaths(ofDependencies) ??
      (absent.length > 0 ? byRemovals(await listing.removed(queue, absent)) : undefined) ??
      byEnd(states)
    )
  }

  #try(task: Task): Awaitable<Outcome> {
    if (this.#outcome) return this.#outcome
    const { events, runner } = this.#host
    if (events.wants('task:start')) events.emit({ type: 'task:start', delivery: this.delivery, task })
    this.#began = performance.now()
    let result: Awaitable<unknown>
    try {
      result = runner ? runner.run(task, this.delivery) : task.run()
    } catch (error) {
      return this.#endWith(task, afterFailure(task, error))
    }
    return isReady(result) ? this.#settle(this.#succeeded(task, result)) : this.#endLater(task, result)
  }

  #succeeded(task: Task, result: unknown): Verdict {
    if (task.keepResult === undefined) return SUCCEEDED
    return { type: 'success', ...keepingOf(task, this.delivery, result, this.#host.engine) }
  }

  #endLater(task: Task, result: PromiseLike<unknown>): Awaitable<Outcome> {
    return chain(
      result,
      (value) => {
        const verdict = this.#succeeded(task, value)
        return task.leftover ? this.#endWith(task, verdict) : this.#settle(verdict)
      },
      (error) => this.#endWith(task, afterFailure(task, error)),
    )
  }

  async #endWith(task: Task, verdict: Verdict): Promise<Outcome> {
    try {
      return await this.#settle(verdict)
    } finally {
      if (task.leftover) await this.#watchLeftover(task, task.leftover)
    }
  }

  /** Tells of a function that goes on after its timeout; one that heeds its signal has ended by now, or ends within a turn. */
  async #watchLeftover(task: Task, leftover: Promise<void>): Promise<void> {
    const { delivery } = this
    const { events } = this.#host
    const ended = leftover.then(() => true)
    const turn = new Promise<boolean>((resolve) => setImmediate(resolve, false))
    if (await Promise.race([ended, turn])) return
    this.#host.overran?.()
    events.emit({ type: 'task:timeout', delivery, task, seconds: this.seconds ?? 0 })
    void ended.then(() => {
      this.#host.overrunEnded?.()
      events.emit({ type: 'task:late', delivery, task, seconds: this.seconds ?? 0 })
    })
  }

  /** The task could not be read, or not be found here. */
  #refuse(error: unknown): Awaitable<Outcome> {
    const { engine } = this.#host
    if (!mayBeFound(error)) return this.#settle({ type: 'dead', error })
    const { data, queue } = this.delivery
    // What cannot be opened here cannot be marked either, and goes back as it is.
    const opened = hasCode(error, 'SECRET_MISSING') ? undefined : engine.open(data, queue)
    const now = engine.clock.now()
    const since = (opened === undefined ? undefined : unknownSince(opened)) ?? now
    const pause = pauseWhileUnknown(now - since, engine.unknownTaskTtl)
    if (pause === undefined) return this.#settle({ type: 'dead', error })
    if (opened === undefined) return this.#settle({ type: 'unknown', error, pause })
    const marked = engine.seal(markUnknown(opened, since), queue, data)
    return this.#settle({ type: 'unknown', error, pause, data: marked })
  }

  /** What failed is the store, and not the task's fault: its lease will lapse. */
  #abandon(error: unknown): Awaitable<Outcome> {
    if (this.#outcome) return this.#outcome
    return Promise.reject(error)
  }

  /** It is not held any more. A step that settles it already will learn that from the store. */
  #lose(loss: Loss): void {
    // A transaction of its own function has taken it off the queue.
    if (this.isCompleted) return
    this.loss = loss
    if (this.#outcome) return
    const error = lossError(loss, this.delivery.taskId)
    this.task?.discard(error)
    const outcome = this.#settle({ type: loss === 'canceled' ? 'canceled' : 'lost', error })
    if (isReady(outcome)) this.#host.taken?.(this.delivery, outcome)
  }

  /** The first to settle it wins; later callers get the outcome of the first. */
  #settle(verdict: Verdict): Awaitable<Outcome> {
    this.#outcome ??= this.#notes
      ? this.#settleWithNotes(verdict, this.#notes)
      : settle(verdict, this, this.#host)
    return this.#outcome
  }

  /** What its task has reported last stays with it; what cannot be written then is not worth a failure. */
  async #settleWithNotes(verdict: Verdict, notes: TaskNotes): Promise<Outcome> {
    if (!ENDS.includes(verdict.type)) await notes.flush()?.catch(() => undefined)
    const outcome = await settle(verdict, this, this.#host)
    if (outcome === 'success') await notes.forget()
    return outcome
  }
}
