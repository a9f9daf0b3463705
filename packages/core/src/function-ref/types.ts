/** Any function, whatever it takes and gives. */
export type AnyFunction = (...args: never[]) => unknown

/** How a task on the queue names its function. */
export interface FunctionRef {
  /** A module id such as `src/emails`, or a name given to `registerTasks`. */
  readonly module: string
  /** The name of its export. */
  readonly callable: string
}
