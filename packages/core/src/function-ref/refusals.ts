import { UnreferenceableFunctionError, messageOf } from '../errors/index.js'
import { type Origin, originOf } from './inspect.js'
import { isInstalled } from './module-id.js'
import { hasShortNames } from './naming.js'
import type { AnyFunction } from './types.js'

/** The error for a function that cannot be a task, with the way out that always works. */
export function unreferenceable(fn: AnyFunction, reason: string, wayOut = ''): UnreferenceableFunctionError {
  const register = `registerTasks('emails', { ${variableOf(fn)} }), in the producer and in the worker.`
  const ways = wayOut === '' ? `Name it: ${register}` : `${wayOut} Or name it: ${register}`
  return new UnreferenceableFunctionError(describe(fn), reason, ways)
}

/** How a message names a function. */
function describe(fn: unknown): string {
  if (typeof fn !== 'function') return String(fn)
  return fn.name ? `Function ${JSON.stringify(fn.name)}` : 'An anonymous function'
}

/** What the app's own code is likely to call a function. */
function variableOf(fn: AnyFunction): string {
  const name = typeof fn === 'function' ? fn.name : ''
  return /^[\p{ID_Start}_][\p{ID_Continue}]{2,}(?=$|\$\d+$)/u.exec(name)?.[0] ?? 'fn'
}

/**
 * Refuses what would not do its work when it is called.
 *
 * @throws UnreferenceableFunctionError
 */
export function refuseKind(fn: AnyFunction): void {
  existing(fn)
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

/**
 * Gives a function back, and refuses one that is not there, as of an import whose name is mistyped, or of modules that import each other.
 *
 * @throws UnreferenceableFunctionError
 */
export function existing(fn: unknown): AnyFunction {
  if (fn !== undefined && fn !== null) return fn as AnyFunction
  const wayOut = 'Does its module export it by that name? Do the two modules import each other?'
  throw new UnreferenceableFunctionError(String(fn), 'there is no function', wayOut)
}

/** What jest, vitest, sinon and node:test put on their mocks. */
interface Mocked {
  readonly _isMockFunction?: unknown
  readonly isSinonProxy?: unknown
  readonly mock?: { readonly callCount?: unknown }
}

/** @throws UnreferenceableFunctionError for a mock or a spy, which lives in its own process only. */
export function refuseMock(fn: AnyFunction): void {
  const { _isMockFunction: isMock, isSinonProxy, mock } = fn as AnyFunction & Mocked
  if (isMock !== true && isSinonProxy !== true && typeof mock?.callCount !== 'function') return
  const wayOut =
    'Enqueue it through testGator() of @alligator/core/testing, whose tasks run in the process of the test.'
  throw unreferenceable(fn, 'it is a mock of a test runner, which no other process has', wayOut)
}

/** For a process in which nobody can be asked where a function comes from. */
export function withoutInspector(fn: AnyFunction, error: unknown): UnreferenceableFunctionError {
  const reason = `this process has no inspector to find it with (${messageOf(error)})`
  return unreferenceable(fn, reason, wayToInspector())
}

/** How to have one, where Node.js was started without. */
function wayToInspector(): string {
  return process.permission && process.versions['bun'] === undefined
    ? 'Start Node.js with --allow-inspector beside --permission.'
    : ''
}

/** For a function that was made by what no file holds. */
export function withoutFile(fn: AnyFunction, url: string): UnreferenceableFunctionError {
  if (url === '' || /^evalmachine|^node:|^\[eval/.test(url))
    return unreferenceable(
      fn,
      `it was made by ${url || 'eval'}, which is no file`,
      'Put it into a file, and export it there by name.',
    )
  return unreferenceable(
    fn,
    `it was made by ${url}, which is no file but what a bundler or a dev server evaluates`,
  )
}

/** Whether a script was made of many modules, or a minifier was at it. */
export function isBundle(source: string): boolean {
  const origins = new Set(source.match(/^\/\/(?:#region)? \S+\.[cm]?[jt]sx?$/gm))
  return (
    origins.size > 1 ||
    (/[^\n]{200}/.test(source) && hasShortNames(source)) ||
    /\b__(?:webpack_require__|webpack_modules__|turbopack_\w+|commonJS|esm)\b/.test(source)
  )
}

/** For a function that its file does not export: which of the causes it is, and the way out of that one. */
export function notExported(fn: AnyFunction, place: string, isModule: boolean): UnreferenceableFunctionError {
  const origin = originOf(fn)
  if (isInstalled(place))
    return unreferenceable(
      fn,
      `an installed package made it, at ${place}, as one that wraps functions does, and does not export it`,
      'Export a function of your own that calls it.',
    )
  if (isBundle(origin.source) || /[\\/]\.next[\\/]/.test(place))
    return unreferenceable(fn, `it is inside a bundle, at ${place}, and that file does not export it`)
  return unreferenceable(
    fn,
    `it was made at ${place}, and that file does not export it`,
    wayToExport(fn, origin, isModule),
  )
}

function wayToExport(fn: AnyFunction, { within }: Origin, isModule: boolean): string {
  if (isMethod(fn)) return 'It is a method: export a function that calls it.'
  // A module of CommonJS is itself within a function, which has no name that people give.
  const outer = isModule
    ? within[0]
    : within.find((name) => /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name))
  if (outer !== undefined)
    return `It is a closure within ${outer || 'another function'}: export a function that calls it, or that takes what it needs as arguments.`
  return 'Export it there by name, at the top level, so that a worker can import it.'
}

/** By its text: what is neither an arrow, nor begins with a word that makes functions. */
function isMethod(fn: AnyFunction): boolean {
  const text = Function.prototype.toString.call(fn)
  return !/^(?:async\s*)?(?:function\b|class\b|\(|[\p{ID_Start}_$][\p{ID_Continue}$]*\s*=>)/u.test(text)
}
