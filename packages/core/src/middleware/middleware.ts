import type { Awaitable } from '../base/awaitable.js'
import { InvalidOptionError } from '../errors/index.js'
import type { Task } from '../task/task.js'

/**
 * Hands tasks on: to the next middleware, from the last one to the queue. Gives what was put there, once the store has it;
 * a task with `isAsync: false` has run by then.
 */
export type EnqueueNext = (tasks: readonly Task[]) => Promise<readonly Task[]>

/** What is called around enqueueing: one middleware, or all of them. */
export type EnqueueStep = (tasks: readonly Task[], next: EnqueueNext) => PromiseLike<readonly Task[]>

/**
 * What a gator calls around every task: `enqueue` when tasks are put on the queue, `run` when the function of one is called.
 * Both are optional. What `next` gives is to be given back, so that the compiler sees when that is forgotten.
 *
 * @example
 * ```ts
 * const timing: Middleware = {
 *   async run(task, next) {
 *     const begin = performance.now()
 *     try {
 *       return await next()
 *     } finally {
 *       console.log(`${task.func?.name} took ${performance.now() - begin} ms`)
 *     }
 *   },
 * }
 * ```
 */
export interface Middleware {
  /**
   * Called with the tasks of one call (`task`, `taskMany`, `push`, `pushMany`), one or more. Change them before `next`, their
   * headers above all, or hand on others; what is not handed on is not put on the queue, and is `CANCELED`. A new task that
   * takes the place of another has its `taskId`. What this throws, the call throws.
   *
   * Inside an open transaction of the app (SQLite), call `next` before you await anything: later it throws
   * NotInTransactionError.
   */
  enqueue?(tasks: readonly Task[], next: EnqueueNext): PromiseLike<readonly Task[]>
  /**
   * Called for each attempt between `onStart` and the other hooks, in the process and thread that calls the function. `next` calls it,
   * with its `timeout`, and gives what it returned. What this gives is the result, and what it throws fails the attempt.
   */
  run?<R>(task: Task<R>, next: () => Promise<R>): Awaitable<R>
}

/** @throws InvalidOptionError */
export function checkMiddleware(middleware: Middleware): void {
  const { enqueue, run } = (middleware ?? {}) as Partial<Record<keyof Middleware, unknown>>
  if (enqueue === undefined && run === undefined)
    throw new InvalidOptionError('middleware', middleware, `It has neither enqueue nor run. ${SHAPE}`)
  if (enqueue !== undefined && typeof enqueue !== 'function')
    throw new InvalidOptionError('middleware.enqueue', enqueue, SHAPE)
  if (run !== undefined && typeof run !== 'function')
    throw new InvalidOptionError('middleware.run', run, SHAPE)
}

const SHAPE =
  'Pass { enqueue: (tasks, next) => next(tasks), run: (task, next) => next() }, or one of the two.'
