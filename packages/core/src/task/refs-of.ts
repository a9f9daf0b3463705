import type { AnyFunction, FunctionRef, FunctionRefs } from '../function-ref/index.js'

/** How another process finds the function of a task, at its next attempt. */
export function refOf(fn: AnyFunction, refs: FunctionRefs, attempt: number): FunctionRef {
  return attempt > 1 ? refs.findAgain(fn) : refs.find(fn)
}

/** The same for a hook, if there is one; that it is of the app that the task's function is of need not be said again. */
export function hookRefOf(
  hook: unknown,
  refs: FunctionRefs,
  attempt: number,
  app: string | undefined,
): FunctionRef | undefined {
  if (!hook) return undefined
  const ref = refOf(hook as AnyFunction, refs, attempt)
  return ref.app === app ? { ...ref, app: undefined } : ref
}
