import type { FunctionRef } from '../src/index.js'
import { Strangers } from './function-ref-apps.js'

// Which names last, and which the next build of a bundler may give to something else.

const strangers = new Strangers()
afterAll(() => strangers.remove())

type Answer = FunctionRef & { readonly message?: string }

const many = (name: (index: number) => string) =>
  Array.from({ length: 60 }, (_, index) => `function task${index}() {}`).join('\n') +
  `\nexport { ${Array.from({ length: 60 }, (_, index) => `task${index} as ${name(index)}`).join(', ')} }`
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$'

/** Files as people, and compilers of single files, write them: the name that each task goes by. */
const LASTING: Readonly<Record<string, readonly [callable: string, source: string]>> = {
  'renamed.js': ['renamed', `const inner = (word) => word\nexport { inner as renamed }`],
  'letters.js': ['b', `const a = (word) => word + 'a'\nexport { a as b }`],
  'letter.js': ['f', `export async function f() {}`],
  'letter-beside.js': ['s', `export function plain() {}\nfunction sendMail() {}\nexport { sendMail as s }`],
  'letter-minified.js': [
    's',
    `export function plain(){}function a(){}function b(n){}function c(n){}export{a as s};`,
  ],
  'letter-commonjs.cjs': ['s', `'use strict';\nexports.s = sendMail;\nfunction sendMail() {}`],
  'two-letters.js': ['go', `function travel() {}\nexport { travel as go }`],
  'minified.js': ['send', `function a(o){return b(o)}function b(n){return n}var c=(e)=>e;export{a as send};`],
  'listed.js': ['cleanup', `function cleanup() {}\nfunction close() {}\nexport { cleanup, close }`],
  'numbered.js': ['step2', `function step() {}\nfunction step2() {}\nexport { step, step2 }`],
  'default.js': ['default', `function send() {}\nexport { send as default }`],
  'send-messages.js': ['send', `function send() {}\nexport { send }`],
  'send-runMyJob.js': ['send', `function send() {}\nexport { send }`],
  'report-2024-01-02.js': ['send', `function send() {}\nexport { send }`],
  'migrate-20240102.js': ['send', `function send() {}\nexport { send }`],
  'sync-i18nKeys.js': ['send', `function send() {}\nexport { send }`],
  'job-s3upload.cjs': ['send', `exports.send = () => 1`],
  'process-UserPayments2.js': ['send', `function send() {}\nexport { send }`],
  'declared-B4xK9q_Z.js': ['send', `export function send() {}`],
}

/** Files as bundlers write them: a task, and what is said of it. */
const PASSING: Readonly<Record<string, readonly [callable: string, source: string, reason: string]>> = {
  'chunk-CYFBYJSR.js': ['send', `function send() {}\nexport { send }`, 'after its content'],
  'tasks-B4xK9q_Z.js': ['send', `function send() {}\nexport { send }`, 'after its content'],
  'tasks_BxK3-q1Z.mjs': ['send', `function send() {}\nexport { send }`, 'after its content'],
  'tasks.9f86d081884c7d65.cjs': ['send', `exports.send = () => 1`, 'after its content'],
  'shortened.js': [
    's',
    `function sendWelcome() {}\nexport { sendWelcome as s }`,
    'a name that a bundler made up',
  ],
  'made.js': ['d', `const make = () => () => 1\nconst daily = make()\nexport { daily as d }`, 'made up'],
  'kept.js': ['s', `function s() {}\nfunction suspend() {}\nexport { s, suspend as a }`, 'made up'],
  'tight.js': ['a', `function a(){}export{a};`, 'made up'],
  'variables.js': [
    'b',
    `function a(o) {\n  return o\n}\nconst b = (e) => e\nexport {\n  a as b\n}`,
    'made up',
  ],
  'commonjs.cjs': ['s', `function a(o){return o}const b=(e)=>e;exports.s=a;exports.t=b`, 'made up'],
  'many.js': ['ae', many((index) => LETTERS[index] ?? `a${LETTERS[index - 54] ?? ''}`), 'made up'],
  'swapped.js': [
    'send',
    `function send$1() {}\nfunction send() {}\nexport { send$1 as send, send as send$1 }`,
    'may swap',
  ],
  'twins.cjs': [
    'send',
    `function send() {}\nfunction send$1() {}\nexports.send = send;\nexports.send$1 = send$1;`,
    'may swap',
  ],
  'joined.js': [
    'send',
    `// src/a.js\nfunction send() {}\n\n// src/b.js\nfunction send2() {}\nexport { send, send2 }`,
    'may swap',
  ],
}

/** Finds one function of each file. */
const FIND = `
  import { FunctionRefs } from '@alligator/core'
  const refs = new FunctionRefs()
  const answers = {}
  for (const [file, callable] of Object.entries(JSON.parse(process.argv[2]))) {
    const exports = await import('./' + file)
    const fn = exports[callable] ?? exports.default[callable]
    try { answers[file] = refs.find(fn) } catch ({ message }) { answers[file] = { message } }
  }
  console.log(JSON.stringify(answers))`

async function find(
  app: string,
  files: Readonly<Record<string, readonly [callable: string, source: string, ...string[]]>>,
): Promise<Record<string, Answer>> {
  const sources = Object.entries(files).map(([file, [, source]]) => [file, source])
  const folder = strangers.app(app, {
    'package.json': { type: 'module' },
    'find.js': FIND,
    ...Object.fromEntries(sources),
  })
  const callables = Object.entries(files).map(([file, [callable]]) => [file, callable])
  const answers = await strangers.runJson(folder, ['find.js', JSON.stringify(Object.fromEntries(callables))])
  return answers as Record<string, Answer>
}

test('what people and compilers write is taken', async () => {
  const answers = await find('lasting', LASTING)
  for (const [file, [callable]] of Object.entries(LASTING))
    expect([file, answers[file]]).toEqual([file, expect.objectContaining({ callable })])
})

test('what a bundler made is refused, and each message says why and how to go on', async () => {
  const answers = await find('passing', PASSING)
  const wayOut = / Name it: registerTasks\('emails', \{ \w+ \}\), in the producer and in the worker\.$/
  for (const [file, [, , reason]] of Object.entries(PASSING)) {
    expect([file, answers[file]?.message]).toEqual([file, expect.stringContaining(reason)])
    expect(answers[file]?.message).toMatch(wayOut)
  }
})
