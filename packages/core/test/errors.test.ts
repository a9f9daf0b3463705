import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import * as core from '../src/index.js'
import { AlligatorError, InvalidDsnError, StoreUnavailableError, hasCode, redactDsn } from '../src/index.js'

const SOURCES = [
  ...readdirSync(join(__dirname, '../src/errors')).map((file) => `../src/errors/${file}`),
  '../src/task/verdicts.ts',
]
const CODE = /^ {2}\| '([A-Z_]+)'/gm

function matches(paths: readonly string[], pattern: RegExp): string[] {
  const text = paths.map((path) => readFileSync(join(__dirname, path), 'utf8')).join('\n')
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].sort()
}

test('every error code is documented, and nothing else', () => {
  expect(matches(['../../../docs/errors.md'], /^\| `([A-Z_]+)`/gm)).toEqual(matches(SOURCES, CODE))
})

test('every code has a class of its own', () => {
  const classes = matches(SOURCES, /^export class (\w+) extends AlligatorError/gm)
  const codes = matches(SOURCES, CODE)
  expect(classes).toHaveLength(codes.length)
  for (const name of classes) expect(core).toHaveProperty(name)
})

test('errors are recognised by code, whichever copy of the class made them', () => {
  const other = Object.assign(new Error('from another copy'), { code: 'STORE_FULL' })
  expect(hasCode(other, 'STORE_FULL', 'CLOSED')).toBe(true)
  expect(hasCode(other, 'CLOSED')).toBe(false)
  expect(hasCode('STORE_FULL', 'STORE_FULL')).toBe(false)
})

test('an error has its class as name, its code and its cause', () => {
  const cause = new Error('connect ECONNREFUSED')
  const error = new StoreUnavailableError('redis://host', 'connection refused', 'Start it.', cause)
  expect(error).toBeInstanceOf(AlligatorError)
  expect(error).toMatchObject({ name: 'StoreUnavailableError', code: 'STORE_UNAVAILABLE', cause })
})

test.each([
  ['redis://me:geheim@host:6379/0', 'redis://***@host:6379/0'],
  ['redis://:geheim@host', 'redis://***@host'],
  ['redis://me:ge@heim@host', 'redis://***@host'],
  ['redis://host?password=geheim&db=1', 'redis://host?password=***&db=1'],
  ['sqs://eu-west-1/?secretKey=geheim#x', 'sqs://eu-west-1/?secretKey=***#x'],
  ['redis://host?pasword=geheim', 'redis://host?pasword=***'],
  ['redis://host:6379/0', 'redis://host:6379/0'],
  ['redis:me:geheim@host', 'redis:***@host'],
  ['redis://me:a/geheim?x@host/0', 'redis://***@host/0'],
  ['me:geheim@host', 'me:***@host'],
])('%s is shown as %s', (dsn, shown) => {
  expect(redactDsn(dsn)).toBe(shown)
  expect(new InvalidDsnError(dsn, 'x', 'y').message).not.toContain('geheim')
})

test('no part of a password is shown, whatever it holds', () => {
  const part = fc.string({ unit: fc.constantFrom(...'@:/%#?&=,[]\\ \n\0ü'.split('')) })
  const user = fc.constantFrom('', ':', 'me:', 'me@example.org:')
  const property = fc.property(user, part, part, (name, before, after) => {
    const dsn = `redis://${name}${before}geheim${after}@host:6379/0?db=1`
    return ![redactDsn(dsn), new InvalidDsnError(dsn, 'x', 'y').message].join().includes('geheim')
  })
  expect(fc.check(property).failed).toBe(false)
})
