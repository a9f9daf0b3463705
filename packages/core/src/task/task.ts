import { checkArguments, givenArguments } from '../arguments/arguments.js'
import type { Backoff } from './backoff.js'
import type { Guard, GuardOptions } from './guards.js'
import type { Clock } from '../base/clock.js'
import {
  CANCELED,
  DELAYED,
  FAILED,
  RETRYING,
  SUCCESS,
  type TaskStatus,
  type TaskStatusName,
  WAITING,
  nameOfStatus,
} from './constants.js'
import { type Awaitable, allOf, attempt, chain, isReady } from '../base/awaitable.js'
import type { Payload } from '../base/payload.js'
import type { Priority } from '../base/priorities.js'
import type { Duration } from '../base/duration.js'
import { InvalidOptionError, TaskNotReadyError, TaskTimeoutError } from '../errors/index.js'
import { type AnyFunction, type FunctionRefs, existing } from '../function-ref/index.js'
import type { IfStorable, JsonArguments } from '../arguments/json-arguments.js'
import { NO_HEADERS, type TaskHeaders, checkHeaders } from '../wire/headers.js'
import { type WireTask, decode, encode } from '../wire/payload.js'
import { hookRefOf, refOf } from './refs-of.js'
import { type LoadedHooks, argumentsOf, functionOf, loadHooks, optionsOf } from './revive.js'
import { running } from './running.js'
import { callWithin } from './deadline.js'
import { TaskOutput, outputInHand, outputsAmong } from './outputs.js'
import { Steps, readLine, readProgress } from './steps.js'
import type { TaskSource } from './task-source.js'
import { ownVerdict } from './verdicts.js'
import { withCause } from './with-cause.js'
import { WITHOUT_GATOR } from './without-gator.js'
import { checkTaskNames, checkTaskOptions, dueAfter, idOrNew, unixSeconds } from './option-checks.js'
import { warnOfFailure } from '../base/warning.js'

/** How a task runs. Every part is optional. */
export interface TaskOptions<R = unknown> extends GuardOptions {
  /** Its id on the queue, up to 255 characters. (Default: a UUID of version 7) */
  readonly taskId?: string | undefined
  /** Number of further attempts after a failure. (Default: 0) */
  readonly retries?: number | undefined
  /** `false` runs it at once in this process; `'false'` and `'0'`, from an environment variable, mean false. (Default: true) */
  readonly isAsync?: boolean | string | undefined
  /** Called before each attempt. If it throws, the attempt has failed. Each hook has the `timeout` of the task for itself. */
  onStart?(this: void, task: Task<R>): unknown
  /** Called after success. If it throws, a warning is emitted and the task stays a success; with `isAsync: false` the caller gets the error. */
  onSuccess?(this: void, task: Task<R>, result: R): unknown
  /** Called after each failed attempt; `task.retries += 1` in it grants one more. */
  onError?(this: void, task: Task<R>, error: unknown): unknown
  /** Tasks (or their ids) of the same queue that must have succeeded first. */
  readonly dependsOn?: Task | string | readonly (Task | string)[] | undefined
  /**
   * What becomes of it when one of them will not succeed: `'fail'` makes it a dead letter, at once; `'run'` runs it once all of them have
   * ended, however they did. (Default: `'fail'`)
   */
  readonly onFailedDependency?: 'fail' | 'run' | undefined
  /** How long to wait before it may run. Not together with `delayUntil`. */
  readonly delayBy?: Duration | undefined
  /** When it may run: a `Date`, or Unix time in seconds. */
  readonly delayUntil?: Date | number | undefined
  /** The pause before a retry. (Default: 1 s doubling to 1 h, with full jitter) */
  readonly backoff?: Backoff | undefined
  /** The longest that the function may take in one attempt, and each hook; more than 0. (Default: no limit) */
  readonly timeout?: Duration | undefined
  /**
   * Its turn among the tasks of its queue: while all levels have enough, 16 of `'highest'` are handed out for 8, 4, 2 and 1 of those
   * below, so that none starves. It keeps it through retries and delays. (Default: `'normal'`)
   */
  readonly priority?: Priority | undefined
  /**
   * For how long what the function returned is kept once it has succeeded, so that others can wait for it: `task.finished()`,
   * `gator.finished(taskId)`. (Default: not at all)
   */
  readonly keepResult?: Duration | undefined
  /** Text that travels with it, by name, such as the id of a request; see {@link TaskHeaders}. (Default: none) */
  readonly headers?: TaskHeaders | undefined
}

/** What is called around the function of a task; `next` goes on towards it, and gives what it returned. */
export type RunStep = <R>(task: Task<R>, next: () => Promise<R>) => Awaitable<R>

/** How somebody waits for a result. */
export interface FinishedOptions {
  /** How long to wait at most. (Default: 30 s) */
  readonly timeout?: Duration | undefined
  /** Ends the waiting when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined
}

interface Runnable {
  run(): unknown
}

/** What the function of a task returns. */
type ResultOf<T extends Runnable> = Awaited<ReturnType<T['run']>>

/** A call that is put on a queue: a function and its arguments, which JSON must not change. */
export type Call<P extends readonly unknown[], G extends readonly unknown[] = P> = readonly [
  func: (this: void, ...args: P) => unknown,
  ...args: JsonArguments<P, G> extends infer A extends readonly unknown[] ? A : never,
]

/** What is run when a batch ends: once each, as a task of its own. */
export interface BatchCallbacks<
  S extends readonly unknown[],
  F extends readonly unknown[],
  D extends readonly unknown[],
> {
  /** Once all of its members have succeeded. */
  readonly onSuccess?: Call<S> | undefined
  /** Once all of them have ended, and not all have succeeded: one is dead, or was canceled or dropped. */
  readonly onFailure?: Call<F> | undefined
  /** Once all of them have ended, in whatever way. */
  readonly onDone?: Call<D> | undefined
  /** Options of these tasks. (Default: as of any task) */
  readonly options?: TaskOptions | undefined
}

/** The batch that a task is a member of: what it puts on the queue through it is a member, too. */
export interface TaskBatch {
  readonly id: string
  /** The queue of the batch, and of all its members. */
  readonly queue: string
  /** Puts a call of `func` on the queue, as a member. @throws BatchOverError */
  task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>>
  /** Puts one call for each list of arguments on the queue, as members: some hundreds at a time. @throws BatchOverError */
  taskMany<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    argLists: readonly JsonArguments<P, G>[],
  ): Promise<Task<Awaited<R>>[]>
  /** Makes a batch that is itself a member, and ends when it ends. @throws BatchOverError */
  batch<S extends readonly unknown[], F extends readonly unknown[], D extends readonly unknown[]>(
    callbacks: BatchCallbacks<S, F, D>,
    fill: (batch: TaskBatch) => unknown,
  ): Promise<TaskBatch>
}

/** What a task needs of the gator that it belongs to. */
export interface TaskContext {
  readonly refs: FunctionRefs
  readonly clock: Clock
  /** What is called around the function of each attempt, where there is anything. */
  readonly run?: RunStep | undefined
  /** What is read is only looked at: a function that is not known yet is imported when it is called, and not before. (Default: false) */
  readonly defers?: boolean
  /** Waits for the result of a task on a queue. */
  readonly finished?: (taskId: string, queue: string, options: FinishedOptions) => Promise<unknown>
  /** The batch that a task is a member of. */
  readonly batchOf?: ((queue: string, batchId: string) => TaskBatch) | undefined
  /** Somebody waits for the task in this process: what a hook throws is thrown to them, and no mere warning. (Default: false) */
  readonly isInline?: boolean
}

/** The fields of a task that is turned into JSON. */
export interface TaskJson {
  readonly taskId: string
  /** The name of its function. */
  readonly name: string | undefined
  readonly queue: string | undefined
  readonly status: TaskStatusName
  readonly attempt: number
  readonly retries: number
}

/** A class that a Gator can make tasks of: `Task`, or a subclass that serializes in its own way. */
export interface TaskClass {
  new (options?: TaskOptions): Task
  deserialize(data: Payload, context?: TaskContext): Awaitable<Task>
}

/**
 * One call of a function, to be made now or later, here or elsewhere.
 *
 * It begins `WAITING` (or `DELAYED`, when it is on a queue and not due), and each attempt ends as `SUCCESS`, as `RETRYING`
 * when it failed and is to be retried, or as `FAILED`. Taken off its queue it is `CANCELED`, also while it runs.
 *
 * @example
 * ```ts
 * const task = new Task({ retries: 3 })
 * await gator.push(task, sendPostEmail, user.id, post.id)
 * ```
 */
export class Task<R = unknown> {
  taskId: string
  /** Tries that are left after a failure. */
  retries: number
  readonly isAsync: boolean
  onStart: TaskOptions<R>['onStart']
  onSuccess: TaskOptions<R>['onSuccess']
  onError: TaskOptions<R>['onError']
  dependsOn: readonly string[]
  /** What `dependsOn` was given as: of a task more is known than of an id. */
  dependencies: readonly (Task | string)[]
  readonly onFailedDependency: 'fail' | 'run'
  /** Arguments that other tasks give, by their places, from 0, and the ids of these tasks: it depends on them. */
  outputs: readonly (readonly [at: number, taskId: string])[] = []
  /** Seconds to wait, counted from when it is put on the queue. */
  delayBy: number | undefined
  /** Unix time in seconds. */
  delayUntil: number | undefined
  readonly backoff: Backoff | undefined
  /** Seconds that one attempt may take. */
  readonly timeout: number | undefined
  readonly priority: Priority
  /** Seconds for which its result is kept; `undefined`: it is not. */
  readonly keepResult: number | undefined
  /** What keeps it from being put on its queue twice. It counts when the task is pushed, and does not travel with it. */
  readonly guard: Guard | undefined
  /** The id of a task that must have ended before it, in whatever way. */
  follows: string | undefined
  /** The id of the batch that it is a member of. */
  batchId: string | undefined
  status: TaskStatus = WAITING
  /** What the function returned. */
  result: R | undefined
  func: AnyFunction | undefined
  funcArgs: readonly unknown[] = []
  /** Which attempt this is, or the next one, from 1. */
  attempt = 1
  /** Of a task that `gator.cancel` gave: whether a worker was running it, so that some of its work may be done. */
  wasRunning = false
  /** Of a task that a schedule has pushed: its tick, the time for which it was meant. */
  scheduledFor: Date | undefined
  /** Whether its gator has put it on its queue. */
  wasPushed = false
  /** Whether another one with the same key stood in its way when it was pushed: it has the id of that one, which runs in its place. */
  isDuplicate = false
  /** The queue that it was put on, or comes from; set by the gator that it belongs to. */
  queue: string | undefined
  /** Set by the gator that it belongs to. */
  context: TaskContext = WITHOUT_GATOR
  /** Set by the code that took it off its queue; absent where it was never on one. */
  source: TaskSource | undefined
  #headers: TaskHeaders = NO_HEADERS
  #abort: AbortController | undefined
  #isDiscarded = false
  #leftover: Promise<void> | undefined
  #steps: Steps | undefined

  /** @throws MultipleDelayError, InvalidOptionError */
  constructor(options: TaskOptions<R> = {}) {
    if (new.target === Task) checkTaskNames('new Task', options)
    const checked = checkTaskOptions(options)
    this.taskId = idOrNew(checked.taskId)
    this.retries = checked.retries
    this.isAsync = checked.isAsync
    this.onStart = options.onStart
    this.onSuccess = options.onSuccess
    this.onError = options.onError
    this.dependsOn = checked.dependsOn
    this.dependencies = options.dependsOn === undefined ? checked.dependsOn : [options.dependsOn].flat()
    this.onFailedDependency = checked.onFailedDependency
    this.delayBy = checked.delayBy
    this.delayUntil = checked.delayUntil
    this.backoff = options.backoff
    this.timeout = checked.timeout
    this.priority = checked.priority
    this.keepResult = checked.keepResult
    this.guard = checked.guard
    if (options.headers !== undefined) this.headers = options.headers
  }

  /**
   * Text that travels with it, by name: nobody can change what this gives, so set all of them anew.
   *
   * @throws InvalidOptionError when they are set to what {@link TaskHeaders} cannot be.
   *
   * @example
   * ```ts
   * task.headers = { ...task.headers, 'request-id': request.id }
   * ```
   */
  get headers(): TaskHeaders {
    return this.#headers
  }

  set headers(headers: TaskHeaders) {
    this.#headers = checkHeaders(headers)
  }

  /**
   * Aborts when `timeout` is over, when the task is canceled, when its lease is lost, and when the worker is forced to shut
   * down; pass it on to what the function waits for.
   */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /**
   * The batch that it is a member of: while it runs, it can add others there, which end the batch no sooner than they have ended.
   *
   * @example
   * ```ts
   * export async function walk(folder: string) {
   *   const { batch } = currentTask() ?? {}
   *   await batch?.taskMany(walk, (await subfolders(folder)).map((each) => [each] as const))
   * }
   * ```
   */
  get batch(): TaskBatch | undefined {
    const { batchId, queue, context } = this
    return batchId === undefined || queue === undefined ? undefined : context.batchOf?.(queue, batchId)
  }

  /** There once the `timeout` of an attempt is over, although its function, or a hook, may go on: settles when that has ended. */
  get leftover(): Promise<void> | undefined {
    return this.#leftover
  }

  /** Aborts `signal`. */
  abort(reason: unknown): void {
    this.#abort ??= new AbortController()
    this.#abort.abort(reason)
  }

  /** Takes the attempt that is running away from its function: aborts `signal`; how it ends then counts no more, and runs no hook. */
  discard(reason: unknown): void {
    this.#isDiscarded = true
    this.abort(reason)
  }

  /**
   * Sets the function and the arguments to call it with.
   *
   * @throws InvalidArgumentError for an argument that JSON would change, unless the task runs in this process.
   */
  toCall<P extends readonly unknown[], Q, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => Q,
    ...args: JsonArguments<P, G>
  ): this & Task<Awaited<Q>> {
    const funcArgs = this.#takeOutputs(givenArguments(args))
    if (this.isAsync) checkArguments(funcArgs)
    this.func = existing(func)
    this.funcArgs = funcArgs
    return this as this & Task<Awaited<Q>>
  }

  /**
   * What stands for the result of this task among the arguments of another one of its queue, which then depends on it: `gator.task(merge,
   * a.output, b.output)`. It is an argument by itself, and not part of one.
   *
   * @throws InvalidOptionError without `keepResult`: the result must be there when the other one runs.
   */
  get output(): R {
    if (this.keepResult === undefined) {
      const wayOut = "Its result would not be there: make it by gator.options({ keepResult: '1h' }).task(…)."
      throw new InvalidOptionError('keepResult', this.keepResult, wayOut)
    }
    return new TaskOutput(this as Task) as R
  }

  /** Gives the arguments without those that other tasks give, on which it depends from now on. */
  #takeOutputs(args: readonly unknown[]): readonly unknown[] {
    const outputs = outputsAmong<Task>(args)
    if (outputs.length === 0) return args
    const left = [...args]
    for (const output of outputs) left[output.at] = this.isAsync ? null : outputInHand(output)
    if (!this.isAsync) return left
    this.outputs = outputs.map(({ at, task }) => [at, task.taskId])
    const tasks = outputs.flatMap(({ task }) => (this.dependsOn.includes(task.taskId) ? [] : [task]))
    this.dependencies = [...this.dependencies, ...new Set(tasks)]
    this.dependsOn = [...this.dependsOn, ...new Set(tasks.map(({ taskId }) => taskId))]
    return left
  }

  /** `status` in a word. */
  get statusName(): TaskStatusName {
    return nameOfStatus(this.status)
  }

  /** What `JSON.stringify` makes of it. Its arguments, its result and its headers, which may be private, are no part of it. */
  toJSON(): TaskJson {
    const { taskId, func, queue, statusName, attempt, retries } = this
    return { taskId, name: func?.name, queue, status: statusName, attempt, retries }
  }

  toWaiting(): void {
    this.status = WAITING
    this.wasRunning = false
  }

  toDelayed(): void {
    this.status = DELAYED
  }

  toSuccess(): void {
    this.status = SUCCESS
  }

  toFailed(): void {
    this.status = FAILED
  }

  toRetrying(): void {
    this.status = RETRYING
  }

  toCanceled(): void {
    this.status = CANCELED
  }

  /**
   * Makes the end of this task part of a transaction that its function has open on the database which has the queue: both are kept, or
   * neither is. To be called last, before the commit. A task that runs without a queue is left as it is.
   * @throws LeaseLostError when another worker may have it (at once where the transaction ends with the call), NotSupportedError.
   */
  completeIn(transaction: object): Promise<void> {
    return this.source?.completeIn(transaction) ?? Promise.resolve()
  }

  /**
   * Waits until this task has ended, and gives what its function returned; for a task with `keepResult`.
   *
   * @throws TaskFailed when it is a dead letter, TaskCanceledError, ResultTimeoutError, ResultNotStorableError; ResultGoneError when
   * there is none (any more); InvalidOptionError without `keepResult`; the reason of `signal`.
   *
   * @example
   * ```ts
   * const task = await gator.options({ keepResult: '1h' }).task(resize, imageId)
   * const url = await task.finished({ timeout: '20s' })
   * ```
   */
  finished<T extends Runnable>(
    this: T & IfStorable<ResultOf<T>, unknown>,
    options?: FinishedOptions,
  ): Promise<ResultOf<T>>
  async finished(options: FinishedOptions = {}): Promise<unknown> {
    const { isAsync, status, keepResult, taskId, queue, context } = this
    // It has run in this process: who called it was thrown its error.
    if (!isAsync && status === SUCCESS) return this.result
    if (!context.finished || queue === undefined) throw new TaskNotReadyError(taskId)
    if (keepResult === undefined) {
      const wayOut = "Nobody can wait for its result: gator.options({ keepResult: '1h' }).task(…) keeps it."
      throw new InvalidOptionError('keepResult', keepResult, wayOut)
    }
    return context.finished(taskId, queue, options)
  }

  /**
   * Makes a step of the task's function, unless one of this name was made before, in an earlier attempt: then it gives what that one returned. What
   * it returns is kept before this resolves, so that what comes after may fail. Of one name there is one step in a task.
   *
   * @throws what `work` throws, and nothing is kept; ResultNotStorableError; LeaseLostError when another worker may have the task;
   * NotSupportedError when the store keeps no steps.
   *
   * @example
   * ```ts
   * export async function order(id: number): Promise<void> {
   *   const charge = await currentTask()?.step('charge', () => chargeCard(id))
   *   await currentTask()?.step('send', () => sendReceipt(id, charge))
   * }
   * ```
   */
  step<W extends (this: void) => unknown>(
    name: string,
    work: W & IfStorable<Awaited<ReturnType<W>>, unknown>,
  ): Promise<Awaited<ReturnType<W>>> {
    this.#steps ??= new Steps(this)
    return this.#steps.make(name, work) as Promise<Awaited<ReturnType<W>>>
  }

  /**
   * Reports how far the task is, from 0 to 1, and what it is doing. It is kept with the next renewal of the lease, where others can see it.
   *
   * @throws InvalidOptionError
   *
   * @example
   * ```ts
   * currentTask()?.progress(12 / 30, 'page 12 of 30')
   * ```
   */
  progress(fraction: number, text?: string): void {
    const told = { progress: readProgress(fraction), text: readLine(text) }
    this.source?.tell(told)
  }

  /** Adds a line to the log of the task, of which the last 100 and 8 KB are kept, with the next renewal of the lease. */
  log(line: string): void {
    this.source?.tell({ line: readLine(line) ?? '' })
  }

  /**
   * Starts counting `delayBy`, as the task goes onto a queue. Gives the Unix seconds before which it must not run.
   *
   * @throws InvalidOptionError for a delay that was set to what none can be.
   */
  schedule(): number | undefined {
    if (this.delayBy !== undefined) {
      this.delayUntil = dueAfter(this.delayBy, this.context.clock.now())
      this.delayBy = undefined
    }
    return this.delayUntil === undefined ? undefined : unixSeconds(this.delayUntil)
  }

  /**
   * Makes one attempt: `onStart`, the function with its middleware, then `onSuccess` or `onError`. Gives what the function returned: at once when
   * nothing had to be waited for, else a promise. It never throws; the promise rejects
   *
   * @throws what the function throws, TaskTimeoutError, or why the attempt was discarded.
   */
  run(): Awaitable<R> {
    const { func } = this
    if (!func) return Promise.reject(new TaskNotReadyError(this.taskId))
    this.#abort = undefined
    this.#isDiscarded = false
    this.#leftover = undefined
    let result: Awaitable<R>
    try {
      result = this.onStart ? this.#start(func) : this.#call(func)
    } catch (error) {
      return this.#failWith(error)
    }
    return isReady(result) ? this.#succeed(result) : this.#endLater(result)
  }

  /**
   * Ends an attempt that `error` failed: `FAILED`, then `onError`. Also for an attempt that could not end by itself, since its thread died.
   * Gives what the attempt has failed with: `error`, or the verdict that `onError` threw in its place.
   */
  async fail(error: unknown): Promise<unknown> {
    this.toFailed()
    try {
      if (this.onError) await this.#runHook('onError', () => this.onError?.(this, error))
    } catch (failure) {
      if (ownVerdict(failure)) return failure
      if (this.context.isInline) return withCause(failure, error)
      this.#warnOfHook(failure)
    }
    return error
  }

  /** By itself: a task that is ready pays for no closures. */
  #endLater(result: PromiseLike<R>): Awaitable<R> {
    return chain(
      result,
      (value) => this.#succeed(value),
      (error) => this.#failWith(error),
    )
  }

  async #start(func: AnyFunction): Promise<R> {
    await this.#runHook('onStart', () => this.onStart?.(this))
    if (this.#isDiscarded) throw this.signal.reason
    return this.#call(func)
  }

  #succeed(result: R): Awaitable<R> {
    if (this.#isDiscarded) return Promise.reject(this.signal.reason)
    this.result = result
    this.toSuccess()
    return this.onSuccess ? this.#tellSuccess(result) : result
  }

  async #failWith(error: unknown): Promise<never> {
    if (this.#isDiscarded) throw error
    if (ownVerdict(error)?.type !== 'snooze') throw await this.fail(error)
    this.toDelayed()
    throw error
  }

  #call(func: AnyFunction): Awaitable<R> {
    const { run } = this.context
    return running.run(this, () => (run ? run<R>(this, () => this.#enter(func)) : this.#invoke(func)))
  }

  /** What was called around the function may have taken its time. */
  async #enter(func: AnyFunction): Promise<R> {
    if (this.#isDiscarded) throw this.signal.reason
    return this.#invoke(func)
  }

  #invoke(func: AnyFunction): Awaitable<R> {
    return this.timeout === undefined
      ? this.#apply(func)
      : this.#within(this.timeout, func.name, () => this.#apply(func))
  }

  #apply(func: AnyFunction): Awaitable<R> {
    return (func as (...args: readonly unknown[]) => Awaitable<R>)(...this.funcArgs)
  }

  #within<T>(timeout: number, name: string, call: () => Awaitable<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cancel = this.context.clock.timer(timeout, () => {
        const error = new TaskTimeoutError(name, timeout)
        const before = this.#leftover
        this.#leftover = before ? Promise.all([before, ended]).then(() => undefined) : ended
        this.abort(error)
        reject(error)
      })
      const ended = callWithin(timeout, async () => call())
        .then(resolve, reject)
        .finally(cancel)
    })
  }

  /** A hook that does not end must not keep the task's slot either. */
  async #runHook(hook: string, call: () => unknown): Promise<void> {
    if (this.timeout === undefined) await call()
    else await this.#within(this.timeout, `The hook ${hook} of ${this.func?.name}`, call)
  }

  /** The function has run, so a hook that fails must neither run it again nor hide its error. */
  async #tellSuccess(result: R): Promise<R> {
    try {
      await this.#runHook('onSuccess', () => this.onSuccess?.(this, result))
    } catch (error) {
      if (this.context.isInline) throw error
      this.#warnOfHook(error)
    }
    return result
  }

  #warnOfHook(error: unknown): void {
    warnOfFailure('AlligatorHookWarning', `A hook of task ${this.taskId}`, error)
  }

  /**
   * Writes the task as text, or as bytes in a subclass.
   *
   * @throws UnreferenceableFunctionError and its kin, for a function that another process could not find.
   */
  serialize(): Awaitable<Payload> {
    if (!this.func) throw new TaskNotReadyError(this.taskId)
    const { refs } = this.context
    const { module, callable, name, app } = refOf(this.func, refs, this.attempt)
    const hookRef = (hook: unknown) => hookRefOf(hook, refs, this.attempt, app)
    return encode({
      task_id: this.taskId,
      retries: this.retries,
      is_async: this.isAsync,
      module,
      callable,
      name,
      app,
      args: this.funcArgs,
      attempt: this.attempt > 1 ? this.attempt : undefined,
      scheduled_for: this.scheduledFor && this.scheduledFor.getTime() / 1000,
      options: {
        on_start: hookRef(this.onStart),
        on_success: hookRef(this.onSuccess),
        on_error: hookRef(this.onError),
        delay_until: this.delayUntil,
        depends_on: this.dependsOn.length > 0 ? this.dependsOn : undefined,
        backoff: this.backoff,
        timeout: this.timeout,
        priority: this.priority === 'normal' ? undefined : this.priority,
        after: this.follows,
        keep_result: this.keepResult,
        outputs: this.outputs.length > 0 ? this.outputs : undefined,
        batch: this.batchId,
        on_failed_dependency: this.onFailedDependency === 'run' ? 'run' : undefined,
      },
      headers: this.#headers === NO_HEADERS ? undefined : this.#headers,
    })
  }

  /**
   * Reads a task from the queue: at once when its function and hooks are known here, else once they have been imported.
   *
   * @throws InvalidPayloadError, UnknownModuleError, UnknownCallableError, ForbiddenReferenceError, always as a rejection.
   */
  static deserialize(data: Payload, context?: TaskContext): Awaitable<Task> {
    return attempt(() => {
      const wire = decode(data)
      const { refs, defers = false }: TaskContext = context ?? WITHOUT_GATOR
      const parts = allOf<[LoadedHooks, AnyFunction]>([
        loadHooks(wire, refs, defers),
        functionOf(wire, refs, defers),
      ])
      return chain(parts, ([hooks, func]) => revive(this, wire, context, hooks, func))
    })
  }
}

/** The task as it was when it was written. */
function revive(
  taskClass: new (options: TaskOptions) => Task,
  wire: WireTask,
  context: TaskContext | undefined,
  hooks: LoadedHooks,
  func: AnyFunction,
): Task {
  const task = new taskClass(optionsOf(wire, hooks))
  if (context) task.context = context
  task.func = func
  task.funcArgs = argumentsOf(wire)
  task.attempt = wire.attempt ?? 1
  task.follows = wire.options?.after ?? undefined
  task.outputs = wire.options?.outputs ?? []
  task.batchId = wire.options?.batch ?? undefined
  if (wire.scheduled_for != null) task.scheduledFor = new Date(wire.scheduled_for * 1000)
  return task
}
