/** A value as it may stand in an error message: short, on one line. */
function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

/** A DSN as it may be shown: its scheme and host, never its user or password. */
export function redactDsn(dsn: string): string {
  return dsn
    .replace(/\/\/[^/?#]*@/, '//***@')
    .replace(/([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&#]*/gi, '$1***')
}

/** Which error it is; recognise errors by this, since two copies of a class can be loaded in one process. */
export type ErrorCode =
  | 'TASK_FAILED'
  | 'TASK_TIMEOUT'
  | 'TASK_ABORTED'
  | 'TASK_NOT_READY'
  | 'UNKNOWN_MODULE'
  | 'UNKNOWN_CALLABLE'
  | 'FORBIDDEN_REFERENCE'
  | 'UNREFERENCEABLE_FUNCTION'
  | 'AMBIGUOUS_MODULE'
  | 'REFERENCE_NOT_READY'
  | 'DUPLICATE_REGISTRATION'
  | 'MULTIPLE_DELAY'
  | 'INVALID_OPTION'
  | 'INVALID_DSN'
  | 'UNKNOWN_SCHEME'
  | 'MISSING_BACKEND'
  | 'INVALID_ARGUMENT'
  | 'INVALID_PAYLOAD'
  | 'PAYLOAD_TOO_LARGE'
  | 'DELAY_TOO_LONG'
  | 'DUPLICATE_TASK'
  | 'DEPENDENCY_FAILED'
  | 'TOO_MANY_DELIVERIES'
  | 'NOT_SUPPORTED'
  | 'CLOSED'
  | 'STORE_UNAVAILABLE'
  | 'STORE_UNUSABLE'
  | 'STORE_FULL'

/** The base of every error of Alligator. `code` says which it is, `cause` what led to it. */
export class AlligatorError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Tells an Alligator error, from whichever copy of this package, by its code. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is AlligatorError {
  return error instanceof Error && codes.some((code) => (error as { code?: unknown }).code === code)
}

/** A task failed with no retries left; `cause` is the error that its function threw. */
export class TaskFailed extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string, name: string, attempt: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : show(cause)
    super(
      'TASK_FAILED',
      `Task ${taskId} (${name}) failed on try ${attempt}, its last: ${why}. ` +
        `It is a dead letter now; mend the cause, then \`alligator retry ${taskId}\` runs it again.`,
      { cause },
    )
    this.taskId = taskId
  }
}

/** A task ran longer than its `timeout`. */
export class TaskTimeoutError extends AlligatorError {
  readonly timeout: number

  constructor(name: string, timeout: number) {
    super(
      'TASK_TIMEOUT',
      `${name} ran longer than its timeout of ${timeout} s. ` +
        'Raise `timeout`, or let the function watch `currentTask().signal` and stop.',
    )
    this.timeout = timeout
  }
}

/** The reason on a task's `signal` when its worker had to shut down before it ended; the task is back on its queue. */
export class TaskAbortedError extends AlligatorError {
  constructor(taskId: string) {
    super(
      'TASK_ABORTED',
      `The worker shuts down: task ${taskId} goes back on its queue and will run again elsewhere.`,
    )
  }
}

/** A task was used before `toCall` gave it a function. */
export class TaskNotReadyError extends AlligatorError {
  constructor(taskId: string) {
    super('TASK_NOT_READY', `Task ${taskId} has no function to run. Call task.toCall(fn, ...args) first.`)
  }
}

/** A module that a task names is not there, or could not be imported. */
export class UnknownModuleError extends AlligatorError {
  readonly module: string

  constructor(module: string, root: string, cause?: unknown) {
    const why = cause instanceof Error ? ` (${cause.message})` : ''
    super(
      'UNKNOWN_MODULE',
      `Cannot import module ${show(module)} under ${root}${why}. ` +
        'Deploy the code that has it, set the same root for producer and worker, or alias the old name with registerTasks.',
      { cause },
    )
    this.module = module
  }
}

/** A module that a task names has no such exported function. */
export class UnknownCallableError extends AlligatorError {
  readonly module: string
  readonly callable: string

  constructor(module: string, callable: string) {
    super(
      'UNKNOWN_CALLABLE',
      `Module ${show(module)} exports no function ${show(callable)}. ` +
        'Export it under that name, or alias the old one with registerTasks.',
    )
    this.module = module
    this.callable = callable
  }
}

/** A payload names something that a worker must not run: outside the app's own modules and not in `allow`. */
export class ForbiddenReferenceError extends AlligatorError {
  readonly module: string

  constructor(module: string, why: string) {
    super(
      'FORBIDDEN_REFERENCE',
      `${show(module)} must not be run as a task: ${why}. ` +
        "Only exported functions of the app's own modules are tasks; name others in the `allow` option if you trust them.",
    )
    this.module = module
  }
}

/** A function that no other process could find again, so it cannot be a task. */
export class UnreferenceableFunctionError extends AlligatorError {
  readonly functionName: string
  readonly reason: string

  constructor(functionName: string, reason: string, wayOut: string) {
    super('UNREFERENCEABLE_FUNCTION', `${functionName} cannot be a task: ${reason}. ${wayOut}`)
    this.functionName = functionName
    this.reason = reason
  }
}

/** Two files would have the same module id, so a worker could run the wrong one. */
export class AmbiguousModuleError extends AlligatorError {
  readonly module: string
  readonly files: readonly string[]

  constructor(module: string, files: readonly string[]) {
    super(
      'AMBIGUOUS_MODULE',
      `Module id ${show(module)} means more than one file: ${files.join(', ')}. ` +
        'Remove or rename one, point `root` at the folder that is meant, or name the functions with registerTasks.',
    )
    this.module = module
    this.files = files
  }
}

/** A function's module must be imported to find its name, and there is no time to wait for that. */
export class ReferenceNotReadyError extends AlligatorError {
  readonly functionName: string

  constructor(functionName: string) {
    super(
      'REFERENCE_NOT_READY',
      `${functionName} is enqueued for the first time inside a transaction, where its module cannot be looked up. ` +
        'Call `await determineModule(fn)` once at start-up, or name it with registerTasks.',
    )
    this.functionName = functionName
  }
}

/** `registerTasks` was told two different functions for one name, or an alias that is taken. */
export class DuplicateRegistrationError extends AlligatorError {
  constructor(name: string, what: string) {
    super(
      'DUPLICATE_REGISTRATION',
      `${show(name)} is already ${what}. Choose another name, or register it once.`,
    )
  }
}

/** Both `delayBy` and `delayUntil` were given. */
export class MultipleDelayError extends AlligatorError {
  constructor() {
    super(
      'MULTIPLE_DELAY',
      'Both delayBy and delayUntil are set, and only one can hold. Keep the one that you mean.',
    )
  }
}

/** An option has a value that it cannot take. */
export class InvalidOptionError extends AlligatorError {
  readonly option: string

  constructor(option: string, value: unknown, wayOut: string) {
    super('INVALID_OPTION', `Option ${option} cannot be ${show(value)}. ${wayOut}`)
    this.option = option
  }
}

/** A DSN could not be read. */
export class InvalidDsnError extends AlligatorError {
  constructor(dsn: string, why: string, example: string) {
    super('INVALID_DSN', `The DSN "${redactDsn(dsn)}" cannot be used: ${why}. Write it like ${example}.`)
  }
}

/** No backend is registered for a DSN's scheme. */
export class UnknownSchemeError extends AlligatorError {
  readonly scheme: string

  constructor(scheme: string, wayOut: string) {
    super('UNKNOWN_SCHEME', `No backend is registered for "${scheme}://". ${wayOut}`)
    this.scheme = scheme
  }
}

/** The package of a backend, or its driver, is not installed or cannot be loaded. */
export class MissingBackendError extends AlligatorError {
  readonly packageName: string

  constructor(packageName: string, why: string, wayOut: string, cause?: unknown) {
    super('MISSING_BACKEND', `${packageName} cannot be loaded: ${why}. ${wayOut}`, { cause })
    this.packageName = packageName
  }
}

/** An argument that would not arrive as it was sent. */
export class InvalidArgumentError extends AlligatorError {
  /** Where it is, such as `argument 2, .createdAt`. */
  readonly path: string

  constructor(path: string, why: string) {
    super('INVALID_ARGUMENT', `${path}: ${why}`)
    this.path = path
  }
}

/** A payload on the queue that is no task; it becomes a dead letter. */
export class InvalidPayloadError extends AlligatorError {
  constructor(why: string, cause?: unknown) {
    super(
      'INVALID_PAYLOAD',
      `The payload is not a task: ${why}. Look at who else writes to this queue, or at the Task class that reads it.`,
      { cause },
    )
  }
}

/** A task is larger than its store takes. */
export class PayloadTooLargeError extends AlligatorError {
  readonly size: number
  readonly limit: number

  constructor(name: string, size: number, limit: number) {
    super(
      'PAYLOAD_TOO_LARGE',
      `The payload of ${name} has ${size} bytes and the store takes ${limit}. ` +
        'Keep large values in a database or a file, and pass their id.',
    )
    this.size = size
    this.limit = limit
  }
}

/** A delay is longer than the store can keep. */
export class DelayTooLongError extends AlligatorError {
  constructor(seconds: number, limit: number) {
    super(
      'DELAY_TOO_LONG',
      `A delay of ${seconds} s is more than the ${limit} s that this store can keep. Shorten it.`,
    )
  }
}

/** A task with this id, but other content, is already on the queue. */
export class DuplicateTaskError extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string, queue: string) {
    super(
      'DUPLICATE_TASK',
      `Queue ${show(queue)} already holds another task with the id ${show(taskId)}. ` +
        'Leave taskId out for a new one, or cancel the first.',
    )
    this.taskId = taskId
  }
}

/** A task that this one depends on is a dead letter. */
export class DependencyFailedError extends AlligatorError {
  readonly dependency: string

  constructor(dependency: string) {
    super(
      'DEPENDENCY_FAILED',
      `It depends on task ${dependency}, which is a dead letter. Retry that one first, then this one.`,
    )
    this.dependency = dependency
  }
}

/** A task was handed out again and again and never settled: it probably kills its worker. */
export class TooManyDeliveriesError extends AlligatorError {
  readonly deliveries: number

  constructor(deliveries: number) {
    super(
      'TOO_MANY_DELIVERIES',
      `It was handed out ${deliveries} times and no worker lived to settle it. ` +
        'Find out what kills the worker (memory, process.exit, a native crash), then retry it.',
    )
    this.deliveries = deliveries
  }
}

/** The backend cannot do this. */
export class NotSupportedError extends AlligatorError {
  readonly operation: string

  constructor(backend: string, operation: string) {
    super('NOT_SUPPORTED', `${backend} cannot do ${operation}. Use a backend whose capabilities include it.`)
    this.operation = operation
  }
}

/** A client or gator was used after `close()`. */
export class ClosedError extends AlligatorError {
  constructor(what: string) {
    super('CLOSED', `${what} is closed. Create a new one, or close it later.`)
  }
}

/** The store does not answer at the moment; what was asked may be tried again. */
export class StoreUnavailableError extends AlligatorError {
  constructor(dsn: string, why: string, wayOut: string, cause?: unknown) {
    super('STORE_UNAVAILABLE', `The store at ${redactDsn(dsn)} is not available: ${why}. ${wayOut}`, {
      cause,
    })
  }
}

/** The store answers, but cannot be used: not a database, no access, damaged. Trying again will not help. */
export class StoreUnusableError extends AlligatorError {
  constructor(dsn: string, why: string, wayOut: string, cause?: unknown) {
    super('STORE_UNUSABLE', `The store at ${redactDsn(dsn)} cannot be used: ${why}. ${wayOut}`, { cause })
  }
}

/** The store has no room left. Nothing was written. */
export class StoreFullError extends AlligatorError {
  constructor(dsn: string, why: string, cause?: unknown) {
    super(
      'STORE_FULL',
      `The store at ${redactDsn(dsn)} is full: ${why}. Free some room, then try again; nothing was written.`,
      {
        cause,
      },
    )
  }
}
