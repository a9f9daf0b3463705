import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TemporaryApp, code } from './temporary-app.js'

let app: TemporaryApp
beforeEach(() => (app = new TemporaryApp()))
afterEach(() => app.remove())

describe('a payload may name anything', () => {
  test.each([
    ['', 'FORBIDDEN_REFERENCE'],
    ['.', 'FORBIDDEN_REFERENCE'],
    ['..', 'FORBIDDEN_REFERENCE'],
    ['../outside', 'FORBIDDEN_REFERENCE'],
    ['src/../../outside', 'FORBIDDEN_REFERENCE'],
    ['./src/tasks', 'FORBIDDEN_REFERENCE'],
    ['src//tasks', 'FORBIDDEN_REFERENCE'],
    ['src/tasks/', 'FORBIDDEN_REFERENCE'],
    ['/etc/passwd', 'FORBIDDEN_REFERENCE'],
    ['C:/tasks', 'FORBIDDEN_REFERENCE'],
    ['..\\outside', 'FORBIDDEN_REFERENCE'],
    ['src\0tasks', 'FORBIDDEN_REFERENCE'],
    ['file:///etc/passwd', 'FORBIDDEN_REFERENCE'],
    ['http://127.0.0.1/x', 'FORBIDDEN_REFERENCE'],
    ['data:text/javascript,0', 'FORBIDDEN_REFERENCE'],
    ['node:fs', 'FORBIDDEN_REFERENCE'],
    ['fs', 'FORBIDDEN_REFERENCE'],
    ['fs/promises', 'FORBIDDEN_REFERENCE'],
    ['node_modules/evil/index', 'FORBIDDEN_REFERENCE'],
    ['packages/x/node_modules/evil/index', 'FORBIDDEN_REFERENCE'],
    ['x'.repeat(2000), 'FORBIDDEN_REFERENCE'],
    ['src/tasks.js', 'UNKNOWN_MODULE'],
    ['src/types.d', 'UNKNOWN_MODULE'],
    ['src', 'UNKNOWN_MODULE'],
    ['package', 'UNKNOWN_MODULE'],
    ['src/absent', 'UNKNOWN_MODULE'],
  ])('%j is %s', async (module, expected) => {
    app.write('src/tasks.js', 'exports.job = () => 1')
    app.write('src/types.d.ts', 'exports.job = () => 1')
    app.write('node_modules/evil/index.js', 'exports.job = () => 1')
    await expect(app.follow(module)).rejects.toEqual(code(expected))
  })

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'prototype',
    'default',
    'number',
    'absent',
    '',
  ])('callable %j is no function that the module exports', async (callable) => {
    app.write('tasks.js', 'exports.number = 1')
    await expect(app.follow('tasks', callable)).rejects.toEqual(code('UNKNOWN_CALLABLE'))
  })

  test('a symlink that leaves the root is forbidden, one within it is followed', async () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), 'alligator-outside-')))
    writeFileSync(join(outside, 'job.js'), 'exports.job = () => 1')
    symlinkSync(outside, join(app.root, 'link'))
    symlinkSync(app.write('real.js', 'exports.job = () => 2'), join(app.root, 'inner.js'))
    await expect(app.follow('link/job')).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
    expect((await app.follow('inner'))()).toBe(2)
    rmSync(outside, { recursive: true })
  })

  test('what is not the app’s own must not run, though a module of the app re-exports it', async () => {
    app.write('node_modules/evil/package.json', JSON.stringify({ name: 'evil' }))
    app.write('node_modules/evil/index.js', 'exports.job = () => 1')
    app.write(
      'reexports.js',
      `exports.job = require('evil').job; exports.exec = require('node:child_process').execSync`,
    )
    await expect(app.follow('reexports')).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
    await expect(app.follow('reexports', 'exec')).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
    expect((await app.follow('reexports', 'job', ['**']))()).toBe(1)
  })

  test.each([
    ['a class', 'class {}'],
    ['a generator', 'function* () {}'],
    ['a bound function', '(() => 1).bind(null)'],
    ['a native function', 'Math.max'],
  ])('%s must not run', async (_, source) => {
    app.write('tasks.js', `exports.job = ${source}`)
    await expect(app.follow('tasks')).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
  })

  test('a module that throws as it is loaded is unknown, and says why', async () => {
    app.write('broken.js', `throw new Error('no database')`)
    await expect(app.follow('broken')).rejects.toThrow(/no database/)
    await expect(app.follow('broken')).rejects.toEqual(code('UNKNOWN_MODULE'))
  })
})
