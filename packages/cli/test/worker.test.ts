import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from './app.js'

/** The lines of a worker's log whose message has this in it. */
const lines = (text: string, part: string) => text.split('\n').filter((line) => line.includes(part))

describe('options', () => {
  test('--burst ends when nothing is due; tasks run in order', async () => {
    await using app = new App()
    await app.enqueue([
      ['quick', 'a'],
      ['quick', 'b'],
      ['quick', 'c'],
    ])
    const worker = app.worker('--burst', '--concurrency', '1')
    expect(await worker.ends()).toBe(0)
    expect(worker.stderr).toBe('')
    expect(lines(worker.stdout, 'done in')).toHaveLength(3)
    expect(app.ran()).toEqual(['a, try 1', 'b, try 1', 'c, try 1'])
  })

  test('--max-tasks is exact at any concurrency', async () => {
    await using app = new App()
    await app.enqueue(Array.from({ length: 7 }, (_, index) => ['quick', `task ${index}`]))
    expect(await app.worker('--max-tasks', '3', '--concurrency', '10').ends()).toBe(0)
    expect(app.ran()).toHaveLength(3)
    expect(await app.worker('--burst').ends()).toBe(0)
    expect(app.ran()).toHaveLength(7)
  })

  test('--queue takes the first before the second, and nothing from others', async () => {
    await using app = new App()
    for (const queue of ['low', 'high', 'other']) await app.enqueue([['quick', queue]], queue)
    expect(await app.worker('--queue', 'high,low', '--concurrency', '1', '--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['high, try 1', 'low, try 1'])
    expect(await app.worker('--queue', 'low', '--queue', 'other', '--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['high, try 1', 'low, try 1', 'other, try 1'])
  })

  test('--queue with weights shares what runs, a name with a colon among them', async () => {
    await using app = new App()
    const many = (name: string) => Array.from({ length: 6 }, () => ['quick', name])
    await app.enqueue(many('low'), 'mail:eu')
    await app.enqueue(many('high'), 'tenant:7')
    const flags = ['--queue', 'tenant\\:7:2, mail:eu:1', '--concurrency', '1', '--max-tasks', '6']
    expect(await app.worker(...flags).ends()).toBe(0)
    expect(app.ran().sort()).toEqual([...Array(4).fill('high, try 1'), ...Array(2).fill('low, try 1')])
    expect(await app.worker('--queue', 'tenant\\:7', '--burst').ends()).toBe(0)
    expect(app.ran().filter((line) => line.startsWith('high'))).toHaveLength(6)
  })

  test('--concurrency runs so many at once', async () => {
    await using app = new App()
    await app.enqueue([
      ['meeting', 3],
      ['meeting', 3],
      ['meeting', 3],
    ])
    expect(await app.worker('--concurrency', '3', '--burst').ends()).toBe(0)
    expect(app.ran()).toHaveLength(3)
  })

  test('--import loads functions that are registered under a name', async () => {
    await using app = new App()
    await app.script('enqueue-registered.js')
    const without = app.worker('--burst')
    expect(await without.ends()).toBe(0)
    expect(without.stderr).toContain('no attempt charged')
    expect(await app.worker('--max-tasks', '1', '--import', './registered.js').ends()).toBe(0)
    expect(app.ran()).toEqual(['registered, try 1'])
  })

  test('--root finds the code from anywhere', async () => {
    await using app = new App()
    const cwd = join(app.folder, 'elsewhere')
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'package.json'), '{}')
    await app.enqueue([['quick', 'a']])
    const worker = app.node([app.bin('alligator'), 'worker', app.dsn, '--root', '..', '--burst'], { cwd })
    expect(await worker.ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test('--log json writes one object a line; --verbose adds the start of each task', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a'], ['fail']])
    const worker = app.worker('--burst', '--log', 'json', '--verbose')
    expect(await worker.ends()).toBe(0)
    const read = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { event?: string })
    const events = [...read(worker.stdout), ...read(worker.stderr)].map(({ event }) => event)
    expect(events).toEqual(expect.arrayContaining(['task:start', 'task:success', 'task:dead']))
  })

  test('--lease: a task of a worker that was killed runs again after so long', async () => {
    await using app = new App()
    await app.enqueue([['stubborn', 'a']])
    const killed = app.worker('--lease', '1s')
    await killed.prints('has noted itself')
    killed.child.kill('SIGKILL')
    expect(await killed.ends()).toBe('SIGKILL')
    expect(await app.worker('--max-tasks', '1').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'a, try 1'])
  })
})

describe('what it works on', () => {
  test('without an argument it reads ALLIGATOR_CONN', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a']])
    const worker = app.node([app.bin('latergator'), '--burst'], { env: { ALLIGATOR_CONN: app.dsn } })
    expect(await worker.ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test("a module's gator, with its queue and task class", async () => {
    await using app = new App()
    await app.script('enqueue-skinny.js')
    const worker = app.alligator('worker', './gator.js', '--burst')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(worker.stdout).toContain('consumes "skinny"')
    expect(app.ran()).toEqual(['skinny, try 1'])
  })

  test('the gator of a CommonJS module', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a']])
    const worker = app.alligator('worker', 'gator.cjs', '--burst')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test("a module's worker comes before its gator", async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a']])
    const worker = app.alligator('worker', './worker.js')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(worker.stdout).toBe('the worker of the app starts\n')
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test('a backend package whose driver is missing: what to install', async () => {
    await using app = new App()
    const folder = join(app.folder, 'node_modules/@alligator/beanstalk')
    mkdirSync(folder)
    const exports = { '.': { import: { default: './index.js' } }, './package.json': './package.json' }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports }))
    writeFileSync(join(folder, 'index.js'), "import 'fivebeans'")
    const worker = app.alligator('worker', 'beanstalk://127.0.0.1')
    expect(await worker.ends()).toBe(1)
    expect(worker.stderr).toMatch(
      /^alligator: @alligator\/beanstalk cannot be loaded: .*'fivebeans'.* Run: npm install @alligator\/beanstalk fivebeans@1\n$/,
    )
  })
})
