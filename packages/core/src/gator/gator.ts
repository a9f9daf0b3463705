import { type Awaitable, chain, isReady } from '../base/awaitable.js'
import { createClient } from '../backend/known-backends.js'
import { LocmemClient } from '../locmem/client.js'
import { cancelTask } from '../backend/cancel-task.js'
import type { Client } from '../backend/client.js'
import { need } from '../backend/need.js'
import { type Clock, systemClock } from '../base/clock.js'
import { ALL, SUCCESS } from '../task/constants.js'
import type { Payload } from '../base/payload.js'
import type { BatchState, Delivery, Pause, PushItem } from '../backend/contract.js'
import { checkCount } from '../base/count.js'
import { toSeconds } from '../base/duration.js'
import { checkTaskId } from '../base/ids.js'
import { TaskFailed } from '../errors/index.js'
import { type AnyFunction, FunctionRefs, type FunctionRefsOptions } from '../function-ref/index.js'
import { checkGatorArguments, checkTask, checkTasks } from './checks.js'
import { Batch, makeBatch } from './batch.js'
import { type PausedOptions, type QueuePauseOptions, readPause, readPaused } from './pause-options.js'
import { type TaskPause, TaskPauses } from './task-pauses.js'
import { sparedArguments } from './spared-arguments.js'
import { Packer } from './packer.js'
import { put } from './put.js'
import { type TaskDefaults, checkDefaults } from './defaults.js'
import type { GatorOptions } from './gator-options.js'
import type { IfStorable, JsonArguments } from '../arguments/json-arguments.js'
import { LEAST_LEASE } from '../execution/lease-keeper.js'
import { Chain } from '../middleware/chain.js'
import { enqueueThrough } from '../middleware/enqueue-through.js'
import type { Middleware } from '../middleware/middleware.js'
import { type EnqueueOptions, Options } from './options.js'
import { DEFAULT_MAX_PAYLOAD, DEFAULT_MAX_RESULT, checkSize } from '../wire/limits.js'
import { checkQueueName } from '../base/queues.js'
import { Schedule, Scheduling } from '../schedule/schedule.js'
import { Scheduler } from '../schedule/scheduler.js'
import type { ScheduleOptions, ScheduleSpec } from '../schedule/spec.js'
import { afterFailure } from '../execution/decide.js'
import type { Engine } from '../execution/engine.js'
import { keepEnd } from '../execution/keep-result.js'
import { runDelivery } from '../execution/run-delivery.js'
import { type Sealer, makeSealer } from '../wire/sealing/sealer.js'
import {
  type BatchCallbacks,
  type FinishedOptions,
  Task,
  type TaskClass,
  type TaskContext,
} from '../task/task.js'
import { type TaskReport, lookUp } from '../results/look-up.js'
import { WaitingRoom } from '../results/waiting-room.js'

/**
 * A queue and the way onto it: `gator.task(fn, ...args)` in place of `fn(...args)`.
 *
 * @example
 * ```ts
 * export const gator = new Gator('redis://localhost:6379/0')
 * await gator.task(sendPostEmail, user.id, post.id)
 * ```
 */
export class Gator implements AsyncDisposable, Engine {
  readonly queueName: string
  readonly taskClass: TaskClass
  /** Options of the tasks that are made through it and do not say otherwise. */
  readonly defaults: TaskDefaults | undefined
  readonly backend: Client
  /** The client of the store that keeps what the backend cannot. */
  readonly state: Client | undefined
  readonly clock: Clock
  readonly lease: number
  readonly maxDeliveries: number
  /** Seconds. */
  readonly unknownTaskTtl: number
  /** Bytes. */
  readonly maxPayload: number
  /** Bytes. */
  readonly maxResult: number
  /** What its tasks know of it. */
  readonly context: TaskContext
  /** Keeps the schedules of its queue. */
  readonly scheduler: Scheduler = new Scheduler(this)
  /** Keeps the pauses of single functions. */
  readonly taskPauses: TaskPauses = new TaskPauses(this)
  readonly #backendClass: GatorOptions['backendClass']
  readonly #sealer: Sealer
  readonly #packer: Packer
  readonly #middleware = new Chain()
  readonly #waitingRoom = new WaitingRoom(this)

  /**
   * Connects to the store that a DSN names, or uses a client that is ready.
   *
   * @throws InvalidDsnError, UnknownSchemeError, InvalidOptionError, and what the backend throws when it cannot start.
   */
  constructor(store: string | Client, options: GatorOptions = {}) {
    checkGatorArguments(store, options, new.target === Gator)
    this.queueName = checkQueueName('queueName', options.queueName ?? ALL)
    this.taskClass = options.taskClass ?? Task
    this.defaults = options.defaults && checkDefaults(options.defaults)
    this.clock = options.clock ?? systemClock
    this.lease = toSeconds(options.lease ?? 30, 'lease', LEAST_LEASE)
    this.maxDeliveries = checkCount('maxDeliveries', options.maxDeliveries ?? 5, 1)
    this.unknownTaskTtl = toSeconds(options.unknownTaskTtl ?? '1d', 'unknownTaskTtl')
    this.maxPayload = checkCount('maxPayload', options.maxPayload ?? DEFAULT_MAX_PAYLOAD, 1)
    this.maxResult = checkCount('maxResult', options.maxResult ?? DEFAULT_MAX_RESULT, 1)
    this.#backendClass = options.backendClass
    this.#sealer = makeSealer(options)
    this.#packer = new Packer(this, this.#sealer)
    const { root, app, allow } = options
    const refs = this.buildRefs({ root, app, allow })
    const middleware = this.#middleware
    this.context = {
      refs,
      clock: this.clock,
      batchOf: (queue, batchId) => new Batch(this, queue, batchId),
      get run() {
        return middleware.run
      },
      finished: (taskId, queue, how) => this.#waitingRoom.finished(taskId, queue, how),
    }
    this.backend = typeof store === 'string' ? this.buildBackend(store) : store
    this.state = options.state === undefined ? undefined : this.#openState(options.state)
  }

  /** Makes the client for a DSN: of `backendClass`, else of the class registered for its scheme. */
  buildBackend(dsn: string): Client {
    const options = { clock: this.clock }
    return this.#backendClass
      ? new this.#backendClass(dsn, options)
      : createClient(dsn, options, LocmemClient)
  }

  /** Makes what finds functions by their names, and names by their functions. */
  buildRefs(options: FunctionRefsOptions): FunctionRefs {
    return new FunctionRefs(options)
  }

  /**
   * Calls middleware around every task from now on: when tasks are put on the queue, and when their functions run. Of several the
   * first is the outermost. Gives this gator.
   *
   * @throws InvalidOptionError when it is no middleware.
   *
   * @example
   * ```ts
   * gator.use({
   *   enqueue(tasks, next) {
   *     for (const task of tasks) task.headers = { ...task.headers, 'request-id': requestId() }
   *     return next(tasks)
   *   },
   *   run: (task, next) => withRequestId(task.headers['request-id'], next),
   * })
   * ```
   */
  use(middleware: Middleware): this {
    this.#middleware.add(middleware)
    return this
  }

  /**
   * Puts a call of `func` on the queue. Resolves when the store has it.
   *
   * @throws UnreferenceableFunctionError, InvalidArgumentError, PayloadTooLargeError, and StoreUnavailableError or its kin.
   */
  task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>> {
    return this.push<P, R, G>(new this.taskClass(this.defaults), func, ...args)
  }

  /**
   * Puts one call for each list of arguments on the queue, in one round trip where the store can; all of them or none. Leave the lists as
   * they are until it resolves: of very many, not all are read at once.
   */
  taskMany<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    argLists: readonly JsonArguments<P, G>[],
  ): Promise<Task<Awaited<R>>[]> {
    return this.options().taskMany<P, R, G>(func, argLists)
  }

  /** Options for the tasks that are made through what this gives; with a function, for those made while it runs. */
  options(taskOptions?: EnqueueOptions): Options
  options<T>(taskOptions: EnqueueOptions, block: (options: Options) => T | PromiseLike<T>): Promise<T>
  options<T>(
    taskOptions?: EnqueueOptions,
    block?: (options: Options) => T | PromiseLike<T>,
  ): Options | Promise<T> {
    const options = new Options(this, taskOptions)
    return block ? (async () => block(options))() : options
  }

  /** Puts a task that was configured by hand on the queue; one with `isAsync: false` is run at once instead. */
  async push<
    P extends readonly unknown[],
    R extends T | PromiseLike<T>,
    G extends readonly unknown[] = P,
    T = unknown,
  >(
    task: Task<T>,
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>> {
    const called = checkTask(task).toCall<P, R, G>(func, ...args)
    const [pushed] = await this.pushMany([called])
    return pushed ?? called
  }

  /**
   * Says that a function is to be called again and again, or at a certain time: `.task(fn, ...args)` of what it gives says which.
   * `id` names the schedule, on this gator's queue: to say it again changes what is there.
   *
   * @throws InvalidOptionError; NotSupportedError when the store keeps no schedules: beanstalkd and SQS, without the option `state`.
   *
   * @example
   * ```ts
   * await gator.schedule('digest', '0 9 * * 1-5', { timeZone: 'Europe/Berlin' }).task(sendDigest, 'weekly')
   * await gator.schedule('poll', { every: '5m' }).task(pollFeeds)
   * await gator.options({ retries: 3 }).schedule('clean-up', '@daily').task(cleanUp)
   * ```
   */
  schedule(id: string, spec: ScheduleSpec, options?: ScheduleOptions): Scheduling {
    return new Scheduling(this, id, spec, options, this.defaults)
  }

  /**
   * The schedules of a queue (default: this gator's), by their ids.
   *
   * @throws NotSupportedError
   *
   * @example
   * ```ts
   * for (const { id, next } of await gator.schedules()) console.log(id, next)
   * ```
   */
  async schedules(queue: string = this.queueName): Promise<Schedule[]> {
    const rows = await this.scheduler.list(queue)
    return Promise.all(rows.map((row) => Schedule.read(this.scheduler, row)))
  }

  /**
   * Removes a schedule from a queue (default: this gator's); a task that it has pushed stays. `false`: there was none.
   *
   * @throws NotSupportedError
   */
  async unschedule(id: string, queue: string = this.queueName): Promise<boolean> {
    return this.scheduler.remove(queue, id)
  }

  /**
   * Makes a batch: what `fill` puts on the queue through what it is given are its members, and once the last of them has ended, the
   * callbacks run, each once, as tasks of this gator's queue. A member can add others: `currentTask().batch`. It ends no sooner than
   * `fill` has resolved; where that throws, or rejects, the batch is canceled. Whatever is pushed through it is pushed at once, and
   * runs while `fill` goes on.
   *
   * @throws NotInTransactionError at once, where the app has one open on the connection that it shares with its queues;
   * InvalidOptionError; NotSupportedError where the store has no batches (beanstalkd, SQS); what `fill` throws.
   *
   * @example
   * ```ts
   * const batch = await gator.batch({ onSuccess: [publish, album.id], onFailure: [alarm, album.id] }, (b) =>
   *   b.taskMany(resize, photos.map((photo) => [photo.id] as const)),
   * )
   * console.log(await gator.lookUpBatch(batch.id))
   * ```
   */
  batch<S extends readonly unknown[], F extends readonly unknown[], D extends readonly unknown[]>(
    callbacks: BatchCallbacks<S, F, D>,
    fill: (batch: Batch) => unknown,
  ): Promise<Batch> {
    return makeBatch({ host: this, queue: this.queueName }, callbacks, fill)
  }

  /**
   * How far a batch of a queue is (default: this gator's). `undefined`: there is none, or it ended more than a day ago.
   *
   * @throws NotSupportedError
   */
  async lookUpBatch(batchId: string, queue: string = this.queueName): Promise<BatchState | undefined> {
    return need(this.backend, 'batches', 'gator.lookUpBatch').find(queue, batchId)
  }

  /**
   * Cancels a batch of a queue (default: this gator's): takes its members off, those that wait and those that run, and those of the
   * batches within it. It takes no more, and ends without success: `onFailure` and `onDone` run. Gives how many tasks were canceled.
   *
   * @throws NotSupportedError
   */
  async cancelBatch(batchId: string, queue: string = this.queueName): Promise<number> {
    return new Batch(this, queue, batchId).cancel()
  }

  /** Takes tasks through middleware, and makes of them what `put` is to write in place of a push. */
  enqueueBy(
    put: (items: readonly PushItem[]) => Promise<unknown>,
    tasks: readonly Task[],
    queue: string,
  ): Promise<unknown> {
    const pack = async (passed: readonly Task[]) => {
      for (const task of passed) this.#adopt(task, queue)
      await put(await Promise.all(passed.map((task) => this.#packer.pack(task, queue, false))))
      return passed
    }
    const { enqueue } = this.#middleware
    for (const task of tasks) this.#adopt(task, queue)
    return enqueue ? enqueueThrough(enqueue, tasks, pack, false) : pack(tasks)
  }

  /**
   * Puts tasks that have their function on a queue (default: this gator's), in one round trip where the store can; all of them or
   * none; within a transaction of the app, where one is given. Gives them; one that middleware has dropped is `CANCELED`.
   */
  pushMany<T extends Task>(
    tasks: readonly T[],
    queue: string = this.queueName,
    transaction?: object,
  ): Promise<T[]> {
    checkTasks(tasks)
    const { enqueue } = this.#middleware
    if (!enqueue || tasks.length === 0) return this.#put(tasks, queue, transaction)
    for (const task of tasks) this.#adopt(task, queue)
    const put = (passed: readonly Task[]) => this.#put(passed, queue, transaction)
    return enqueueThrough(enqueue, tasks, put, this.#mustJoinNow(transaction))
  }

  #put<T extends Task>(tasks: readonly T[], queue: string, transaction: object | undefined): Promise<T[]> {
    for (const task of tasks) this.#adopt(task, queue)
    const queued = tasks.filter((task) => task.isAsync)
    const target = {
      backend: this.backend,
      packer: this.#packer,
      queue,
      transaction,
      mustJoinNow: this.#mustJoinNow(transaction),
    }
    if (queued.length === tasks.length) return put(queued, tasks, target)
    return this.#runInline(tasks).then(() => put(queued, tasks, target))
  }

  /**
   * Runs the next due task: takes it off the queue, and settles it. `undefined`: nothing is due.
   *
   * @throws TaskFailed when it failed for good; UnknownModuleError and its kin when it cannot run here.
   */
  async runNext(): Promise<Task | undefined> {
    const [delivery] = await this.backend.reserve([this.queueName], { lease: this.lease })
    return delivery && this.#process(delivery)
  }

  /**
   * Runs this very task, also when it is not due: takes it off the queue, and settles it. Throws as `runNext` does.
   *
   * @throws InvalidOptionError for what is no id; NotSupportedError when the store cannot take a task by its id (SQS).
   */
  async runTask(taskId: string): Promise<Task | undefined> {
    const byId = need(this.backend, 'byId', 'gator.runTask')
    const delivery = await byId.reserve(this.queueName, checkTaskId(taskId), this.lease)
    return delivery && this.#process(delivery)
  }

  /** Runs the next due task: the name that `runNext` has in Alligator for Python. */
  pop(): Promise<Task | undefined> {
    return this.runNext()
  }

  /** Runs this very task: the name that `runTask` has in Alligator for Python. */
  get(taskId: string): Promise<Task | undefined> {
    return this.runTask(taskId)
  }

  /**
   * Takes a task off the queue for good, whether it waits, is a dead letter or runs. A running one is stopped, as far as its
   * function lets itself be: its `signal` aborts, and whatever it does then is discarded. Where the store cannot do that
   * (it has no `cancellation`: beanstalkd), a running task is left alone.
   *
   * Gives the task, `CANCELED`; its `wasRunning` says whether a worker had it. `undefined`: it is not on the queue any more
   * (it has finished, or somebody else took it off), or it runs and is left alone.
   *
   * @throws NotSupportedError when the store cannot take a task by its id at all (SQS).
   */
  async cancel(taskId: string): Promise<Task | undefined> {
    const canceled = await cancelTask(this.backend, this.queueName, taskId, 'gator.cancel')
    if (!canceled) return undefined
    // It is off the queue, whether or not this process knows its function.
    const task = await this.#peekOr(canceled.data, () => new this.taskClass({ taskId }))
    if (this.backend.uniqueness && this.backend.customIds) task.taskId = taskId
    task.toCanceled()
    task.wasRunning = canceled.wasRunning
    const place = { queue: this.queueName, taskId }
    // What cannot be taken away now is forgotten by itself.
    await Promise.allSettled([this.backend.notes?.forget?.(place.queue, taskId), keepEnd(task, place, this)])
    if (task.keepResult !== undefined) this.backend.results?.tellOfEnd(this.queueName, taskId)
    return task
  }

  /**
   * Waits until a task has ended that was put on a queue with `keepResult`, by whichever process, and gives what its function returned. Its type
   * is that of the function.
   *
   * @throws TaskFailed when it is a dead letter, TaskCanceledError, ResultTimeoutError, ResultNotStorableError; ResultGoneError when
   * there is none (any more); NotSupportedError when the store keeps no results; the reason of `signal`.
   *
   * @example
   * ```ts
   * const url = await gator.finished<typeof resize>(taskId, { timeout: '20s' })
   * ```
   */
  async finished<F extends (...args: never) => unknown = AnyFunction>(
    taskId: IfStorable<Awaited<ReturnType<F>>, string>,
    { queue = this.queueName, ...options }: FinishedOptions & { readonly queue?: string } = {},
  ): Promise<Awaited<ReturnType<F>>> {
    const result = await this.#waitingRoom.finished(checkTaskId(taskId), queue, options)
    return result as Awaited<ReturnType<F>>
  }

  /**
   * What is known of a task on a queue (default: this gator's): where it stands, its attempt, what it has reported, and its result if that is kept.
   * `undefined`: nothing.
   *
   * @throws InvalidOptionError for what is no id; NotSupportedError when the store can neither show what it holds nor keep
   * what a task tells (beanstalkd and SQS without a state store).
   *
   * @example
   * ```ts
   * const { state, progress = 0, text } = (await gator.lookUp(taskId)) ?? {}
   * ```
   */
  async lookUp(taskId: string, queue: string = this.queueName): Promise<TaskReport | undefined> {
    return lookUp(this, checkTaskId(taskId), queue)
  }

  /**
   * Runs a task in hand. While it fails and has retries left, one with `isAsync: false` runs again at once, and any other
   * goes back on the queue, `RETRYING`.
   *
   * @throws what the task's function threw last.
   */
  async execute<T extends Task>(task: T): Promise<T> {
    this.#adopt(checkTask(task), task.queue ?? this.queueName)
    if (!task.isAsync) task.context = { ...task.context, isInline: true }
    const args = sparedArguments(task)
    for (;;) {
      try {
        await task.run()
        return task
      } catch (error) {
        // A hook has failed after that, and its error is for the caller: the function must not run again.
        if (task.status === SUCCESS) throw error
        const verdict = afterFailure(task, error)
        if (verdict.type === 'snoozed' && task.isAsync) return this.#requeue(task, verdict.pause, args)
        // Without a queue there is nowhere to wait: a task that asks for a pause there is up to its caller.
        if (verdict.type !== 'retry') throw verdict.error
        task.retries -= 1
        task.attempt += 1
        task.toRetrying()
        if (task.isAsync) return this.#requeue(task, verdict.pause, args)
        task.funcArgs = args()
      }
    }
  }

  /**
   * Keeps this gator's queue back: from when this resolves, nothing of it is handed out, to any worker, until `resume`, or until `for` is
   * over by the store's clock; restarts change nothing. What runs goes on, tasks are put on the queue as ever, and `runTask` still
   * takes the one that it names. One that is paused is from now on paused as this says.
   *
   * With `task` it keeps the tasks of one function back: from about a second on, which this waits for, no worker begins one; what workers
   * have taken by then may begin still. They go back uncharged, delayed for up to ten minutes at a time, until `resume` makes them due.
   *
   * @throws InvalidOptionError; NotSupportedError when the store cannot do it.
   *
   * @example
   * ```ts
   * await gator.pause({ for: '1h', reason: 'the mail server is being moved' })
   * console.log((await gator.paused())?.reason)
   * await gator.resume()
   * await gator.pause({ task: sendNewsletter })
   * ```
   */
  async pause({ task, ...options }: QueuePauseOptions = {}): Promise<void> {
    const how = readPause(options)
    if (task !== undefined)
      return this.taskPauses.pause(this.queueName, readPaused(this.context.refs, task), how)
    await need(this.backend, 'pausing', 'gator.pause').pause(this.queueName, how)
  }

  /** Ends the pause of this gator's queue, or of one function; workers that wait for it go on at once. `false`: it was not paused. */
  async resume({ task }: PausedOptions = {}): Promise<boolean> {
    if (task !== undefined) return this.taskPauses.resume(this.queueName, readPaused(this.context.refs, task))
    return need(this.backend, 'pausing', 'gator.resume').resume(this.queueName)
  }

  /** The pause of this gator's queue, while there is one. */
  async paused(): Promise<Pause | undefined> {
    return need(this.backend, 'pausing', 'gator.paused').paused(this.queueName)
  }

  /** The pauses of single functions on a queue (default: this gator's), while there are any. */
  pausedTasks(queue: string = this.queueName): Promise<readonly TaskPause[]> {
    return this.taskPauses.list(queue)
  }

  /**
   * Makes a delayed task due now: it joins the end of the queue, within its level. `false`: no task with this id is delayed.
   *
   * @throws InvalidOptionError for what is no id; NotSupportedError when the store cannot do it.
   *
   * @example
   * ```ts
   * const task = await gator.options({ delayBy: '1d' }).task(sendReminder, user.id)
   * await gator.expedite(task.taskId)
   * ```
   */
  async expedite(taskId: string): Promise<boolean> {
    const expediting = need(this.backend, 'expediting', 'gator.expedite')
    return expediting.expedite(this.queueName, checkTaskId(taskId))
  }

  /** How many tasks wait on the queue, due or delayed. */
  async len(): Promise<number> {
    return this.backend.len(this.queueName)
  }

  /**
   * Reads a task from what the store holds on a queue. (Default: this gator's)
   *
   * @throws what `open` throws, or the task class: InvalidPayloadError, UnknownModuleError and their kin.
   */
  read(data: Payload, queue: string = this.queueName): Awaitable<Task> {
    const task = this.taskClass.deserialize(this.open(data, queue), this.context)
    const finish = (read: Task): Task => {
      if (this.taskClass.deserialize !== Task.deserialize) this.#packer.admit(read)
      return this.#adopt(read, queue)
    }
    return isReady(task) ? finish(task) : chain(task, finish)
  }

  /**
   * Reads a task from what the store holds on a queue (default: this gator's), to look at it: no module that it names is imported,
   * unless the task is run after all.
   *
   * @throws what `open` throws, or the task class: InvalidPayloadError.
   *
   * @example
   * ```ts
   * const page = await gator.backend.listing?.list(gator.queueName, 'dead')
   * for (const { data } of page?.tasks ?? []) console.log((await gator.peek(data)).funcArgs)
   * ```
   */
  async peek(data: Payload, queue: string = this.queueName): Promise<Task> {
    const context = { ...this.context, defers: true }
    return this.#adopt(await this.taskClass.deserialize(this.open(data, queue), context), queue)
  }

  /**
   * What is put on a queue (default: this gator's) for a serialized task: signed or encrypted, when this gator has a secret.
   * `former` is what it takes the place of there, and stays encrypted if it was.
   */
  seal(data: Payload, queue: string = this.queueName, former?: Payload): Payload {
    return this.#sealer.seal(queue, data, former)
  }

  /**
   * The serialized task in what the store holds on a queue, once it is proven genuine. (Default: this gator's)
   *
   * @throws UnsignedPayloadError, BadSignatureError; SecretMissingError when it is sealed and there is no secret;
   * PayloadTooLargeError for more than `maxPayload`.
   */
  open(data: Payload, queue: string = this.queueName): Payload {
    checkSize(undefined, data, this.maxPayload)
    return this.#sealer.open(queue, data)
  }

  /** Ends every connection and timer. */
  async close(): Promise<void> {
    this.#waitingRoom.close()
    await this.backend.close()
    await this.state?.close()
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What the backend cannot keep by itself is kept there from now on. */
  #openState(store: string | Client): Client {
    const client =
      typeof store === 'string' ? createClient(store, { clock: this.clock }, LocmemClient) : store
    this.backend.keepStateIn(need(client, 'state', 'what the option `state` is for'), client.results)
    return client
  }

  #adopt<T extends Task>(task: T, queue: string): T {
    task.context = this.context
    task.queue = queue
    return task
  }

  async #runInline(tasks: readonly Task[]): Promise<void> {
    for (const task of tasks) if (!task.isAsync) await this.execute(task)
  }

  async #peekOr(data: Payload, otherwise: () => Task): Promise<Task> {
    try {
      return await this.peek(data)
    } catch {
      return otherwise()
    }
  }

  async #process(delivery: Delivery): Promise<Task> {
    const ident = `Alligator Gator (#${process.pid})`
    const { task, error, outcome } = await runDelivery(this, delivery, { ident })
    if (outcome !== 'dead' && task) return task
    // By the id that the store knows it by: not every store keeps the task's own.
    throw task ? new TaskFailed(delivery.taskId, task.func?.name ?? 'task', task.attempt, error) : error
  }

  /** Whether what is pushed becomes part of a transaction only within this call. */
  #mustJoinNow(transaction: object | undefined): boolean {
    if (!transaction) return this.backend.inTransaction
    return this.backend.transactions?.endsAtReturn(transaction) ?? false
  }

  async #requeue<T extends Task>(task: T, pause: number, args: () => readonly unknown[]): Promise<T> {
    task.funcArgs = args()
    const item = await this.#packer.pack(task, this.queueName, false)
    const delayUntil = this.clock.now() + pause
    const [id] = await this.backend.pushMany(this.queueName, [{ ...item, delayUntil }])
    task.taskId = id ?? item.taskId
    return task
  }
}
