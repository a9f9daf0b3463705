import { performance } from '../base/timers.js'
import {
  AmbiguousModuleError,
  ForbiddenReferenceError,
  NoInspectorError,
  OtherAppError,
  OtherFunctionError,
  UnknownCallableError,
  UnknownModuleError,
  type UnreferenceableFunctionError,
  hasCode,
} from '../errors/index.js'
import { oncePerProcess } from '../base/process-state.js'
import { AppModules } from './app-modules.js'
import { exportedFunction } from './exports.js'
import { hasInspector } from './inspect.js'
import { loadModule } from './load-module.js'
import { type FileFunction, locate, located } from './locate.js'
import { isNamed, namingOf } from './naming.js'
import { unreferenceable } from './refusals.js'
import { aliases, tasks } from './register-tasks.js'
import type { AnyFunction, FunctionRef, FunctionRefsOptions } from './types.js'

/** Seconds for which a look-up that failed is not repeated: a deploy may bring the code, a flood must not wear out the disk. */
const RETRY_AFTER = 1
const MAX_FAILURES = 1000

interface Attempt {
  readonly function: Promise<AnyFunction>
  /** When it may be repeated, in the milliseconds of `performance.now()`. */
  retryAt: number
}

/**
 * Turns functions into references that another process can follow, and such references into functions.
 *
 * @example
 * ```ts
 * const refs = new FunctionRefs({ root: import.meta.dirname })
 * const ref = refs.find(sendPostEmail) // { module: 'src/emails', callable: 'sendPostEmail', … }
 * const same = await refs.load(ref)
 * ```
 */
export class FunctionRefs {
  readonly #options: FunctionRefsOptions
  #appModules: AppModules | undefined
  readonly #found = new WeakMap<AnyFunction, FunctionRef>()
  readonly #loaded = new Map<string, Map<string, AnyFunction>>()
  readonly #attempts = new Map<string, Attempt>()
  /** Functions that were loaded by names which no new task may give, so that a retry can. */
  readonly #passing = new WeakMap<AnyFunction, FunctionRef>()
  /** Functions that others have looked up, and that these references allow. */
  readonly #admitted = new WeakSet<AnyFunction>()
  /** What a function was loaded as may as well mean the one that is exported by this name. */
  readonly #twins = new WeakMap<AnyFunction, string>()

  constructor(options: FunctionRefsOptions = {}) {
    this.#options = options
  }

  /** The real path that module ids are relative to. @throws InvalidOptionError where it is no folder. */
  get root(): string {
    return this.#modules.root
  }

  /** The patterns of what may run, if there are any. */
  get allow(): readonly string[] | undefined {
    return this.#options.allow
  }

  get #modules(): AppModules {
    this.#appModules ??= new AppModules(this.#options)
    return this.#appModules
  }

  /**
   * The reference of a function, at once; the first time for each function takes some milliseconds.
   *
   * @throws UnreferenceableFunctionError, AmbiguousModuleError, ForbiddenReferenceError: whatever a worker with the
   * same settings would refuse, and what the worker of the next build might take for another function.
   */
  find(fn: AnyFunction): FunctionRef {
    const registration = located.get(fn)
    if (registration && 'module' in registration) return registration
    const known = this.#found.get(fn)
    if (known) return known
    const found = locate(fn)
    const ref = this.#refOf(fn, found)
    if (found.fault !== undefined) throw unreferenceable(fn, found.fault)
    this.#found.set(fn, ref)
    this.#remember(ref, fn)
    return ref
  }

  /**
   * The reference of a function whose task is to be retried: also by names that a bundler made, if it was loaded by them.
   *
   * @throws as `find`.
   */
  findAgain(fn: AnyFunction): FunctionRef {
    return this.#passing.get(fn) ?? this.find(fn)
  }

  /**
   * The function of a reference: at once when it is known, a promise when it must be imported first.
   *
   * @throws UnknownModuleError or UnknownCallableError for what is not there (now), OtherFunctionError or OtherAppError
   * for what is there and not meant, AmbiguousModuleError, NoInspectorError where nothing but registered functions can run, and ForbiddenReferenceError for what must not run. Always as a
   * rejection.
   */
  load(ref: FunctionRef): AnyFunction | Promise<AnyFunction> {
    const named = registered(ref)
    if (named) return named
    const foreign = this.#foreign(ref)
    if (foreign) return Promise.reject(foreign)
    // Before anything is imported: nothing that it exports could be proven to be the app's own.
    if (!hasInspector()) return Promise.reject(new NoInspectorError(ref.module, ref.callable))
    const known = this.#loaded.get(ref.module)?.get(ref.callable)
    return known ? this.#checked(ref, known) : this.#loadOnce(ref).then((fn) => this.#checked(ref, fn))
  }

  /** The function, if it is the one that was meant. */
  #checked(ref: FunctionRef, fn: AnyFunction): AnyFunction | Promise<AnyFunction> {
    const other = this.#other(ref, fn)
    return other ? Promise.reject(other) : fn
  }

  /** Why a reference is not for this app. */
  #foreign(ref: FunctionRef): OtherAppError | undefined {
    const { app } = this.#modules
    const isOwn = ref.app === undefined || app === undefined || ref.app === app
    return isOwn ? undefined : new OtherAppError(ref.module, ref.app, app)
  }

  /** Why a function is not the one that was meant, as far as its name says. */
  #other({ module, callable, name }: FunctionRef, fn: AnyFunction): OtherFunctionError | undefined {
    if (name === undefined) return undefined
    const twin = this.#twins.get(fn)
    if (twin === undefined && isNamed(name, callable, fn)) return undefined
    return new OtherFunctionError(module, callable, name, fn.name, twin)
  }

  /**
   * Refuses a function that somebody has looked up by other references than these, as a Task class may, and that these forbid. One
   * that nobody has looked up is the app's own affair.
   *
   * @throws ForbiddenReferenceError, AmbiguousModuleError
   */
  admit(fn: AnyFunction): void {
    const place = located.get(fn)
    if (!place || 'module' in place || this.#admitted.has(fn)) return
    this.#orForbidden(this.#modules.idOf(place.file)?.module ?? place.file, place.callable, () =>
      this.#refOf(fn, place),
    )
    this.#admitted.add(fn)
  }

  /** Imports it, unless that is under way or has failed a moment ago. */
  #loadOnce(ref: FunctionRef): Promise<AnyFunction> {
    const key = `${ref.module}\0${ref.callable}`
    const last = this.#attempts.get(key)
    if (last && performance.now() < last.retryAt) return last.function
    if (this.#attempts.size >= MAX_FAILURES) this.#attempts.clear()
    const attempt = { function: this.#load(ref), retryAt: Infinity }
    this.#attempts.set(key, attempt)
    void attempt.function.then(
      () => this.#attempts.delete(key),
      () => (attempt.retryAt = performance.now() + RETRY_AFTER * 1000),
    )
    return attempt.function
  }

  /**
   * The function of a reference where it is known already, else one in its place that imports it only when it is called: for
   * looking at a task that is not to be run, since importing a module runs what stands at its top level.
   */
  defer({ module, callable, name, app }: FunctionRef): AnyFunction {
    const ref = refTo(module, callable, name, app)
    const named = registered(ref)
    if (named) return named
    const known = this.#loaded.get(module)?.get(callable)
    if (known && !(this.#foreign(ref) ?? this.#other(ref, known))) return known
    const standIn: AnyFunction = async (...args: never[]) => (await this.load(ref))(...args)
    Object.defineProperty(standIn, 'name', { value: callable })
    this.#found.set(standIn, ref)
    return standIn
  }

  /**
   * The exports of a module of the app, or what `registerTasks` gave under that name. One called `then` is left out, as the promise
   * would call it.
   *
   * @throws UnknownModuleError, AmbiguousModuleError, ForbiddenReferenceError
   */
  async import(id: string): Promise<Record<string, unknown>> {
    const functions = tasks.get(currentId(id))
    const exports: unknown = functions
      ? Object.fromEntries(functions)
      : (await this.#import(currentId(id))).exports
    return withoutThen(exports as Record<string, unknown>)
  }

  async #load(ref: FunctionRef): Promise<AnyFunction> {
    const { callable } = ref
    const { file, exports } = await this.#import(currentId(ref.module))
    const fn = exportedFunction(exports, callable)
    if (!fn) throw new UnknownCallableError(ref.module, callable)
    this.#check(ref.module, fn, file, callable)
    this.#remember(ref, fn)
    return fn
  }

  /** A module of the app may re-export what is not the app's own, and that must not run. */
  #check(module: string, fn: AnyFunction, file: string, callable: string): void {
    this.#orForbidden(module, callable, () => {
      const made = locate(fn)
      this.#refOf(fn, made)
      if (made.twin !== undefined && made.file === file) this.#twins.set(fn, made.twin)
      if (made.fault !== undefined) this.#findAt(fn, { file, callable, ...namingOf(file, callable, fn) })
    })
  }

  /** What could not be referred to is, for a worker, what must not run. */
  #orForbidden(module: string, callable: string, step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!isUnreferenceable(error)) throw error
      throw new ForbiddenReferenceError(module, `${callable}: ${error.reason}`)
    }
  }

  /** What a chunk holds may lastingly be exported by the entry that it was loaded from. */
  #findAt(fn: AnyFunction, place: FileFunction): void {
    if (place.fault !== undefined) this.#passing.set(fn, this.#refOf(fn, place))
    else if (!this.#found.has(fn)) this.#found.set(fn, this.#refOf(fn, place))
  }

  async #import(id: string): Promise<{ file: string; exports: unknown }> {
    const file = this.#modules.fileOf(id)
    try {
      return { file, ...(await loadModule(file, this.#modules.packages.around(file)?.type)) }
    } catch (error) {
      throw new UnknownModuleError(id, this.root, error)
    }
  }

  #remember({ module, callable }: FunctionRef, fn: AnyFunction): void {
    const functions = this.#loaded.get(module) ?? new Map<string, AnyFunction>()
    this.#loaded.set(module, functions.set(callable, fn))
  }

  /** Follows the id back as a worker will, so that what a worker would refuse is refused here. */
  #refOf(fn: AnyFunction, { file, callable, name }: FileFunction): FunctionRef {
    const place = this.#modules.idOf(file)
    if (place === undefined) throw this.#outside(fn, file)
    const { module, app } = place
    const ref = refTo(module, callable, name, app)
    const other = this.#fileOf(module, fn)
    const namesake = registered(ref)
    if (other !== file) throw new AmbiguousModuleError(module, [file, other])
    if (namesake && namesake !== fn)
      throw new AmbiguousModuleError(module, [file, 'what registerTasks was given'])
    return ref
  }

  #fileOf(module: string, fn: AnyFunction): string {
    try {
      return this.#modules.fileOf(module)
    } catch (error) {
      throw hasCode(error, 'FORBIDDEN_REFERENCE')
        ? unreferenceable(fn, error.message.replace(/\.$/, ''))
        : error
    }
  }

  #outside(fn: AnyFunction, file: string): UnreferenceableFunctionError {
    const wayOut = 'Set `root` or ALLIGATOR_ROOT in producer and worker, or link its package into the app.'
    return unreferenceable(
      fn,
      `its file ${file} is no module under the root ${this.root} or of a package found there`,
      wayOut,
    )
  }
}

/** The references of this process: root from `ALLIGATOR_ROOT` or the nearest package.json, nothing installed allowed. */
export function defaultRefs(): FunctionRefs {
  return oncePerProcess('default refs', () => new FunctionRefs())
}

/** The id that a module goes by now. */
function currentId(module: string): string {
  return aliases.get(module) ?? module
}

/** What is not known is not there either. */
function refTo(
  module: string,
  callable: string,
  name: string | undefined,
  app: string | undefined,
): FunctionRef {
  return { module, callable, ...(name !== undefined && { name }), ...(app !== undefined && { app }) }
}

function withoutThen(exports: Record<string, unknown>): Record<string, unknown> {
  if (!exportedFunction(exports, 'then')) return exports
  const { then: _, ...others } = exports
  return others
}

function registered({ module, callable }: FunctionRef): AnyFunction | undefined {
  return tasks.get(currentId(module))?.get(callable)
}

function isUnreferenceable(error: unknown): error is UnreferenceableFunctionError {
  return hasCode(error, 'UNREFERENCEABLE_FUNCTION')
}
