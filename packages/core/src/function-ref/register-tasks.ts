import { DuplicateRegistrationError } from '../errors.js'
import { state } from '../registry.js'
import type { AnyFunction } from './types.js'

/** What `registerTasks` takes besides the functions. */
export interface RegisterOptions {
  /** Former module ids to the id that took their place, so that tasks that are queued under an old name still run. */
  readonly aliases?: Readonly<Record<string, string>>
}

/**
 * Names functions by hand: for bundled apps, for closures, and for names that must survive moving a file. Call it in
 * the producer and in the worker alike. The functions may then run whatever `allow` says.
 *
 * @throws DuplicateRegistrationError where a name or an alias already stands for something else.
 * @example
 * ```ts
 * registerTasks('emails', { sendPostEmail }, { aliases: { 'src/mail': 'emails' } })
 * ```
 */
export function registerTasks(
  id: string,
  functions: Readonly<Record<string, AnyFunction>>,
  options: RegisterOptions = {},
): void {
  const { tasks, aliases, located } = state()
  const named = tasks.get(id) ?? new Map<string, AnyFunction>()
  const renamed = Object.entries(options.aliases ?? {})
  for (const [callable, fn] of Object.entries(functions)) {
    if ((named.get(callable) ?? fn) !== fn)
      throw new DuplicateRegistrationError(`${id}#${callable}`, 'another function')
  }
  for (const [old, current] of renamed) {
    if ((aliases.get(old) ?? current) !== current)
      throw new DuplicateRegistrationError(old, `an alias of ${aliases.get(old)}`)
    if (tasks.has(old)) throw new DuplicateRegistrationError(old, 'the id of registered functions')
  }
  tasks.set(id, named)
  for (const [callable, fn] of Object.entries(functions)) {
    named.set(callable, fn)
    located.set(fn, { module: id, callable })
  }
  for (const [old, current] of renamed) aliases.set(old, current)
}
