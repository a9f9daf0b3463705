import fs from 'node:fs'
import { join } from 'node:path'
import {
  type AnyFunction,
  type FunctionRef,
  FunctionRefs,
  determineModule,
  determineName,
  importAttr,
  importModule,
} from '../src/index.js'
import { performance } from '../src/base/timers.js'
import { add } from './tasks.js'
import { TemporaryApp, code } from './temporary-app.js'

let app: TemporaryApp
beforeEach(() => (app = new TemporaryApp()))
afterEach(() => app.remove())

/** A reference to a function of this app. */
const at = (module: string, callable: string, name?: string): FunctionRef => ({
  module,
  callable,
  ...(name !== undefined && { name }),
  app: 'the-app',
})

describe('ids', () => {
  test('are the path under the app.root, whatever the extension', () => {
    expect(app.find(app.load('src/deep/a.tasks.js', 'exports.job = () => 1').job)).toEqual(
      at('src/deep/a.tasks', 'job'),
    )
    expect(app.find(app.load('fs.js', 'exports.job = () => 1').job)).toEqual(at('fs', 'job'))
  })

  test('a function that is all of module.exports is the default', async () => {
    const all = app.load('all.js', 'module.exports = () => 1') as unknown as AnyFunction
    expect(app.find(all)).toEqual(at('all', 'default'))
    expect(await app.follow('all', 'default')).toBe(all)
  })

  test('of several names the function’s own is kept, then any but default', () => {
    const { own, z } = app.load(
      'names.js',
      `exports.a = exports.own = exports.default = function own() {}; exports.z = exports.y = (() => () => 1)()`,
    )
    expect(app.find(own)).toEqual(at('names', 'own', 'own'))
    expect(app.find(z)).toEqual(at('names', 'y'))
  })

  test('the defining module counts, and not one that re-exports', async () => {
    const { job } = app.load('emails.js', 'exports.job = () => 1')
    app.load('mail.js', `exports.job = require('./emails.js').job`)
    expect(app.find(job)).toEqual(at('emails', 'job'))
    // A stub that is left behind where a module was keeps what is queued under its old name.
    expect(await app.follow('mail')).toBe(job)
  })

  test('functions that a factory made are told apart, and refused where its own module does not export them', () => {
    const { one, two } = app.load(
      'made.js',
      'const make = (n) => () => n; exports.one = make(1); exports.two = make(2)',
    )
    expect([app.find(one), app.find(two)]).toEqual([at('made', 'one'), at('made', 'two')])
    app.load('factory.js', 'exports.make = (n) => () => n')
    const { three } = app.load('elsewhere.js', `exports.three = require('./factory.js').make(3)`)
    expect(() => app.find(three)).toThrow(/factory\.js:1, and that file does not export it/)
  })

  test('an export whose getter throws is passed over', () => {
    const { job } = app.load(
      'lazy.js',
      `Object.defineProperty(exports, 'a', { enumerable: true, get() { throw new Error() } }); exports.job = () => 1`,
    )
    expect(app.find(job)).toEqual(at('lazy', 'job'))
  })

  test('two files that would share one are refused on both sides, types aside', async () => {
    const { job } = app.load('both.js', 'exports.job = () => 1')
    app.write('both.d.ts', '')
    expect(await app.follow('both')).toBe(job)
    app.write('both.ts', '')
    expect(() => app.find(job)).toThrow(code('AMBIGUOUS_MODULE'))
    await expect(app.follow('both')).rejects.toMatchObject({
      files: [join(app.root, 'both.js'), join(app.root, 'both.ts')],
    })
  })

  test('a file of the root and one of a package that would share one are refused', async () => {
    app.write('lib/job.js', 'exports.job = () => 1')
    app.write('node_modules/lib/job.js', 'exports.job = () => 2')
    await expect(app.follow('lib/job')).rejects.toEqual(code('AMBIGUOUS_MODULE'))
  })

  test('the name of the root’s own package means the root', async () => {
    const { job } = app.load('src/tasks.js', 'exports.job = () => 1')
    expect(await app.follow('the-app/src/tasks')).toBe(job)
  })

  test('a value that is no function is refused with a hint', () => {
    expect(() => app.find('job' as unknown as undefined)).toThrow(
      'job cannot be a task: it is not a function. Pass the function itself',
    )
    expect(() => app.find(undefined)).toThrow(
      'undefined cannot be a task: there is no function. Does its module export it by that name?',
    )
  })
})

describe('allow', () => {
  test('narrows what may run, for producer and worker alike', async () => {
    const { job } = app.load('src/tasks/reports.js', 'exports.job = () => 1')
    const other = app.load('src/admin.js', 'exports.job = () => 2')
    const allow = ['src/tasks/**']
    expect(app.find(job, allow)).toEqual(at('src/tasks/reports', 'job'))
    expect(await app.follow('src/tasks/reports', 'job', allow)).toBe(job)
    expect(() => app.find(other.job, allow)).toThrow(/`allow` does not name it/)
    await expect(app.follow('src/admin', 'job', allow)).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
    await expect(app.follow('src/tasks/reports', 'job', [])).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
  })

  test('does not open what a module re-exports from a module that it does not name', async () => {
    app.write('src/admin.js', 'exports.job = () => 2')
    app.write('src/tasks/index.js', `exports.job = require('../admin.js').job`)
    await expect(app.follow('src/tasks/index', 'job', ['src/tasks/**'])).rejects.toEqual(
      code('FORBIDDEN_REFERENCE'),
    )
  })
})

describe('what is not there yet', () => {
  afterEach(() => jest.restoreAllMocks())

  test('is looked for again after a second, and not on the disk for every task', async () => {
    const time = jest.spyOn(performance, 'now').mockReturnValue(0)
    const worker = app.refs()
    const later = { module: 'later', callable: 'job' }
    const stat = jest.spyOn(fs, 'statSync')
    await expect(worker.load(later)).rejects.toEqual(code('UNKNOWN_MODULE'))
    const looks = stat.mock.calls.length
    for (let task = 0; task < 1000; task += 1)
      await expect(worker.load(later)).rejects.toEqual(code('UNKNOWN_MODULE'))
    expect(stat.mock.calls.length).toBe(looks)
    stat.mockRestore()
    app.write('later.js', 'exports.job = () => 1')
    time.mockReturnValue(1001)
    expect((await worker.load(later))()).toBe(1)
  })

  test('is imported once by tasks that come at the same time', async () => {
    app.write(
      'slow.js',
      'globalThis.slowLoads = (globalThis.slowLoads ?? 0) + 1; exports.job = () => globalThis.slowLoads',
    )
    const worker = app.refs()
    const jobs = await Promise.all([1, 2, 3].map(() => worker.load({ module: 'slow', callable: 'job' })))
    expect(new Set(jobs).size).toBe(1)
    expect(jobs[0]?.()).toBe(1)
  })
})

describe('the root', () => {
  afterEach(() => delete process.env['ALLIGATOR_ROOT'])

  test('is the option, ALLIGATOR_ROOT, or the folder of the nearest package.json', () => {
    expect(app.refs().root).toBe(app.root)
    expect(new FunctionRefs().root).toBe(process.cwd())
    process.env['ALLIGATOR_ROOT'] = app.root
    expect(new FunctionRefs().root).toBe(app.root)
  })

  test('must be a folder', () => {
    expect(() => new FunctionRefs({ root: join(app.root, 'absent') }).root).toThrow(code('INVALID_OPTION'))
    expect(() => new FunctionRefs({ root: join(app.root, 'package.json') }).root).toThrow(
      code('INVALID_OPTION'),
    )
  })
})

describe('the look-ups of the seeds', () => {
  const module = 'packages/core/test/tasks'

  test('go from a function to its names and back', async () => {
    expect(await determineModule(add)).toBe(module)
    expect(await determineName(add)).toBe('add')
    expect(await importAttr(module, 'add')).toBe(add)
    expect((await importModule(module))['add']).toBe(add)
  })

  test('say what is not there', async () => {
    await expect(importModule('packages/core/test/absent')).rejects.toEqual(code('UNKNOWN_MODULE'))
    await expect(importAttr(module, 'absent')).rejects.toEqual(code('UNKNOWN_CALLABLE'))
  })
})
