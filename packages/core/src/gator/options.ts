import { isReady } from '../base/awaitable.js'
import { inParts, mayPause } from './in-parts.js'
import { checkArgumentLists } from '../arguments/arguments.js'
import type { JsonArguments } from '../arguments/json-arguments.js'
import { type OptionNames, checkIsObject, checkNames } from '../base/option-names.js'
import { checkQueueName } from '../base/queues.js'
import { type TaskDefaults, withDefaults } from './defaults.js'
import { InvalidOptionError, NotInTransactionError } from '../errors/index.js'
import { TASK_OPTIONS, checkTaskOptions } from '../task/option-checks.js'
import { Scheduling } from '../schedule/schedule.js'
import type { ScheduleHost, Scheduler } from '../schedule/scheduler.js'
import type { ScheduleOptions, ScheduleSpec } from '../schedule/spec.js'
import type { TaskBatch } from '../task/task.js'
import { Task, type TaskOptions } from '../task/task.js'

/** Where tasks are put on a queue: a gator. */
export interface Enqueuer extends ScheduleHost {
  readonly scheduler: Scheduler
  readonly defaults: TaskDefaults | undefined
  pushMany<T extends Task>(tasks: readonly T[], queue?: string, transaction?: object): Promise<T[]>
}

const NO_REPLACING =
  'What runs in place of another task is a member of the batch of that one, if of any. Push it outside of the batch, or keep the other one.'

/** Members of a batch that are put on a queue in one step: of more, those that are there when another step is refused stay. */
const MOST_MEMBERS_AT_ONCE = 1000

/** A batch is full by a step of its own, which would wait for the transaction that has its members. */
export function batchNotInTransaction(what: string): NotInTransactionError {
  const wayOut = 'Let the transaction push a task that makes the batch'
  return new NotInTransactionError(what, 'a batch is made in several steps', wayOut)
}

/** What `gator.options` takes: options of each task, and how it is put on the queue. */
export interface EnqueueOptions extends TaskOptions {
  /** The queue that the tasks are put on. (Default: the gator's) */
  readonly queueName?: string | undefined
  /**
   * A transaction that the app has open on the database which has the queue, as its library gives it: the tasks are on the queue
   * when it commits, and never were when it rolls back. (Default: none, they are on the queue at once)
   */
  readonly transaction?: object
}

/** The compiler sees here that none is missing there. */
TASK_OPTIONS satisfies OptionNames<TaskOptions>

const ENQUEUE_OPTIONS: OptionNames<EnqueueOptions> = { ...TASK_OPTIONS, queueName: true, transaction: true }

/**
 * Task options for every task that is made through it: what `gator.options(...)` gives.
 *
 * @example
 * ```ts
 * {
 *   using opts = gator.options({ retries: 3 })
 *   await opts.task(sendMassMail, list.id)
 *   await opts.task(updateFollowCounts, user.id)
 * }
 * ```
 */
export class Options implements Disposable {
  readonly gator: Enqueuer
  readonly taskOptions: TaskOptions
  readonly queueName: string | undefined
  readonly transaction: object | undefined
  /** The batch that the tasks are members of. */
  readonly batch: TaskBatch | undefined

  /** @throws MultipleDelayError, InvalidOptionError: not only once a task is made with them. */
  constructor(gator: Enqueuer, options: EnqueueOptions = {}, batch?: TaskBatch) {
    checkIsObject('gator.options', options)
    // Those of a task class of one's own may have more, which is up to it.
    if (gator.taskClass === Task) checkNames('gator.options', options, ENQUEUE_OPTIONS)
    const { transaction, queueName, ...taskOptions } = options
    checkTaskOptions(taskOptions)
    this.gator = gator
    this.taskOptions = withDefaults(gator.defaults, taskOptions)
    this.queueName = queueName === undefined ? undefined : checkQueueName('queueName', queueName)
    this.transaction = transaction
    this.batch = batch
    if (batch && transaction !== undefined) throw batchNotInTransaction('A member of a batch')
    if (batch && queueName !== undefined)
      throw new InvalidOptionError(
        'queueName',
        queueName,
        `All members of a batch are on its queue, "${batch.queue}".`,
      )
  }

  /** Puts a call of `func` on the queue, with these options. */
  async task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>> {
    const task = new this.gator.taskClass(this.taskOptions).toCall<P, R, G>(func, ...args)
    const [pushed] = await this.#pushAll([task])
    return pushed ?? task
  }

  /**
   * Puts one call for each list of arguments on the queue, in one round trip where the store can; all of them or none. Leave the lists as
   * they are until it resolves: of very many, not all are read at once.
   */
  async taskMany<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    argLists: readonly JsonArguments<P, G>[],
  ): Promise<Task<Awaited<R>>[]> {
    const { taskClass, backend } = this.gator
    checkArgumentLists(argLists)
    const make = (args: JsonArguments<P, G>) => new taskClass(this.taskOptions).toCall<P, R, G>(func, ...args)
    const made = inParts(argLists, make, { pauses: mayPause(backend) })
    return this.#pushAll(isReady(made) ? made : await made)
  }

  /** Keeps a schedule, as `gator.schedule` does, whose tasks have these options. @throws InvalidOptionError, NotSupportedError */
  schedule(id: string, spec: ScheduleSpec, options?: ScheduleOptions): Scheduling {
    const { transaction, queueName, taskOptions } = this
    return new Scheduling(this.gator, id, spec, options, {
      ...taskOptions,
      ...(transaction && { transaction }),
      ...(queueName !== undefined && { queueName }),
    })
  }

  #pushAll<T extends Task>(tasks: readonly T[]): Promise<T[]> {
    return this.batch ? this.#pushMembers(tasks, this.batch) : this.#pushMany(tasks, this.queueName)
  }

  async #pushMembers<T extends Task>(tasks: readonly T[], { id, queue }: TaskBatch): Promise<T[]> {
    const pushed: T[] = []
    for (const task of tasks) {
      if (task.guard?.onConflict === 'replace')
        throw new InvalidOptionError(task.guard.option, undefined, NO_REPLACING)
      task.batchId = id
    }
    for (let at = 0; at < tasks.length; at += MOST_MEMBERS_AT_ONCE)
      for (const task of await this.#pushMany(tasks.slice(at, at + MOST_MEMBERS_AT_ONCE), queue))
        pushed.push(task)
    return pushed
  }

  #pushMany<T extends Task>(tasks: readonly T[], queue: string | undefined): Promise<T[]> {
    return this.gator.pushMany(tasks, queue, this.transaction)
  }

  /** For `using`; there is nothing to free. */
  [Symbol.dispose](): void {}
}
