import {
  AmbiguousModuleError,
  ForbiddenReferenceError,
  UnknownCallableError,
  UnknownModuleError,
  type UnreferenceableFunctionError,
  hasCode,
} from '../errors/index.js'
import { oncePerProcess } from '../base/process-state.js'
import { AppModules } from './app-modules.js'
import { exportedFunction } from './exports.js'
import { loadModule } from './load-module.js'
import { type FileFunction, locate, located, unreferenceable } from './locate.js'
import { aliases, tasks } from './register-tasks.js'
import type { AnyFunction, FunctionRef } from './types.js'

/** Where the functions of an app are, and which of them may be tasks. */
export interface FunctionRefsOptions {
  /** The folder that module ids are relative to. Default: `ALLIGATOR_ROOT`, else that of the nearest package.json. */
  readonly root?: string
  /**
   * Globs over module ids, such as `'src/tasks/**'` or `'some-package/**'`. Without it every module of the app may
   * run and no installed package; with it exactly the modules that match, installed or not. Functions that
   * `registerTasks` named are not affected.
   */
  readonly allow?: readonly string[]
}

/** Seconds for which a look-up that failed is not tried again: a deploy may bring the code, a flood must not wear out the disk. */
const RETRY_AFTER = 1
const MAX_FAILURES = 1000

interface Attempt {
  readonly function: Promise<AnyFunction>
  /** When it may be tried again, in the milliseconds of `performance.now()`. */
  retryAt: number
}

/**
 * Turns functions into references that another process can follow, and such references into functions.
 *
 * @example
 * ```ts
 * const refs = new FunctionRefs({ root: import.meta.dirname })
 * const ref = refs.find(sendPostEmail) // { module: 'src/emails', callable: 'sendPostEmail' }
 * const same = await refs.load(ref)
 * ```
 */
export class FunctionRefs {
  readonly #options: FunctionRefsOptions
  #appModules: AppModules | undefined
  readonly #found = new WeakMap<AnyFunction, FunctionRef>()
  readonly #loaded = new Map<string, Map<string, AnyFunction>>()
  readonly #attempts = new Map<string, Attempt>()

  constructor(options: FunctionRefsOptions = {}) {
    this.#options = options
  }

  /** The real path that module ids are relative to. @throws InvalidOptionError where it is no folder. */
  get root(): string {
    return this.#modules.root
  }

  get #modules(): AppModules {
    this.#appModules ??= new AppModules(this.#options.root, this.#options.allow)
    return this.#appModules
  }

  /**
   * The reference of a function, at once; the first time for each function takes some milliseconds.
   *
   * @throws UnreferenceableFunctionError, AmbiguousModuleError, ForbiddenReferenceError: whatever a worker with the
   * same settings would refuse.
   */
  find(fn: AnyFunction): FunctionRef {
    const registration = located.get(fn)
    if (registration && 'module' in registration) return registration
    const known = this.#found.get(fn)
    if (known) return known
    const ref = this.#refOf(fn, locate(fn))
    this.#found.set(fn, ref)
    this.#remember(ref, fn)
    return ref
  }

  /**
   * The function of a reference: at once when it is known, a promise when it must be imported first.
   *
   * @throws UnknownModuleError or UnknownCallableError for what is not there (now), AmbiguousModuleError, and
   * ForbiddenReferenceError for what must not run.
   */
  load(ref: FunctionRef): AnyFunction | Promise<AnyFunction> {
    const known = registered(ref) ?? this.#loaded.get(ref.module)?.get(ref.callable)
    if (known) return known
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
  defer({ module, callable }: FunctionRef): AnyFunction {
    const ref = { module, callable }
    const known = registered(ref) ?? this.#loaded.get(module)?.get(callable)
    if (known) return known
    const standIn: AnyFunction = async (...args: never[]) => (await this.load(ref))(...args)
    Object.defineProperty(standIn, 'name', { value: callable })
    this.#found.set(standIn, ref)
    return standIn
  }

  /**
   * The exports of a module of the app, or what `registerTasks` gave under that name.
   *
   * @throws UnknownModuleError, AmbiguousModuleError, ForbiddenReferenceError
   */
  async import(id: string): Promise<Record<string, unknown>> {
    const functions = tasks.get(currentId(id))
    if (functions) return Object.fromEntries(functions)
    return (await this.#import(currentId(id))) as Record<string, unknown>
  }

  async #load(ref: FunctionRef): Promise<AnyFunction> {
    const exports = await this.#import(currentId(ref.module))
    const fn = exportedFunction(exports, ref.callable)
    if (!fn) throw new UnknownCallableError(ref.module, ref.callable)
    try {
      // A module of the app may re-export what is not the app's own, and that must not run.
      this.find(fn)
    } catch (error) {
      if (!isUnreferenceable(error)) throw error
      throw new ForbiddenReferenceError(ref.module, `${ref.callable}: ${error.reason}`)
    }
    this.#remember(ref, fn)
    return fn
  }

  async #import(id: string): Promise<unknown> {
    const file = this.#modules.fileOf(id)
    try {
      return await loadModule(file, this.#modules.packages.around(file)?.type)
    } catch (error) {
      throw new UnknownModuleError(id, this.root, error)
    }
  }

  #remember({ module, callable }: FunctionRef, fn: AnyFunction): void {
    const functions = this.#loaded.get(module) ?? new Map<string, AnyFunction>()
    this.#loaded.set(module, functions.set(callable, fn))
  }

  /** Follows the id back as a worker will, so that what a worker would refuse is refused here. */
  #refOf(fn: AnyFunction, { file, callable }: FileFunction): FunctionRef {
    const module = this.#modules.idOf(file)
    if (module === undefined) throw this.#outside(fn, file)
    const ref = { module, callable }
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

function registered({ module, callable }: FunctionRef): AnyFunction | undefined {
  return tasks.get(currentId(module))?.get(callable)
}

function isUnreferenceable(error: unknown): error is UnreferenceableFunctionError {
  return hasCode(error, 'UNREFERENCEABLE_FUNCTION')
}
