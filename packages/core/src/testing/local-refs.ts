import { hasCode } from '../errors/index.js'
import { type AnyFunction, type FunctionRef, FunctionRefs, refuseKind } from '../function-ref/index.js'

/** What no file can be called. */
const HERE = '(this process)'

/**
 * References that are followed in this very process: what another one could not find, such as a mock, a spy or a closure, goes by
 * a number. What would not do its work anywhere, such as a class, is refused as ever.
 */
export class LocalRefs extends FunctionRefs {
  readonly #refs = new Map<AnyFunction, FunctionRef>()
  readonly #functions = new Map<string, AnyFunction>()

  override find(fn: AnyFunction): FunctionRef {
    refuseKind(fn)
    const known = this.#refs.get(fn)
    if (known) return known
    try {
      return super.find(fn)
    } catch (error) {
      if (!hasCode(error, 'UNREFERENCEABLE_FUNCTION')) throw error
      return this.#keep(fn)
    }
  }

  override load(ref: FunctionRef): AnyFunction | Promise<AnyFunction> {
    return this.#local(ref) ?? super.load(ref)
  }

  override defer(ref: FunctionRef): AnyFunction {
    return this.#local(ref) ?? super.defer(ref)
  }

  #local({ module, callable }: FunctionRef): AnyFunction | undefined {
    return module === HERE ? this.#functions.get(callable) : undefined
  }

  #keep(fn: AnyFunction): FunctionRef {
    const callable = `${fn.name || 'function'} ${this.#refs.size + 1}`
    const ref = { module: HERE, callable }
    this.#functions.set(callable, fn)
    this.#refs.set(fn, ref)
    return ref
  }
}
