import { parse } from 'es-module-lexer'
import type { AnyFunction } from './types.js'

/** What an ES module says about its exports, read from the source that V8 runs. */
export interface SourceExports {
  /** Local name to the names that it is exported by. */
  readonly byLocal: ReadonlyMap<string, readonly string[]>
  /** Where, as `line:column`, the function of an `export default` without a name would begin. */
  readonly defaultAt: ReadonlySet<string>
}

const GAP = String.raw`\s|\/\*[^]*?\*\/|\/\/[^\n]*\n`
const NAME = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*(?![\p{ID_Continue}$])`
/** A name and then the end of the statement, by a semicolon or because what follows begins another. */
const DEFAULT_NAME = new RegExp(
  String.raw`^(?:${GAP})*(${NAME})(?:${GAP})*(?:;|$|(?!in\b|instanceof\b)[\p{ID_Start}$_{@'"\d])`,
  'u',
)
const BEFORE_FUNCTION = new RegExp(String.raw`${GAP}|\(|async\b|function\b(?:${GAP}|\*)*(?:${NAME})?`, 'uy')

/** Reads the exports that are bound to a name of the module itself; those of other modules are not its own. */
export function sourceExports(source: string): SourceExports {
  const byLocal = new Map<string, string[]>()
  const defaultAt = new Set<string>()
  for (const item of parse(source)[1]) {
    if (item.type !== 'direct') continue
    if (item.localName !== undefined) {
      byLocal.set(item.localName, [...(byLocal.get(item.localName) ?? []), item.name])
      continue
    }
    addStarts(source, item.end, defaultAt)
    const name = DEFAULT_NAME.exec(source.slice(item.end))?.[1]
    if (name !== undefined) addDeclaration(source, name, defaultAt)
  }
  return { byLocal, defaultAt }
}

/** `export default name` exports a copy, and V8 may not keep the variable: the place of its declaration counts instead. */
function addDeclaration(source: string, name: string, starts: Set<string>): void {
  const word = name.replaceAll('$', String.raw`\$`)
  const declaration = String.raw`(?<![\w$.])(?:const\s+${word}\s*=|(?:async\s+)?function\b[\s*]*${word}(?=\s*\())`
  for (const { index, 0: text } of source.matchAll(new RegExp(declaration, 'g'))) {
    if (isTopLevel(source, index, name)) addStarts(source, index + text.length, starts)
  }
}

/** The lexer takes exports at the top level only, so it knows whether one could stand here. */
function isTopLevel(source: string, at: number, name: string): boolean {
  try {
    const [, exports] = parse(`${source.slice(0, at)}export ${source.slice(at)}`)
    return exports.some((item) => item.exportStart === at && item.type === 'direct' && item.name === name)
  } catch {
    return false
  }
}

/** V8 locates a function at its `(`, or at its one bare parameter: all places up to there that only introduce it. */
function addStarts(source: string, from: number, starts: Set<string>): void {
  BEFORE_FUNCTION.lastIndex = from
  let at: number
  do {
    at = BEFORE_FUNCTION.lastIndex
    const lines = source.slice(0, at).split('\n')
    starts.add(`${lines.length - 1}:${lines.at(-1)?.length ?? 0}`)
  } while (BEFORE_FUNCTION.test(source))
}

/** The own exports that are this very function. */
export function namesOf(exports: unknown, fn: AnyFunction): string[] {
  if (!isHolder(exports)) return []
  return ['default', ...Object.getOwnPropertyNames(exports)].filter((name) => {
    try {
      return exportedFunction(exports, name) === fn
    } catch {
      return false // An accessor that throws is not this function.
    }
  })
}

/** An own export that is a function; in CommonJS, a function that is all of `module.exports` is the default. */
export function exportedFunction(exports: unknown, name: string): AnyFunction | undefined {
  if (!isHolder(exports)) return undefined
  const own = Object.hasOwn(exports, name)
  const value: unknown = own
    ? (exports as Record<string, unknown>)[name]
    : name === 'default'
      ? exports
      : undefined
  return typeof value === 'function' ? (value as AnyFunction) : undefined
}

/** The name to keep of several: the function's own, or the first that is not `default`. */
export function preferredName(names: readonly string[], fn: AnyFunction): string | undefined {
  return names.find((name) => name === fn.name) ?? names.find((name) => name !== 'default') ?? names[0]
}

function isHolder(exports: unknown): exports is object {
  return typeof exports === 'function' || (typeof exports === 'object' && exports !== null)
}
