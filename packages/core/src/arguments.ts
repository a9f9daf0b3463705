import { InvalidArgumentError } from './errors.js'

/** Deeper than this is taken for a circle. */
const MAX_DEPTH = 500

/** A value that JSON would change: where it is, and what to pass instead. The path is put together only on the way out. */
interface Culprit {
  path: string
  readonly why: string
}

const TYPES: Readonly<Record<string, string>> = {
  undefined: 'undefined would arrive as null; pass null, or leave the argument out',
  bigint: 'a bigint cannot be sent; pass it as a string',
  symbol: 'a symbol cannot be sent; pass a string',
  function: 'a function cannot be sent; export it and call it within the task',
}

const CLASSES: Readonly<Record<string, string>> = {
  Date: 'a Date would arrive as a string; pass its ISO string or timestamp',
  Map: 'a Map would arrive empty; pass Object.fromEntries(map) or [...map]',
  Set: 'a Set would arrive empty; pass [...set]',
  RegExp: 'a RegExp would arrive empty; pass its source',
  Buffer: "a Buffer would arrive as an object; pass buffer.toString('base64')",
  Error: 'an Error would arrive empty; pass its message',
  Promise: 'a Promise would arrive empty; await it first',
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
    throw new InvalidArgumentError(culprit.path === '' ? place : `${place}, ${culprit.path}`, culprit.why)
  }
}

function inspect(value: unknown, depth: number): Culprit | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'object') return inspectObject(value, depth)
  if (typeof value !== 'number') return found(TYPES[typeof value] ?? `a ${typeof value} cannot be sent`)
  return Number.isFinite(value)
    ? undefined
    : found(`${value} would arrive as null; pass a finite number or null`)
}

function inspectObject(value: object, depth: number): Culprit | undefined {
  if (depth > MAX_DEPTH) return found('it is nested too deeply, or contains itself; pass plain data')
  if (Array.isArray(value)) return inspectArray(value, depth)
  if (!isPlain(value)) return found(describeInstance(value))
  if ('toJSON' in value) return found('its toJSON would change it; pass the plain data that is meant')
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key]
    // An undefined property is left out by JSON, and reading it gives undefined again.
    const culprit = inner === undefined ? undefined : inspect(inner, depth + 1)
    if (culprit) return within(`.${key}`, culprit)
  }
  return undefined
}

function inspectArray(values: readonly unknown[], depth: number): Culprit | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const culprit = inspect(values[index], depth + 1)
    if (culprit) return within(`[${index}]`, culprit)
  }
  return undefined
}

/** Plain in any realm: the objects of a test runner have an `Object.prototype` of their own. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}

function describeInstance(value: object): string {
  const name = (value.constructor as { name?: string } | undefined)?.name || 'an unnamed class'
  return CLASSES[name] ?? `an instance of ${name} would arrive as a plain object; pass an id or plain data`
}

function found(why: string): Culprit {
  return { path: '', why }
}

/** The innermost few hundred characters are enough to find it, also when it contains itself. */
function within(step: string, culprit: Culprit): Culprit {
  culprit.path = (step + culprit.path).slice(0, 200)
  return culprit
}
