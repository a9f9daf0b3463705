import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Strangers } from './function-ref-apps.js'

let strangers: Strangers
beforeAll(() => (strangers = new Strangers(['tsx'])))
afterAll(() => strangers.remove())

const MODULE = { 'package.json': { type: 'module' } }
const PRODUCE = `
  import { FunctionRefs } from '@alligator/core'
  export const produce = (fn, options) => {
    let answer
    try { answer = new FunctionRefs(options).find(fn) } catch ({ code, message }) { answer = { code, message } }
    console.log(JSON.stringify(answer))
  }`
const WORK = `
  import { FunctionRefs } from '@alligator/core'
  const [ref, options] = process.argv.slice(2).map((text) => JSON.parse(text))
  let answer
  try { answer = { result: (await new FunctionRefs(options).load(ref))() } } catch ({ code, message }) { answer = { code, message } }
  console.log(JSON.stringify(answer))`

/** Runs a worker in an app; it answers with the result of the task, or with the error that it met. */
const work = (app: string, ref: unknown, options: object = {}, args: readonly string[] = ['work.js']) =>
  strangers.runJson(app, [...args, JSON.stringify(ref), JSON.stringify(options)])

/** Makes a package of one app visible in another, as a package manager links a workspace. */
function link(app: string, name: string, target: string): void {
  const path = join(app, 'node_modules', name)
  mkdirSync(join(path, '..'), { recursive: true })
  symlinkSync(target, path)
}

test('a producer in src/ and a worker in dist/ meet, each with its own root', async () => {
  const app = strangers.app('built', {
    ...MODULE,
    'src/tasks.ts': `export const greet = (): string => 'from source'`,
    'src/produce.ts': PRODUCE,
    'src/main.ts': `import { greet } from './tasks.js'; import { produce } from './produce.js'; produce(greet)`,
    'dist/tasks.js': `export const greet = () => 'from the build'`,
    'dist/work.js': WORK,
  })
  const ref = await strangers.runJson(app, ['--import', 'tsx', 'src/main.ts'], { ALLIGATOR_ROOT: 'src' })
  expect(ref).toEqual({ module: 'tasks', callable: 'greet', name: 'greet' })
  expect(await work(app, ref, { root: 'dist' }, ['dist/work.js'])).toEqual({ result: 'from the build' })
})

describe('default exports of ES modules', () => {
  const FORMS = {
    declared: `export default function named(word) { return word }`,
    anonymous: `export default function(word) { return word }`,
    anonymousAsync: `export default async function (word) { return word }`,
    arrow: `export default (word) => word`,
    bareArrow: `export default word => word`,
    bareAsyncArrow: `export default async word => word`,
    parenthesised: `export default /* why */ ((word) => word)`,
    expression: `export default (function inner(word) { return word })`,
    renamed: `const named = (word) => word; export { named as default }`,
    byName: `export default named\nfunction named(word) { return word }`,
    byNameOfConst: `function other() { const named = () => 0 }\nconst named = async (word) => word\nexport default named\nother()`,
    byNameOfExpression: `const named = function inner(word) { return word }; export default named; // done`,
  }
  const names = Object.keys(FORMS)
  const modules = Object.entries(FORMS).map(([name, source]) => [`src/${name}.js`, source])

  test('are found in every form that can be followed', async () => {
    const app = strangers.app('defaults', {
      ...MODULE,
      ...Object.fromEntries(modules),
      'main.js': `
        import { FunctionRefs } from '@alligator/core'
        ${names.map((name) => `import ${name} from './src/${name}.js'`).join('\n')}
        const found = []
        for (const fn of [${names.join(', ')}]) {
          const ref = new FunctionRefs().find(fn)
          const same = await new FunctionRefs().load(ref)
          found.push(\`\${ref.module}#\${ref.callable} \${await same('done')} \${same === fn}\`)
        }
        console.log(JSON.stringify(found))`,
    })
    const expected = names.map((name) => `src/${name}#default done true`)
    expect(await strangers.runJson(app, ['main.js'])).toEqual(expected)
  })

  test.each([
    ['a variable that may change', `let named = () => 1; export default named`],
    ['what a call gives', `const named = () => 1; const same = (fn) => fn; export default same(named)`],
    [
      'another of the same name',
      `import named from './other.js'; export const inner = (() => { const named = () => 1; return { named } })(); export default named`,
    ],
  ])('are refused for %s', async (name, source) => {
    const app = strangers.app(`refused-${name.replaceAll(' ', '-')}`, {
      ...MODULE,
      'task.js': source,
      'other.js': 'export default () => 2',
      'produce.js': PRODUCE,
      'main.js': `
        import fn, * as task from './task.js'
        import { produce } from './produce.js'
        produce(task.inner?.named ?? fn)`,
    })
    expect(await strangers.runJson(app, ['main.js'])).toMatchObject({ code: 'UNREFERENCEABLE_FUNCTION' })
  })
})

describe('packages', () => {
  const library = {
    'package.json': { name: '@acme/jobs', type: 'module', exports: { '.': './src/jobs.js' } },
    'src/jobs.js': `export const job = () => 'the job'`,
  }
  const app = {
    ...MODULE,
    'produce.js': PRODUCE,
    'main.js': `
      import { job } from '@acme/jobs'
      import { produce } from './produce.js'
      produce(job, JSON.parse(process.argv[2] ?? '{}'))`,
    'work.js': WORK,
  }
  const ref = { module: '@acme/jobs/src/jobs', callable: 'job', name: 'job' }
  const allow = JSON.stringify({ allow: ['@acme/**'] })

  test('a linked workspace package is first-party, wherever its apps are', async () => {
    const jobs = strangers.app('workspace/packages/jobs', { ...library, 'work.js': WORK })
    const web = strangers.app('workspace/apps/web', app)
    const worker = strangers.app('workspace/deep/apps/worker', app)
    for (const folder of [web, worker]) link(folder, '@acme/jobs', jobs)
    expect(await strangers.runJson(web, ['main.js'])).toEqual(ref)
    expect(await work(worker, ref)).toEqual({ result: 'the job' })
    // The package itself as the root of a worker: its own name means its own folder.
    expect(await work(jobs, ref)).toEqual({ result: 'the job' })
  })

  test('apps of a workspace that share a queue run what is in a package, and not each other’s own', async () => {
    const jobs = strangers.app('shared/packages/jobs', { ...library, 'work.js': WORK })
    const named = (name: string) => ({
      ...app,
      'package.json': { name, type: 'module' },
      'src/tasks.js': `export const job = () => 'the job of ${name}'`,
      'own.js': `
        import { job } from './src/tasks.js'
        import { produce } from './produce.js'
        produce(job)`,
    })
    const web = strangers.app('shared/apps/web', named('@acme/web'))
    const worker = strangers.app('shared/apps/worker', named('@acme/worker'))
    for (const folder of [web, worker]) link(folder, '@acme/jobs', jobs)
    expect(await strangers.runJson(web, ['main.js'])).toEqual(ref)
    expect(await work(worker, ref)).toEqual({ result: 'the job' })
    expect(await work(jobs, ref)).toEqual({ result: 'the job' })
    const own = await strangers.runJson(web, ['own.js'])
    expect(own).toEqual({ module: 'src/tasks', callable: 'job', name: 'job', app: '@acme/web' })
    expect(await work(worker, own)).toMatchObject({ code: 'OTHER_APP' })
    // Both may be one app all the same: the same sources, deployed as two packages.
    expect(await work(worker, own, { app: '@acme/web' })).toEqual({ result: 'the job of @acme/worker' })
    // From the root of the workspace, all of it is one app.
    strangers.app('shared', { 'package.json': { name: 'acme', type: 'module' }, 'work.js': WORK })
    const whole = await strangers.runJson(web, ['own.js'], {
      ALLIGATOR_ROOT: join(strangers.folder, 'shared'),
    })
    expect(whole).toEqual({ module: 'apps/web/src/tasks', callable: 'job', name: 'job', app: 'acme' })
    expect(await work(join(strangers.folder, 'shared'), whole)).toEqual({ result: 'the job of @acme/web' })
  })

  test('a workspace whose root holds its packages goes by their names too', async () => {
    const top = strangers.app('hoisted', app)
    link(top, '@acme/jobs', strangers.app('hoisted/packages/jobs', library))
    expect(await strangers.runJson(top, ['main.js'])).toEqual(ref)
    expect(await work(top, ref)).toEqual({ result: 'the job' })
    expect(await work(top, { ...ref, module: 'packages/jobs/src/jobs' })).toEqual({ result: 'the job' })
  })

  test('an installed package runs only where it is allowed', async () => {
    const folder = strangers.app('installed', app)
    strangers.app('installed/node_modules/@acme/jobs', library)
    expect(await strangers.runJson(folder, ['main.js'])).toMatchObject({
      code: 'UNREFERENCEABLE_FUNCTION',
      message: expect.stringContaining('it is in an installed package'),
    })
    expect(await work(folder, ref)).toMatchObject({ code: 'FORBIDDEN_REFERENCE' })
    expect(await strangers.runJson(folder, ['main.js', allow])).toEqual(ref)
    expect(await work(folder, ref, { allow: ['@acme/**'] })).toEqual({ result: 'the job' })
  })

  test('an installed package that a symlink leads to, as pnpm lays it out, is still an installed one', async () => {
    const folder = strangers.app('pnpm', app)
    const store = strangers.app('pnpm/node_modules/.pnpm/jobs@1/node_modules/@acme/jobs', library)
    link(folder, '@acme/jobs', store)
    expect(await work(folder, ref)).toMatchObject({ code: 'FORBIDDEN_REFERENCE' })
    expect(await strangers.runJson(folder, ['main.js', allow])).toEqual(ref)
    expect(await work(folder, ref, { allow: ['@acme/**'] })).toEqual({ result: 'the job' })
  })

  test('a file outside of the root and of its packages is refused', async () => {
    const folder = strangers.app('outside', {
      ...MODULE,
      'app/package.json': { type: 'module' },
      'app/main.js': `
        import { job } from '../jobs.js'
        import { produce } from './produce.js'
        produce(job)`,
      'app/produce.js': PRODUCE,
      'jobs.js': `export const job = () => 1`,
    })
    expect(await strangers.runJson(join(folder, 'app'), ['main.js'])).toMatchObject({
      code: 'UNREFERENCEABLE_FUNCTION',
      message: expect.stringContaining('ALLIGATOR_ROOT'),
    })
  })
})

describe('modules that are not done yet', () => {
  test('a script may enqueue and run its own function under its own top-level await', async () => {
    const app = strangers.app('script', {
      ...MODULE,
      'main.js': `
        import { FunctionRefs } from '@alligator/core'
        export function job() { return 'own' }
        const named = () => 'default'
        export default named
        const refs = new FunctionRefs()
        const answers = []
        for (const fn of [job, named]) answers.push(refs.find(fn), (await refs.load(refs.find(fn)))())
        try { refs.find(() => 1) } catch ({ code }) { answers.push(code) }
        console.log(JSON.stringify(answers))`,
    })
    const own = (callable: string, name: string) => ({ module: 'main', callable, name })
    const expected = [
      own('job', 'job'),
      'own',
      own('default', 'named'),
      'default',
      'UNREFERENCEABLE_FUNCTION',
    ]
    expect(await strangers.runJson(app, ['main.js'])).toEqual(expected)
  })

  test('a worker does not wait for ever for a module that waits for the worker', async () => {
    const app = strangers.app('cycle', {
      ...MODULE,
      'quick.js': `
        import { syncBuiltinESMExports } from 'node:module'
        import timers from 'node:timers'
        const { setTimeout: timer } = timers
        timers.setTimeout = (callback, delay) => timer(callback, delay / 1000)
        syncBuiltinESMExports()`,
      'work.js': `
        import './quick.js'
        ${WORK}
        export const job = () => 1`,
    })
    expect(await work(app, { module: 'work', callable: 'job' })).toMatchObject({
      code: 'UNKNOWN_MODULE',
      message: expect.stringContaining('top-level await'),
    })
  })

  test('a module that exports a task called `then` is loaded, and not called as a promise', async () => {
    const source = `globalThis.calls ??= []
      export function then(word) { calls.push(word); return 'then ' + word }
      export const job = () => 'job'`
    const app = strangers.app('thenable', {
      ...MODULE,
      'esm.js': source,
      'listed.js': source.replace('export function', 'function') + '; export { then }',
      'typed.ts': source
        .replaceAll('globalThis', '(globalThis as any)')
        .replaceAll('calls.p', '(globalThis as any).calls.p'),
      'commonjs.cjs': `globalThis.calls ??= []; exports.then = (word) => { calls.push(word); return 'then ' + word }; exports.job = () => 'job'`,
      'work.js': `
        import { FunctionRefs } from '@alligator/core'
        const refs = new FunctionRefs()
        const answers = []
        for (const module of ['esm', 'listed', 'typed', 'commonjs']) {
          const [job, then] = [await refs.load({ module, callable: 'job' }), await refs.load({ module, callable: 'then' })]
          const { job: same, then: none } = await refs.import(module)
          answers.push(job(), then(module), same === job, none === undefined)
        }
        console.log(JSON.stringify({ answers, calls }))`,
    })
    expect(await strangers.runJson(app, ['--import', 'tsx', 'work.js'])).toEqual({
      answers: ['esm', 'listed', 'typed', 'commonjs'].flatMap((module) => [
        'job',
        `then ${module}`,
        true,
        true,
      ]),
      calls: ['esm', 'listed', 'typed', 'commonjs'],
    })
  })

  test('TypeScript that the worker cannot load is named', async () => {
    for (const type of ['module', 'commonjs']) {
      const app = strangers.app(`untyped-${type}`, {
        'package.json': { type },
        'work.mjs': WORK,
        'tasks.ts': `enum Kind { One }\nexport const job = (kind: Kind): Kind => kind`,
      })
      expect(await work(app, { module: 'tasks', callable: 'job' }, {}, ['work.mjs'])).toMatchObject({
        code: 'UNKNOWN_MODULE',
        message: expect.stringContaining('start it with tsx'),
      })
    }
  })
})

describe('code that is no file', () => {
  const evaluated = (format: string, source: string) =>
    strangers.runJson(strangers.app('evaluated', MODULE), [`--input-type=${format}`, '-e', source])
  const REFER = `
    const job = () => 1
    try { new FunctionRefs().find(job) } catch ({ code, message }) { console.log(JSON.stringify({ code, message })) }`

  test.each([
    ['module', `import { FunctionRefs } from '@alligator/core'; ${REFER}; export { job }`],
    ['commonjs', `const { FunctionRefs } = require('@alligator/core'); ${REFER}; exports.job = job`],
  ])('is refused (%s)', async (format, source) => {
    expect(await evaluated(format, source)).toMatchObject({
      code: 'UNREFERENCEABLE_FUNCTION',
      message: expect.stringContaining('which is no file'),
    })
  })
})

test('what one copy of the package registers, the other finds: ES modules beside CommonJS', async () => {
  const app = strangers.app('copies', {
    ...MODULE,
    'register.cjs': `
      const { registerTasks } = require('@alligator/core')
      registerTasks('emails', { send: module.exports = () => 'sent' })`,
    'main.js': `
      import { FunctionRefs } from '@alligator/core'
      import send from './register.cjs'
      const refs = new FunctionRefs()
      console.log(JSON.stringify([refs.find(send), (await refs.load({ module: 'emails', callable: 'send' }))()]))`,
  })
  expect(await strangers.runJson(app, ['main.js'])).toEqual([{ module: 'emails', callable: 'send' }, 'sent'])
})
