import { AsyncLocalStorage } from 'node:async_hooks'
import type { BackendClass } from './client.js'
import type { FunctionRefs } from './function-ref/function-refs.js'
import type { Script } from './function-ref/inspect.js'
import type { LocatedFunction } from './function-ref/locate.js'
import type { AnyFunction } from './function-ref/types.js'
import type { LocmemStore } from './locmem.js'
import type { Task } from './task.js'

/**
 * Everything that is known once per process. It lives on one `Symbol.for` key, because an app may load this package
 * twice (as an ES module and as CommonJS) and `import '@alligator/redis'` must register for both copies.
 * No other file keeps module-level state.
 */
export interface ProcessState {
  /** DSN scheme, without `:`, to the class that speaks to that store. */
  readonly backends: Map<string, BackendClass>
  /** Registered module id to its functions by name. */
  readonly tasks: Map<string, Map<string, AnyFunction>>
  /** Former module id to the registered id that took its place. */
  readonly aliases: Map<string, string>
  /** Where each function that was looked up was found. */
  readonly located: WeakMap<AnyFunction, LocatedFunction>
  /** The scripts that V8 told of, by its id for them. */
  readonly scripts: Map<string, Script>
  /** What `defaultRefs` made. */
  defaultRefs?: FunctionRefs
  /** The task that the current asynchronous context runs. */
  readonly running: AsyncLocalStorage<Task>
  /** The stores behind `locmem://name`, shared by every client of that name. */
  readonly locmem: Map<string, LocmemStore>
}

const KEY = Symbol.for('alligator.state')
type StateHolder = { [KEY]?: ProcessState }

/** The process-wide state, made on first use. */
export function state(): ProcessState {
  const holder = globalThis as StateHolder
  holder[KEY] ??= {
    backends: new Map(),
    tasks: new Map(),
    aliases: new Map(),
    located: new WeakMap(),
    scripts: new Map(),
    running: new AsyncLocalStorage(),
    locmem: new Map(),
  }
  return holder[KEY]
}
