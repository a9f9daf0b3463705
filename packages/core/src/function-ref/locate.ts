import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { oncePerProcess } from '../base/process-state.js'
import { assignedNames } from './assigned.js'
import { exportedFunction, namesOf, preferredName } from './exports.js'
import { type Inspection, type Sourceless, inspect, originOf } from './inspect.js'
import { loadedExports } from './loaded.js'
import { type Naming, namingOf } from './naming.js'
import {
  isBundle,
  notExported,
  refuseKind,
  refuseMock,
  unreferenceable,
  withoutFile,
  withoutInspector,
} from './refusals.js'
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
  refuseMock(fn)
  const inspection = inspectOrRefuse(fn)
  const { script, line, names } = inspection
  const file = pathOf(script.url)
  if (file === undefined || !existsSync(file)) throw withoutFile(fn, script.url)
  const loaded = script.exports ? [] : loadedExports(file)
  const exported = script.exports ? names : loaded.flatMap((exports) => namesOf(exports, fn))
  const former = script.exports || exported.length > 0 ? [] : formerNames(fn, inspection, loaded)
  const callable = preferredName([...exported, ...former], fn)
  if (callable === undefined) throw notExported(fn, `${file}:${line}`, script.exports !== undefined)
  return { file: realpathSync.native(file), callable, ...namingOf(file, callable, fn) }
}

/**
 * The names by which the source of its module exports it, where a test runner has thrown that away, or has loaded it anew: then what it
 * exports by that name has to come from the very same place.
 */
function formerNames(fn: AnyFunction, { line, column }: Inspection, loaded: readonly unknown[]): string[] {
  const { source, at } = originOf(fn)
  if (isBundle(source)) return []
  return assignedNames(source, at).filter((name) =>
    loaded.every((exports) => {
      const now = exportedFunction(exports, name)
      const found = now && inspect(now)
      return typeof found === 'object' && found.line === line && found.column === column
    }),
  )
}

function inspectOrRefuse(fn: AnyFunction): Inspection {
  let inspection: Inspection | Sourceless
  try {
    inspection = inspect(fn)
  } catch (error) {
    throw withoutInspector(fn, error)
  }
  if (typeof inspection === 'object') return inspection
  throw unreferenceable(
    fn,
    `it is ${inspection}, so no file holds its code`,
    'Export a function that calls it.',
  )
}

function pathOf(url: string): string | undefined {
  if (!url.startsWith('file:')) return /^(?:\/|[a-z]:[\\/])/i.test(url) ? url : undefined
  const { protocol, hostname, pathname } = new URL(url)
  return fileURLToPath(`${protocol}//${hostname}${pathname}`)
}
