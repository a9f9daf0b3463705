import type { Awaitable } from './awaitable.js'
import type { AnyFunction, FunctionRef, FunctionRefs } from './function-ref/index.js'
import type { WireOptions, WireTask } from './payload.js'
import type { Task, TaskContext } from './task.js'
import type { TaskOptions } from './task-options.js'

/** What is called around a task's function. */
export type Hooks = Pick<TaskOptions, 'onStart' | 'onSuccess' | 'onError'>
const NO_HOOKS: Hooks = {}

/** The hooks of a task: at once where it has none. */
export function loadHooks(options: WireOptions | undefined, refs: FunctionRefs): Awaitable<Hooks> {
  const { on_start: start, on_success: success, on_error: error } = options ?? {}
  if (!start && !success && !error) return NO_HOOKS
  const load = async (ref: FunctionRef | null | undefined) =>
    ref ? ((await refs.load(ref)) as (...args: unknown[]) => unknown) : undefined
  return Promise.all([load(start), load(success), load(error)]).then(([onStart, onSuccess, onError]) => ({
    onStart,
    onSuccess,
    onError,
  }))
}

/** A task as it was when it was written. */
export function revive(
  taskClass: new (options: TaskOptions) => Task,
  wire: WireTask,
  context: TaskContext | undefined,
  hooks: Hooks,
  func: AnyFunction,
): Task {
  const task = new taskClass(optionsOf(wire, hooks))
  if (context) task.context = context
  task.func = func
  task.funcArgs = wire.kwargs && Object.keys(wire.kwargs).length > 0 ? [...wire.args, wire.kwargs] : wire.args
  task.attempt = wire.attempt ?? 1
  return task
}

function optionsOf({ task_id: taskId, retries, options = {} }: WireTask, hooks: Hooks): TaskOptions {
  return {
    ...hooks,
    taskId,
    retries,
    dependsOn: options.depends_on ?? undefined,
    delayUntil: options.delay_until ?? undefined,
    backoff: options.backoff ?? undefined,
    timeout: options.timeout ?? undefined,
  }
}
