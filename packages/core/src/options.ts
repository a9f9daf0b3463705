import type { Gator } from './gator.js'
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
  task<A extends unknown[], R>(func: (...args: A) => R, ...args: A): Promise<Task<Awaited<R>>> {
    return this.gator.push(new this.gator.taskClass(this.taskOptions) as Task<Awaited<R>>, func, ...args)
  }

  /** Puts one call for each list of arguments on the queue, in one round trip where the store can; all of them or none. */
  taskMany<A extends unknown[], R>(
    func: (...args: A) => R,
    argLists: readonly A[],
  ): Promise<Task<Awaited<R>>[]> {
    const tasks = argLists.map((args) => new this.gator.taskClass(this.taskOptions).toCall(func, ...args))
    return this.gator.pushMany(tasks as Task<Awaited<R>>[])
  }

  /** For `using`; there is nothing to free. */
  [Symbol.dispose](): void {}
}
