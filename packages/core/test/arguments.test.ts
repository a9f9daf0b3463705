import { InvalidArgumentError } from '../src/index.js'
import { checkArguments } from '../src/arguments/arguments.js'
import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'

class Account {
  id = 1
}

function problem(...args: unknown[]): string {
  try {
    checkArguments(args)
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message
  }
  return 'none'
}

test.each([
  [
    [1, { createdAt: new Date() }],
    'argument 2, .createdAt: a Date would arrive as a string; pass its ISO string or timestamp',
  ],
  [[new Map()], 'argument 1: a Map would arrive empty; pass Object.fromEntries(map) or [...map]'],
  [[[1, [new Set()]]], 'argument 1, [1][0]: a Set would arrive empty; pass [...set]'],
  [[10n], 'argument 1: a bigint cannot be sent; pass it as a string'],
  [[Symbol('x')], 'argument 1: a symbol cannot be sent; pass a string'],
  [
    [() => 1],
    'argument 1: a function or method cannot be sent; pass an id or plain data, and call it within the task',
  ],
  [[[undefined]], 'argument 1, [0]: undefined would arrive as null; pass null, or leave the argument out'],
  [[undefined, 1], 'argument 1: undefined would arrive as null; pass null, or leave the argument out'],
  [[{ a: Number.NaN }], 'argument 1, .a: NaN would arrive as null; pass a finite number or null'],
  [[Number.POSITIVE_INFINITY], 'argument 1: Infinity would arrive as null; pass a finite number or null'],
  [
    [new Account()],
    'argument 1: an instance of Account would arrive as a plain object; pass an id or plain data',
  ],
  [[Buffer.from('x')], "argument 1: bytes would arrive as an object; pass buffer.toString('base64')"],
  [[new Float32Array(1)], "argument 1: bytes would arrive as an object; pass buffer.toString('base64')"],
  [[new URL('http://x')], 'argument 1: its toJSON would change it; pass the plain data that is meant'],
  [
    [Object.assign([1], { toJSON: () => 1 })],
    'argument 1: its toJSON would change it; pass the plain data that is meant',
  ],
  [
    [Object.assign([], { length: 1 })],
    'argument 1, [0]: undefined would arrive as null; pass null, or leave the argument out',
  ],
  [
    [Object.create({ inherited: 1 })],
    'argument 1: an instance of Object would arrive as a plain object; pass an id or plain data',
  ],
  [
    [Object.create(Object.create(null) as object)],
    'argument 1: an instance of an unnamed class would arrive as a plain object; pass an id or plain data',
  ],
  [[/x/], 'argument 1: a RegExp would arrive empty; pass its source'],
  [[new Error('x')], 'argument 1: an Error would arrive empty; pass its message'],
  [
    [{ toJSON: (): number => 1 }],
    'argument 1: its toJSON would change it; pass the plain data that is meant',
  ],
])('%p is refused with its place and the way out', (args, message) => {
  expect(problem(...args)).toBe(message)
})

test('what contains itself is refused, with a path of bounded length', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(problem(circle)).toMatch(/^argument 1, (\.self)+.*contains itself/)
  expect(problem(circle).length).toBeLessThan(400)
})

test('plain data of any realm is taken', () => {
  expect(problem(1, 'a', null, true, { a: [1, { b: null }], left: undefined })).toBe('none')
  expect(problem(Object.create(null))).toBe('none')
  expect(problem(runInNewContext('({ a: [1, { b: 2 }] })'))).toBe('none')
})

test('what JSON leaves alone is taken', () => {
  expect(problem(0, { toJSON: 'data' }, { [Symbol('not data')]: 1 })).toBe('none')
  expect(problem(JSON.parse('{ "__proto__": { "a": 1 }, "constructor": null }'))).toBe('none')
  expect(problem({ get now() { return 1 } }, new Proxy({ a: [1] }, {}))).toBe('none') // prettier-ignore
})

test('what is inherited by every object is nobody’s argument', () => {
  Object.defineProperty(Object.prototype, 'shim', { value: () => 1, enumerable: true, configurable: true })
  try {
    expect(problem({ a: 1 })).toBe('none')
  } finally {
    delete (Object.prototype as { shim?: unknown }).shim
  }
})

test('an argument is taken if it arrives as it was sent, and else refused', () => {
  const odd = fc.constantFrom<unknown>(
    { toJSON: () => ({}) },
    { toJSON: 1 },
    { get a() { return 1 } }, // prettier-ignore
    { [Symbol('key')]: 1 },
    new Account(),
    new Proxy({ a: 1 }, {}),
    new Proxy([new Date()], {}),
    Object.create({}),
    JSON.parse('{ "__proto__": 1 }'),
    [, 1], // oxlint-disable-line no-sparse-arrays
    /x/,
    () => 1,
    Symbol('value'),
    new Error('x'),
    Buffer.from('x'),
  )
  const scalar = fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
  )
  const anything = fc.anything({
    values: [scalar, scalar, odd],
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 3 }), (args) => {
      expect(problem(...args) === 'none').toBe(survives(args))
    }),
    { numRuns: 2000 },
  )
})

function survives(args: readonly unknown[]): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(args)), asRead(args))
  } catch {
    return false
  }
}

/** Plain data without what reading it does not show: properties that are undefined, keys that are symbols, the sign of a zero. */
function asRead(value: unknown): unknown {
  if (value === 0) return 0
  if (Array.isArray(value)) return value.map(asRead)
  if (typeof value !== 'object' || value === null) return value
  // Never equal to what is read: Node.js 24 does not look at the prototype of what seems to be a plain object.
  if (![null, Object.prototype].includes(Object.getPrototypeOf(value) as object | null))
    return Symbol('other')
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(entries.map(([key, inner]) => [key, asRead(inner)]))
}
