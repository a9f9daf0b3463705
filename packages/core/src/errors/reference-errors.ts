import { AlligatorError, show } from './base.js'
import { messageOf } from './thrown.js'

/** A module that a task names is not there, or could not be imported. */
export class UnknownModuleError extends AlligatorError {
  readonly module: string

  constructor(module: string, root: string, cause?: unknown) {
    const why = cause === undefined ? '' : ` (${messageOf(cause)})`
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

/** What a module exports by the name that a task gives is not, or perhaps not, the function that the task was enqueued for. */
export class OtherFunctionError extends AlligatorError {
  readonly module: string
  readonly callable: string
  /** What the function was called when the task was enqueued. */
  readonly wanted: string

  /** `found` is the own name of what is exported; `twin` another export that may be meant. */
  constructor(module: string, callable: string, wanted: string, found: string, twin?: string) {
    const exported =
      twin === undefined
        ? `${show(found)} as ${show(callable)}`
        : `both ${show(callable)} and ${show(twin)}, so that either may be it`
    super(
      'OTHER_FUNCTION',
      `The task is for a function called ${show(wanted)}, and module ${show(module)} exports ${exported}. ` +
        'Deploy the code that exports it so; if another takes its place on purpose, register that one where the worker starts: ' +
        `registerTasks(${show(module)}, { … }).`,
    )
    this.module = module
    this.callable = callable
    this.wanted = wanted
  }
}

/** A task was enqueued by another app, whose modules may have the same ids and do something else. */
export class OtherAppError extends AlligatorError {
  readonly module: string
  /** The app that this worker is of. */
  readonly app: string
  /** The app that has enqueued the task. */
  readonly wanted: string

  constructor(module: string, wanted: string, app: string) {
    super(
      'OTHER_APP',
      `The task is for module ${show(module)} of app ${show(wanted)}, and this is app ${show(app)}. Give each app its own queue ` +
        '(queueName); if they are one app, give both the same name (`app` or ALLIGATOR_APP).',
    )
    this.module = module
    this.app = app
    this.wanted = wanted
  }
}

/** A function that nobody has registered, for a process that cannot find out whose it is. */
export class NoInspectorError extends AlligatorError {
  readonly module: string
  readonly callable: string

  constructor(module: string, callable: string) {
    super(
      'NO_INSPECTOR',
      `Function ${show(callable)} of module ${show(module)} is not registered, and this process has no inspector to find out whether it ` +
        'is one of the app. Name it with registerTasks where the worker starts, or run the worker where there is an inspector: ' +
        'on Node.js, under --permission with --allow-inspector.',
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

/** `registerTasks` got two different functions for one name, or an alias that is taken. */
export class DuplicateRegistrationError extends AlligatorError {
  constructor(name: string, what: string) {
    super(
      'DUPLICATE_REGISTRATION',
      `${show(name)} is already ${what}. Choose another name, or register it once.`,
    )
  }
}
