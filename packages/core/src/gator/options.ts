import type { JsonArguments } from '../task/json-arguments.js'
import { checkTaskOptions } from '../task/option-checks.js'
import type { Task, TaskClass, TaskOptions } from '../task/task.js'

/** Where tasks are put on a queue: a gator. */
interface Enqueuer {
  readonly taskClass: TaskClass
  pushMany<T extends Task>(tasks: readonly T[]): Promise<T[]>
}

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

  /** @throws MultipleDelayError, InvalidOptionError: not only once a task is made with them. */
  constructor(gator: Enqueuer, taskOptions: TaskOptions = {}) {
    checkTaskOptions(taskOptions)
    this.gator = gator
    this.taskOptions = taskOptions
  }

  /** Puts a call of `func` on the queue, with these options. */
  async task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>> {
    const task = new this.gator.taskClass(this.taskOptions).toCall<P, R, G>(func, ...args)
    const [pushed] = await this.gator.pushMany([task])
    return pushed ?? task
  }

  /** Puts one call for each list of arguments on the queue, in one round trip where the store can; all of them or none. */
  async taskMany<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    argLists: readonly JsonArguments<P, G>[],
  ): Promise<Task<Awaited<R>>[]> {
    const { taskClass } = this.gator
    const tasks = argLists.map((args) => new taskClass(this.taskOptions).toCall<P, R, G>(func, ...args))
    return this.gator.pushMany(tasks)
  }

  /** For `using`; there is nothing to free. */
  [Symbol.dispose](): void {}
}
