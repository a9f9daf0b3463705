import { InvalidArgumentError } from '../errors/index.js'

/** Deeper than this is taken for a circle. */
const MAX_DEPTH = 500
/** Characters of a path that are shown. */
const LONGEST_PATH = 100

/** A value that JSON would change: where it is, and what to pass instead. The path is put together only on the way out. */
interface Culprit {
  path: string
  readonly why: string
}

/** Why a value cannot be an argument, by its type or its class; the compiler says the same. */
export const REASONS = {
  undefined: 'undefined would arrive as null; pass null, or leave the argument out',
  bigint: 'a bigint cannot be sent; pass it as a string',
  symbol: 'a symbol cannot be sent; pass a string',
  function: 'a function or method cannot be sent; pass an id or plain data, and call it within the task',
  Date: 'a Date would arrive as a string; pass its ISO string or timestamp',
  Map: 'a Map would arrive empty; pass Object.fromEntries(map) or [...map]',
  Set: 'a Set would arrive empty; pass [...set]',
  RegExp: 'a RegExp would arrive empty; pass its source',
  Error: 'an Error would arrive empty; pass its message',
  Promise: 'a Promise would arrive empty; await it first',
  bytes: "bytes would arrive as an object; pass buffer.toString('base64')",
  TaskOutput: 'an output is an argument by itself; pass it beside the object or list, not within it',
  toJSON: 'its toJSON would change it; pass the plain data that is meant',
} as const

/** Arguments without those at the end that are `undefined`, which is as if they were not given. */
export function givenArguments(args: readonly unknown[]): unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)
}

/**
 * Refuses arguments that would not arrive as they were sent, because JSON changes them.
 *
 * @throws InvalidArgumentError naming the place, such as `argument 2, .createdAt`.
 */
export function checkArguments(args: readonly unknown[]): void {
  for (let index = 0; index < args.length; index += 1) {
    const culprit = inspect(args[index], 0)
    if (!culprit) continue
    const place = `argument ${index + 1}`
    throw new InvalidArgumentError(
      culprit.path === '' ? place : `${place}, ${shortened(culprit.path)}`,
      culprit.why,
    )
  }
}

function shortened(path: string): string {
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path
}

/** Why JSON would change a result, with the place in it: `.createdAt: a Date would arrive as a string`. `undefined`: it would not. */
export function findResultProblem(result: unknown): string | undefined {
  const culprit = result === undefined ? undefined : inspect(result, 0)
  return culprit && (culprit.path === '' ? culprit.why : `${shortened(culprit.path)}: ${culprit.why}`)
}

/** @throws InvalidArgumentError unless it is a list of lists, as `taskMany` takes: a text would be spread into its letters. */
export function checkArgumentLists(lists: unknown): void {
  const why = 'pass a list of lists, one for each task, such as [[1], [2]]'
  if (!Array.isArray(lists)) throw new InvalidArgumentError('the lists of arguments', why)
  const at = lists.findIndex((list) => !Array.isArray(list))
  if (at >= 0) throw new InvalidArgumentError(`list ${at + 1} of arguments`, `it is no list; ${why}`)
}

/** Called for each property and element, so that what most of them are comes first. */
function inspect(value: unknown, depth: number): Culprit | undefined {
  if (typeof value === 'string' || value === null || typeof value === 'boolean') return undefined
  if (typeof value === 'object') return inspectObject(value, depth)
  if (typeof value !== 'number') return found(REASONS[typeof value as keyof typeof REASONS])
  if (Object.is(value, -0)) return found('-0 would arrive as 0; pass 0, or text if its sign matters')
  return Number.isFinite(value)
    ? undefined
    : found(`${value} would arrive as null; pass a finite number or null`)
}

function inspectObject(value: object, depth: number): Culprit | undefined {
  if (depth > MAX_DEPTH) return found('it is nested too deeply, or contains itself; pass plain data')
  if (hasToJson(value)) return found(reasonFor(value))
  if (Array.isArray(value)) return inspectElements(value, depth)
  return isPlain(value) ? inspectProperties(value, depth) : found(reasonFor(value))
}

function inspectElements(values: readonly unknown[], depth: number): Culprit | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const culprit = inspect(values[index], depth + 1)
    if (culprit) return within(`[${index}]`, culprit)
  }
  return undefined
}

function inspectProperties(value: object, depth: number): Culprit | undefined {
  // The quickest way to the keys. It gives inherited ones too: those that somebody put on Object.prototype.
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key]
    // An undefined property is left out by JSON, and reading it gives undefined again.
    const culprit = inner === undefined ? undefined : inspect(inner, depth + 1)
    if (culprit && Object.hasOwn(value, key)) return within(`.${key}`, culprit)
  }
  return undefined
}

function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** Plain in any realm: the objects of a test runner have an `Object.prototype` of their own. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}

function reasonFor(value: object): string {
  if (ArrayBuffer.isView(value)) return REASONS.bytes
  const name = (value.constructor as { name?: string } | undefined)?.name || 'an unnamed class'
  if (Object.hasOwn(REASONS, name)) return REASONS[name as keyof typeof REASONS]
  if (hasToJson(value)) return REASONS.toJSON
  return `an instance of ${name} would arrive as a plain object; pass an id or plain data`
}

function found(why: string): Culprit {
  return { path: '', why }
}

/** The innermost few hundred characters are enough to find it, also when it contains itself. */
function within(step: string, culprit: Culprit): Culprit {
  culprit.path = (step + culprit.path).slice(0, 200)
  return culprit
}
