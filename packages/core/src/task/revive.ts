import type { Awaitable } from '../base/awaitable.js'
import type { AnyFunction, FunctionRef, FunctionRefs } from '../function-ref/index.js'
import type { TaskHeaders } from '../wire/headers.js'
import type { WireTask } from '../wire/payload.js'
import type { Priority } from '../base/priorities.js'
import type { Backoff } from './backoff.js'

type Hook = (...args: unknown[]) => unknown

/** What is called around a task's function. */
export interface LoadedHooks {
  readonly onStart?: Hook | undefined
  readonly onSuccess?: Hook | undefined
  readonly onError?: Hook | undefined
}

const NO_HOOKS: LoadedHooks = {}

/** A task's function: at once where it is known, or is only to be looked at. */
export function functionOf(ref: FunctionRef, refs: FunctionRefs, defers: boolean): Awaitable<AnyFunction> {
  return defers ? refs.defer(ref) : refs.load(ref)
}

/** The hooks of a task: at once where it has none. Those that name no app are of the task's own. */
export function loadHooks(
  { options, app }: WireTask,
  refs: FunctionRefs,
  defers: boolean,
): Awaitable<LoadedHooks> {
  const { on_start: start, on_success: success, on_error: error } = options ?? {}
  if (!start && !success && !error) return NO_HOOKS
  const load = async (ref: FunctionRef | null | undefined) =>
    ref ? ((await functionOf({ ...ref, app: ref.app ?? app }, refs, defers)) as Hook) : undefined
  return Promise.all([load(start), load(success), load(error)]).then(([onStart, onSuccess, onError]) => ({
    onStart,
    onSuccess,
    onError,
  }))
}

/** Marks options that were read from a payload: their names are ours. */
const WRITTEN: unique symbol = Symbol('written')

/** The options that a task was written with. */
export interface WrittenOptions extends LoadedHooks {
  readonly [WRITTEN]: true
  readonly taskId: string
  readonly retries: number
  readonly isAsync: boolean
  readonly dependsOn: readonly string[] | undefined
  readonly delayUntil: number | undefined
  readonly backoff: Backoff | undefined
  readonly timeout: number | undefined
  readonly priority: Priority | undefined
  readonly keepResult: number | undefined
  readonly headers: TaskHeaders | undefined
}

/** Whether these are options that were read from a payload, and no longer need a look at their names. */
export function isWritten(options: unknown): boolean {
  return (options as Partial<WrittenOptions> | null)?.[WRITTEN] === true
}

export function optionsOf(
  { task_id: taskId, retries, is_async: isAsync, options = {}, headers }: WireTask,
  hooks: LoadedHooks,
): WrittenOptions {
  return {
    ...hooks,
    [WRITTEN]: true,
    taskId,
    retries,
    isAsync,
    dependsOn: options.depends_on ?? undefined,
    delayUntil: options.delay_until ?? undefined,
    // The task that is made of it checks it.
    backoff: (options.backoff ?? undefined) as Backoff | undefined,
    timeout: options.timeout ?? undefined,
    priority: (options.priority ?? undefined) as Priority | undefined,
    keepResult: options.keep_result ?? undefined,
    headers,
  }
}

/** What its function is called with; keyword arguments of other languages come last, as one object. */
export function argumentsOf({ args, kwargs }: WireTask): readonly unknown[] {
  return kwargs && Object.keys(kwargs).length > 0 ? [...args, kwargs] : args
}
