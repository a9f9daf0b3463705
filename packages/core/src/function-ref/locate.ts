import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UnreferenceableFunctionError, messageOf } from '../errors/index.js'
import { oncePerProcess } from '../base/process-state.js'
import { namesOf, preferredName } from './exports.js'
import { type Inspection, type Sourceless, inspect } from './inspect.js'
import { loadedExports } from './loaded.js'
import { type Naming, namingOf } from './naming.js'
import type { AnyFunction, FunctionRef } from './types.js'

/** A function that its file exports under this name. */
export interface FileFunction extends Naming {
  readonly file: string
  readonly callable: string
}

/** Where a function is to be found: in a file, or under the name that `registerTasks` gave it. */
export type LocatedFunction = FileFunction | FunctionRef

/** Where each function that was looked up was found. */
export const located: WeakMap<AnyFunction, LocatedFunction> = oncePerProcess('located', () => new WeakMap())

/**
 * Finds the file that made a function and the name that this file exports it by, comparing by identity.
 *
 * @throws UnreferenceableFunctionError
 */
export function locate(fn: AnyFunction): FileFunction {
  const known = located.get(fn)
  if (known && 'file' in known) return known
  const found = search(fn)
  located.set(fn, found)
  return found
}

/** As `locate`, and remembers nothing. */
export function search(fn: AnyFunction): FileFunction {
  refuseKind(fn)
  const { script, line, names } = inspectOrRefuse(fn)
  const file = pathOf(script.url)
  if (file === undefined || !existsSync(file)) {
    throw unreferenceable(fn, `it was made by ${script.url || 'eval'}, which is no file`)
  }
  const exported = script.exports ? names : loadedExports(file).flatMap((exports) => namesOf(exports, fn))
  const callable = preferredName(exported, fn)
  if (callable === undefined) throw notExported(fn, `${file}:${line}`)
  return { file: realpathSync.native(file), callable, ...namingOf(file, callable, fn) }
}

/** How a message names a function. */
function describe(fn: unknown): string {
  if (typeof fn !== 'function') return String(fn)
  return fn.name ? `Function ${JSON.stringify(fn.name)}` : 'An anonymous function'
}

/** The error for a function that cannot be a task, with the way out that always works. */
export function unreferenceable(fn: AnyFunction, reason: string, wayOut = ''): UnreferenceableFunctionError {
  const register = `registerTasks('emails', { ${variableOf(fn)} }), in the producer and in the worker.`
  const ways = wayOut === '' ? `Name it: ${register}` : `${wayOut} Or name it: ${register}`
  return new UnreferenceableFunctionError(describe(fn), reason, ways)
}

/** What the app's own code is likely to call a function. */
function variableOf(fn: AnyFunction): string {
  const name = typeof fn === 'function' ? fn.name : ''
  return /^[\p{ID_Start}_][\p{ID_Continue}]{2,}(?=$|\$\d+$)/u.exec(name)?.[0] ?? 'fn'
}

/** Refuses what would not do its work when it is called. */
function refuseKind(fn: AnyFunction): void {
  if (typeof fn !== 'function') {
    throw unreferenceable(fn, 'it is not a function', 'Pass the function itself, not what it returns.')
  }
  // The prototype of a class, and of nothing else that is written in JavaScript, cannot be replaced.
  if (Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false) {
    throw unreferenceable(fn, 'it is a class', 'Export a function that makes the instance.')
  }
  if (Object.prototype.toString.call(fn).endsWith('GeneratorFunction]')) {
    throw unreferenceable(
      fn,
      'it is a generator, whose body a call does not run',
      'Export a function that iterates over it.',
    )
  }
}

function inspectOrRefuse(fn: AnyFunction): Inspection {
  let inspection: Inspection | Sourceless
  try {
    inspection = inspect(fn)
  } catch (error) {
    throw unreferenceable(fn, `this process has no inspector to find it with (${messageOf(error)})`)
  }
  if (typeof inspection === 'object') return inspection
  throw unreferenceable(
    fn,
    `it is ${inspection}, so no file holds its code`,
    'Export a function that calls it.',
  )
}

function notExported(fn: AnyFunction, place: string): UnreferenceableFunctionError {
  const wayOut =
    'Export it there by name, so that a worker can import it (not a closure, a method, or code that a bundler has hidden).'
  return unreferenceable(fn, `it was made at ${place}, and that file does not export it`, wayOut)
}

function pathOf(url: string): string | undefined {
  if (!url.startsWith('file:')) return /^(?:\/|[a-z]:[\\/])/i.test(url) ? url : undefined
  const { protocol, hostname, pathname } = new URL(url)
  return fileURLToPath(`${protocol}//${hostname}${pathname}`)
}
