import type { JsonArguments } from '../arguments/json-arguments.js'
import type { Task, TaskOptions } from './task.js'

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
