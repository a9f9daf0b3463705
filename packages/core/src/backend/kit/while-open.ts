import type { Lifecycle } from './lifecycle.js'

/**
 * Methods of what does the work, as a facet of a client has them: each rejects with `ClosedError` once the client closes.
 *
 * @example
 * ```ts no-check
 * this.dependents = whileOpen(life, this.#ties, ['waitsFor'])
 * ```
 */
export function whileOpen<T extends object, K extends keyof T & string>(
  life: Lifecycle,
  worker: T,
  names: readonly K[],
): Pick<T, K> {
  const methods = names.map((name) => {
    const method = worker[name] as (...given: unknown[]) => unknown
    const guarded = async (...given: unknown[]): Promise<unknown> => {
      life.check()
      return method.apply(worker, given)
    }
    return [name, guarded] as const
  })
  return Object.fromEntries(methods) as Pick<T, K>
}
