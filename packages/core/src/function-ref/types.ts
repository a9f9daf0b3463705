/** Any function at all; the arguments of a task are checked where it is enqueued. */
export type AnyFunction = (...args: never[]) => unknown

/** How a task on the queue names its function: `{ module: 'src/emails', callable: 'sendPostEmail' }`. */
export interface FunctionRef {
  /** The id of the module: its path under the root without extension, or a name given by `registerTasks`. */
  readonly module: string
  /** The name that the module exports the function by; `default` for a default export. */
  readonly callable: string
}
