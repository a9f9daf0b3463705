import type { Gator } from './gator.js'
import type { JsonArguments } from './json-arguments.js'
import type { Task } from './task.js'
import type { TaskOptions } from './task-options.js'

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
  readonly gator: Gator
  readonly taskOptions: TaskOptions

  constructor(gator: Gator, taskOptions: TaskOptions = {}) {
    this.gator = gator
    this.taskOptions = taskOptions
  }

  /** Puts a call of `func` on the queue, with these options. */
  task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>> {
    return this.gator.push<P, R, G>(new this.gator.taskClass(this.taskOptions), func, ...args)
  }

  /** Puts one call for each list of arguments on the queue, in one round trip where the store can; all of them or none. */
  taskMany<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
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
