import { gzipSync } from 'node:zlib'
import type { Payload } from '@alligator/core'

/** What every hostile task would call, if a worker could be brought to run it. */
export const TARGET = { module: 'alligator-conformance', callable: 'touch' } as const

const HONEST = { task_id: 'hostile', retries: 0, is_async: true, ...TARGET, args: ['hostile'] } as const
const TEXT = JSON.stringify(HONEST)

/** Deeper than any argument may be, in few bytes. */
const LEVELS = 2000

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  task_id: [null, '', 1, {}, ['x'], 'x'.repeat(256)],
  retries: [null, -1, 0.5, '3', [], {}, 1e308],
  module: [null, 1, {}, ['emails'], 'x'.repeat(2000)],
  callable: [null, true, {}, ['touch'], 'x'.repeat(2000)],
  name: [null, 1, {}, ['touch'], 'x'.repeat(2000)],
  app: [null, 1, {}, ['shop'], 'x'.repeat(2000)],
  args: [null, 'text', 1, { length: 1, 0: 'x' }],
  kwargs: [null, [], 'text'],
  attempt: [null, 0, -1, '1', 1e300],
  options: [null, [], 'text', 1],
}

const WRONG_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  on_start: [
    1,
    'exec',
    [],
    {},
    { module: 1, callable: 'touch' },
    { name: 1, ...TARGET },
    { app: {}, ...TARGET },
  ],
  on_success: [{ module: 'node:child_process', callable: 'execSync' }],
  on_error: [{ module: '../../outside', callable: 'job' }],
  delay_until: ['soon', -1, 1e300, {}, { valueOf: 1, toString: 1 }],
  depends_on: [1, {}, [1], [['x']]],
  backoff: ['x', -1, [], { factor: 0 }, { initial: {} }, { factor: { valueOf: 1, toString: 1 } }],
  timeout: ['x', -1, 1e300, [], { valueOf: 1, toString: 1 }],
}

const FORBIDDEN: readonly string[] = [
  '',
  'fs',
  'node:child_process',
  '/etc/passwd',
  '../../etc/passwd',
  'a/../../b',
  '..\\outside',
  'C:/tasks',
  'file:///etc/passwd',
  'data:text/javascript,export function touch() {}',
  'http://127.0.0.1/evil.js',
  'node_modules/fast-check/lib/fast-check',
  'nul\0byte',
]

const BROKEN: Readonly<Record<string, Payload>> = {
  'empty text': '',
  'no bytes': new Uint8Array(),
  'a word': 'NaN',
  'a number': '42',
  null: 'null',
  'a list': `[${TEXT}]`,
  'nothing in it': '{}',
  'text in JSON': JSON.stringify(TEXT),
  'cut off': TEXT.slice(0, -3),
  'two in one': TEXT + TEXT,
  'a mark before it': `\ufeff${TEXT}`,
  'a NUL after it': `${TEXT}\0`,
  'half of a pair': `\ud800${TEXT}`,
  'a key twice': TEXT.replace(/}$/, ',"retries":-1}'),
  'its keys in a prototype': `{"__proto__":${TEXT}}`,
  'its keys in a constructor': `{"constructor":{"prototype":${TEXT}}}`,
  'brackets without end': '['.repeat(LEVELS),
  'braces without end': '{"a":'.repeat(LEVELS),
  'arguments of many levels': TEXT.replace('"hostile"]', `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}]`),
  'quotes that hide brackets': `"\\\\"${'['.repeat(LEVELS)}`,
  'bytes that are not UTF-8': Buffer.from(TEXT.replace('["hostile"]', '["\u00ff"]'), 'latin1'),
  'UTF-16': Buffer.from(TEXT, 'utf16le'),
  'compressed bytes': gzipSync(TEXT),
  'a signature of nobody': `signed1:AAAAAAAA:${'A'.repeat(43)}${TEXT}`,
}

/** Payloads that no worker may run, each with what is wrong about it. */
export function hostilePayloads(): [what: string, data: Payload][] {
  return [
    ...Object.entries(BROKEN),
    ...FORBIDDEN.map((module) => named(`module ${module}`, { ...HONEST, module })),
    ...each(WRONG, (change) => ({ ...HONEST, ...change })),
    ...each(WRONG_OPTIONS, (options) => ({ ...HONEST, options })),
  ]
}

function each(
  wrong: Readonly<Record<string, readonly unknown[]>>,
  make: (change: object) => object,
): [string, string][] {
  return Object.entries(wrong).flatMap(([key, values]) =>
    values.map((value) => named(`${key} ${JSON.stringify(value)}`, make({ [key]: value }))),
  )
}

function named(what: string, task: object): [string, string] {
  return [what.slice(0, 60), JSON.stringify(task)]
}
