import { DuplicateRegistrationError, InvalidOptionError } from '../errors/index.js'
import { oncePerProcess } from '../base/process-state.js'
import { inspect } from './inspect.js'
import { located } from './locate.js'
import type { AnyFunction } from './types.js'

/** Registered module id to its functions by name. */
export const tasks: Map<string, Map<string, AnyFunction>> = oncePerProcess('tasks', () => new Map())
/** Former module id to the registered id that took its place. */
export const aliases: Map<string, string> = oncePerProcess('aliases', () => new Map())

/** What `registerTasks` takes besides the functions. */
export interface RegisterOptions {
  /** Former module ids to the id that took their place, so that tasks that are queued under an old name still run. */
  readonly aliases?: Readonly<Record<string, string>>
}

/**
 * Names functions by hand: for bundled apps, for closures, and for names that must survive moving a file. Call it in
 * the producer and in the worker alike. The functions may then run whatever `allow` says.
 *
 * @throws DuplicateRegistrationError where a name or an alias already stands for something else, and
 * InvalidOptionError for what is no function.
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
  const named = tasks.get(id) ?? new Map<string, AnyFunction>()
  const added = Object.entries(functions)
  const renamed = Object.entries(options.aliases ?? {})
  for (const [callable, fn] of added) checkName(id, callable, fn, named.get(callable))
  for (const [old, current] of renamed) checkAlias(old, current)
  tasks.set(id, named)
  for (const [callable, fn] of added) {
    named.set(callable, fn)
    located.set(fn, { module: id, callable })
  }
  for (const [old, current] of renamed) aliases.set(old, current)
}

function checkName(id: string, callable: string, fn: AnyFunction, known: AnyFunction | undefined): void {
  const name = `${id}#${callable}`
  if (typeof fn !== 'function') throw new InvalidOptionError(name, fn, 'Register functions only.')
  if (known && known !== fn && !isReloaded(known, fn))
    throw new DuplicateRegistrationError(name, 'another function')
}

function checkAlias(old: string, current: string): void {
  const known = aliases.get(old) ?? current
  if (known !== current) throw new DuplicateRegistrationError(old, `an alias of ${known}`)
  if (tasks.has(old)) throw new DuplicateRegistrationError(old, 'the id of registered functions')
}

/** Whether a development server evaluated the same file, or the same line, anew. */
function isReloaded(known: AnyFunction, fn: AnyFunction): boolean {
  try {
    const [before, now] = [inspect(known), inspect(fn)]
    if (typeof before === 'string' || typeof now === 'string') return false
    const { script, line } = before
    if (script.url === '' || script.url !== now.script.url) return false
    return script !== now.script || line === now.line
  } catch {
    return false // There is no inspector to ask.
  }
}
