/** Any function at all; the arguments of a task are checked where it is enqueued. */
export type AnyFunction = (...args: never[]) => unknown

/** How a task on the queue names its function: `{ module: 'src/emails', callable: 'sendPostEmail' }`. */
export interface FunctionRef {
  /** The id of the module: its path under the root without extension, or a name given by `registerTasks`. */
  readonly module: string
  /** The name that the module exports the function by; `default` for a default export. */
  readonly callable: string
  /** The function's own name; only what is called so runs. Left out where it says nothing, and for `registerTasks`. */
  readonly name?: string | undefined
  /** The app that the module belongs to; no other runs it. Left out where `module` says so, and for `registerTasks`. */
  readonly app?: string | undefined
}

/** Where the functions of an app are, and which of them may be tasks. */
export interface FunctionRefsOptions {
  /** The folder that module ids are relative to. Default: `ALLIGATOR_ROOT`, else that of the nearest package.json. */
  readonly root?: string | undefined
  /**
   * What the app is called among those that share its queues: a worker runs what its own app has enqueued. Default:
   * `ALLIGATOR_APP`, else the `name` in the package.json of the root; without one, apps are not distinguished.
   */
  readonly app?: string | undefined
  /**
   * Globs over module ids, such as `'src/tasks/**'` or `'some-package/**'`. Without it every module of the app may
   * run and no installed package; with it exactly the modules that match, installed or not. Functions that
   * `registerTasks` named are not affected.
   */
  readonly allow?: readonly string[] | undefined
}
