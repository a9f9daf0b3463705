import { join } from 'node:path'
import { Strangers } from './function-ref-apps.js'

let strangers: Strangers
beforeAll(() => (strangers = new Strangers(['esbuild', 'jest', 'vitest'])))
afterAll(() => strangers.remove())

const MODULE = { 'package.json': { type: 'module' } }
const COMMONJS = { 'package.json': { type: 'commonjs' } }
const PLAIN = { module: 'src/tasks', callable: 'plain', name: 'plain' }
const TASKS = {
  module: `globalThis.loads = (globalThis.loads ?? 0) + 1; export const plain = (word) => 'plain ' + word`,
  commonJs: `globalThis.loads = (globalThis.loads ?? 0) + 1; exports.plain = (word) => 'plain ' + word`,
}

/** Refers to a task, follows the reference back, and loads a module that was not loaded before. */
const CHECKS = `
  const refs = new FunctionRefs()
  expect(refs.find(plain)).toEqual({ module: 'src/tasks', callable: 'plain', ...(plain.name && { name: 'plain' }) })
  expect(await new FunctionRefs().load({ module: 'src/tasks', callable: 'plain' })).toBe(plain)
  expect((await refs.load({ module: 'src/others', callable: 'other' }))()).toBe('other')
  expect(() => refs.find(() => 1)).toThrow('does not export it')
  expect(globalThis.loads).toBe(1)
`

const program = (path: string) => join(strangers.folder, 'node_modules', path)

describe('test runners', () => {
  test('jest, as CommonJS', async () => {
    const app = strangers.app('jest', {
      ...COMMONJS,
      'jest.config.js': 'module.exports = { transform: {} }',
      'src/tasks.js': TASKS.commonJs,
      'src/others.js': `exports.other = () => 'other'`,
      'tasks.test.js': `
        const { FunctionRefs } = require('@alligator/core')
        const { plain } = require('./src/tasks.js')
        test('refers', async () => { ${CHECKS} })`,
    })
    await strangers.run(app, [program('jest/bin/jest.js')])
  })

  test('jest, as ES modules', async () => {
    const app = strangers.app('jest-esm', {
      ...MODULE,
      'jest.config.js': 'export default { transform: {} }',
      'src/tasks.js': TASKS.module,
      'src/others.js': `export const other = () => 'other'`,
      'tasks.test.js': `
        import { FunctionRefs } from '@alligator/core'
        import { plain } from './src/tasks.js'
        test('refers', async () => { ${CHECKS} })`,
    })
    await strangers.run(app, ['--experimental-vm-modules', program('jest/bin/jest.js')])
  })

  test.each(['forks', 'threads', 'vmThreads'])('vitest, in %s', async (pool) => {
    const app = strangers.app(`vitest-${pool}`, {
      ...MODULE,
      'src/tasks.ts': TASKS.module.replace('globalThis.loads ??', '(globalThis as any).loads ??'),
      'src/others.ts': `export const other = (): string => 'other'`,
      'tasks.test.ts': `
        import { FunctionRefs } from '@alligator/core'
        import { expect, test } from 'vitest'
        import { plain } from './src/tasks'
        test('refers', async () => { ${CHECKS} })`,
    })
    await strangers.run(app, [program('vitest/vitest.mjs'), 'run', '--pool', pool])
  })
})

describe('an esbuild bundle', () => {
  const refer = `
    import { FunctionRefs, registerTasks } from '@alligator/core'
    import { plain } from './src/tasks.js'
    if (process.argv[2] === 'register') registerTasks('tasks', { plain })
    let answer
    try { answer = new FunctionRefs().find(plain) } catch ({ code, message }) { answer = { code, message } }
    console.log(JSON.stringify(answer))`

  test.each(['esm', 'cjs'])(
    'hides the exports of its modules until they are registered (%s)',
    async (format) => {
      const app = strangers.app(`bundle-${format}`, {
        ...MODULE,
        'main.js': refer,
        'src/tasks.js': TASKS.module,
      })
      const bundle = format === 'esm' ? 'bundle.mjs' : 'bundle.cjs'
      const options = [
        '--bundle',
        '--platform=node',
        '--external:@alligator/core',
        `--format=${format}`,
        `--outfile=${bundle}`,
      ]
      await strangers.run(app, [program('esbuild/bin/esbuild'), 'main.js', ...options, '--log-level=error'])
      const refused = await strangers.runJson(app, [bundle])
      expect(refused).toMatchObject({
        code: 'UNREFERENCEABLE_FUNCTION',
        message: expect.stringContaining('registerTasks('),
      })
      expect(refused).toMatchObject({ message: expect.stringContaining(bundle) })
      expect(await strangers.runJson(app, [bundle, 'register'])).toEqual({
        module: 'tasks',
        callable: 'plain',
      })
    },
  )
})

describe('beside other users of the inspector', () => {
  const app = () =>
    strangers.app('inspected', {
      ...MODULE,
      'src/tasks.js': TASKS.module,
      'refer.js': `
        import { FunctionRefs } from '@alligator/core'
        import { plain } from './src/tasks.js'
        export const refer = () => new FunctionRefs().find(plain)
        if (process.argv[1].endsWith('refer.js')) console.log(JSON.stringify(refer()))`,
      'thread.js': `
        import { Worker, isMainThread, parentPort } from 'node:worker_threads'
        import { refer } from './refer.js'
        if (isMainThread) new Worker(new URL(import.meta.url)).once('message', (ref) => console.log(JSON.stringify(ref)))
        else parentPort.postMessage(refer())`,
      'session.js': `
        import { Session } from 'node:inspector'
        import { refer } from './refer.js'
        const session = new Session()
        session.connect()
        session.post('Debugger.enable')
        const before = Reflect.ownKeys(globalThis)
        const ref = refer()
        let scripts = 0
        session.on('Debugger.scriptParsed', () => (scripts += 1))
        new Function('return 1')
        const left = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key)).map(String)
        console.log(JSON.stringify({ ref, hearsScripts: scripts > 0, left }))`,
    })

  test('a debugger that listens', async () => {
    expect(await strangers.runJson(app(), ['--inspect=127.0.0.1:0', 'refer.js'])).toEqual(PLAIN)
  })

  test('a worker thread', async () => {
    expect(await strangers.runJson(app(), ['thread.js'])).toEqual(PLAIN)
  })

  test('another session with its debugger enabled goes on, and looking up leaves no global behind', async () => {
    expect(await strangers.runJson(app(), ['session.js'])).toEqual({
      ref: PLAIN,
      hearsScripts: true,
      left: [],
    })
  })
})
