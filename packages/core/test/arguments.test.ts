import { InvalidArgumentError } from '../src/index.js'
import { checkArguments } from '../src/arguments.js'
import fc from 'fast-check'
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
  [[() => 1], 'argument 1: a function cannot be sent; export it and call it within the task'],
  [[[undefined]], 'argument 1, [0]: undefined would arrive as null; pass null, or leave the argument out'],
  [[undefined, 1], 'argument 1: undefined would arrive as null; pass null, or leave the argument out'],
  [[{ a: Number.NaN }], 'argument 1, .a: NaN would arrive as null; pass a finite number or null'],
  [[Number.POSITIVE_INFINITY], 'argument 1: Infinity would arrive as null; pass a finite number or null'],
  [
    [new Account()],
    'argument 1: an instance of Account would arrive as a plain object; pass an id or plain data',
  ],
  [[Buffer.from('x')], "argument 1: a Buffer would arrive as an object; pass buffer.toString('base64')"],
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

test('what is taken arrives as it was sent', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  })
  fc.assert(
    fc.property(fc.array(anything), (args) => {
      fc.pre(problem(...args) === 'none')
      // toEqual takes a property that is undefined for one that is missing, as reading it does.
      expect(zeroed(JSON.parse(JSON.stringify(args)))).toEqual(zeroed(args))
    }),
  )
})

/** JSON has no negative zero; it equals the other one. */
function zeroed(value: unknown): unknown {
  if (value === 0) return 0
  if (Array.isArray(value)) return value.map(zeroed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, zeroed(inner)]))
}
