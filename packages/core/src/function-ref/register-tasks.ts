import { DuplicateRegistrationError, InvalidOptionError } from '../errors/index.js'
import { oncePerProcess } from '../base/process-state.js'
import { type Inspection, inspect } from './inspect.js'
import { located, search } from './locate.js'
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
 * the producer and in the worker alike. The functions may then run whatever `allow` says. Where a file is evaluated again, the
 * last copy counts, and tasks may be enqueued by any.
 *
 * @throws DuplicateRegistrationError where a name stands for a function of another file, or an alias for something else, and
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
  if (typeof id !== 'string' || typeof functions !== 'object' || (functions as object | null) === null)
    throw new InvalidOptionError(
      'registerTasks',
      id,
      "Pass a name and functions: registerTasks('emails', { fn }).",
    )
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
  const relation = known === undefined || known === fn ? 'copy' : relationOf(known, fn)
  if (relation === 'other') throw new DuplicateRegistrationError(name, 'another function')
  if (relation === 'unclear') warnOnce(name)
}

function checkAlias(old: string, current: string): void {
  const known = aliases.get(old) ?? current
  if (known !== current) throw new DuplicateRegistrationError(old, `an alias of ${known}`)
  if (tasks.has(old)) throw new DuplicateRegistrationError(old, 'the id of registered functions')
}

/**
 * What a function is to the one that had its name. Servers evaluate a file again when it was edited, and once for each bundle that
 * it is in, so that there are copies of one function; none of these bundles exports it.
 */
function relationOf(known: AnyFunction, fn: AnyFunction): 'copy' | 'other' | 'unclear' {
  const [before, now] = [placeOf(known), placeOf(fn)]
  if (before && now && before.script.url === now.script.url)
    return before.script !== now.script || before.line === now.line ? 'copy' : 'other'
  const [formerFile, file] = [fileOf(known), fileOf(fn)]
  if (formerFile !== undefined && file !== undefined && formerFile !== file) return 'other'
  const source = sourceOf(fn)
  return source !== undefined && source === sourceOf(known) ? 'copy' : 'unclear'
}

function placeOf(fn: AnyFunction): Inspection | undefined {
  try {
    const found = inspect(fn)
    return typeof found === 'string' || found.script.url === '' ? undefined : found
  } catch {
    return undefined // There is no inspector to ask.
  }
}

/** The file that exports it, if one does. */
function fileOf(fn: AnyFunction): string | undefined {
  try {
    return search(fn).file
  } catch {
    return undefined
  }
}

/** `undefined` for bound functions and their like, which all have the same. */
function sourceOf(fn: AnyFunction): string | undefined {
  const source = Function.prototype.toString.call(fn)
  return /\{\s*\[native code\]\s*\}$/.test(source) ? undefined : source
}

/** Names that were warned of. */
const warned: Set<string> = oncePerProcess('registrations that were warned of', () => new Set())

function warnOnce(name: string): void {
  if (warned.has(name)) return
  warned.add(name)
  process.emitWarning(
    `registerTasks has been given ${JSON.stringify(name)} twice, for functions that differ. The last one counts. ` +
      'A server that evaluates edited files anew does this; if nothing of the kind is going on, choose another name for one of them.',
    { type: 'AlligatorRegistrationWarning' },
  )
}
