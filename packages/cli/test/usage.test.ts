import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from './app.js'
import { CommandLines } from './command-lines.js'
import type { Ended } from './store-app.js'

const app = new App()
afterAll(() => app[Symbol.asyncDispose]())

/** Runs the command to its end. */
async function alligator(...args: string[]) {
  const done = app.alligator(...args)
  return { code: await done.ends(), stdout: done.stdout, stderr: done.stderr }
}

describe('help and version', () => {
  test('--help shows examples, exit codes and environment variables', async () => {
    const { code, stdout } = await alligator('--help')
    expect(code).toBe(0)
    for (const part of ['worker', 'Examples:', 'Exit codes:', 'ALLIGATOR_CONN'])
      expect(stdout).toContain(part)
  })

  test('each default is said once', async () => {
    await using lines = new CommandLines(app)
    const [overview] = await lines.run([['--help']])
    const commands = overview?.stdout.match(/^ {2}[a-z]+(?= )/gm)?.map((name) => name.trim()) ?? []
    expect(commands.length).toBeGreaterThan(10)
    const helps = await lines.run(commands.filter((name) => name !== 'help').map((name) => ['help', name]))
    for (const { stdout } of helps) {
      expect(stdout).toContain('Usage: alligator')
      expect(stdout).not.toMatch(/default:[^()]*\)[^-]*\(default/)
    }
  })

  test('latergator is the worker', async () => {
    const [worker, later] = [app.alligator('worker', '--help'), app.node([app.bin('latergator'), '--help'])]
    expect([await worker.ends(), await later.ends()]).toEqual([0, 0])
    const own = later.stdout.replace('latergator [', 'alligator worker [').replace(/^ +-V.*\n/m, '')
    expect(own).toBe(worker.stdout)
  })

  test('--version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
      version: string
    }
    expect(await alligator('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('without a command it shows the help and fails', async () => {
    const { code, stderr } = await alligator()
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: alligator')
  })
})

const MISTAKES: readonly (readonly [name: string, args: readonly string[], message: RegExp])[] = [
  ['no DSN', ['worker'], /^Which store\? Pass a DSN .* or set ALLIGATOR_CONN\.$/],
  ['no scheme', ['worker', 'redis:6379'], /^The DSN "redis:6379" cannot be used/],
  [
    'unknown scheme',
    ['worker', 'rdis://h'],
    /^No backend is registered for "rdis:\/\/"\. Known schemes are .*sqlite/,
  ],
  ['bad DSN', ['worker', 'sqlite://t.db?sync=1'], /^The DSN "sqlite:.*sync is no setting/],
  ['no such module', ['worker', './nothing.js'], /^There is no \/.*nothing\.js\./],
  [
    'module without gator',
    ['worker', 'no-gator.js'],
    /^no-gator\.js exports a gator that is no Gator\. Write: /,
  ],
  [
    'module with a bad DSN',
    ['worker', './bad-dsn.js'],
    /^\.\/bad-dsn\.js could not be loaded: The DSN "redis"/,
  ],
  ['a file that needs a loader', ['worker', './gator.tsx'], /^Node\.js cannot load .*install tsx/],
  ['no such file to import', ['worker', 'locmem://', '--import', 'x.js'], /^There is no \/.*x\.js\./],
  ['unknown option', ['worker', '--leese', '3'], /^Unknown option '--leese' \(Did you mean --lease\?\)/],
  ['unknown command', ['wroker'], /^Unknown command 'wroker' \(Did you mean worker\?\)/],
  ['forgotten command', ['redis://h'], /Did you mean alligator worker <DSN>\?$/],
  ['two DSNs', ['worker', 'locmem://', 'locmem://'], /^Too many arguments/],
  ['zero at once', ['worker', '--concurrency', '0'], /--concurrency.*Pass a whole number of 1 or more\./],
  ['half a task', ['worker', '--max-tasks', '0.5'], /--max-tasks.*Pass a whole number of 0 or more\./],
  ['no process', ['worker', '--processes', '0'], /--processes.*Pass a whole number of 1 or more\./],
  ['memory of no unit', ['worker', '--max-memory', '512'], /--max-memory.*Pass a size with its unit/],
  ['bad time', ['worker', '--lease', 'soon'], /^Option --lease cannot be "soon"/],
  ['negative time', ['worker', '--shutdown-timeout=-1'], /^Option --shutdown-timeout cannot be "-1"/],
  ['empty queue name', ['worker', '--queue', 'a,,b'], /--queue.*Pass one name/],
  ['half weighted', ['worker', '--queue', 'a:5,b'], /--queue.*Give every queue a weight, or none/],
  [
    'half weighted, apart',
    ['worker', '--queue', 'a', '--queue', 'b:1'],
    /Give every queue a weight, or none/,
  ],
  ['no weight', ['worker', '--queue', 'a:0,b:1'], /--queue.*The weight of a must be a whole number of 1/],
  ['one weight', ['worker', '--queue', 'a:5'], /--queue.*Pass "a", or "a\\:5" if that is the queue's name\./],
  ['two weights', ['worker', '--queue', 'a:5,b:1,a:2'], /--queue.*Give each queue one weight\./],
  ['unknown log format', ['worker', '--log', 'xml'], /^--log cannot be "xml"\. Pass one of text, json\.$/],
  ['module without any', ['worker', './tasks.js'], /^\.\/tasks\.js exports no gator; it exports .*\. Add: /],
  [
    'the store as an option',
    ['dashboard', '--conn', 'sqlite://x'],
    /^Unknown option '--conn'\. .*leave --conn out\.$/,
  ],
  ['a file for a module', ['enqueue', './tasks.js#quick'], /names a file\. Write .* 'tasks#quick'\.$/],
  [
    'a store that ends with the command',
    ['status', '--conn', 'locmem://'],
    /is in the memory of this process/,
  ],
  [
    'a queue that is a pattern',
    ['worker', 'sqlite://t.db', '--queue', 'mail*'],
    /A worker takes queues by their names/,
  ],
  ['no such root', ['worker', 'locmem://', '--root', 'nothing'], /^Option root cannot be "\/.*nothing"/],
  [
    'ready worker',
    ['worker', './worker.js', '--max-tasks', '1'],
    /ready worker, which --max-tasks cannot change/,
  ],
]

describe('mistakes end with 2 and one line that says how to do it', () => {
  let ended: readonly Ended[]

  beforeAll(async () => {
    await using commands = new CommandLines(app)
    ended = await commands.run(
      MISTAKES.map(([, args]) => args),
      { ALLIGATOR_CONN: '' },
    )
  })

  test.each(MISTAKES.map(([name, , message], at) => [name, at, message] as const))(
    '%s',
    (_name, at, message) => {
      const { code, stdout, stderr } = ended[at] ?? {}
      expect(stderr?.replace(/^alligator: (.*)\n$/, '$1')).toMatch(message)
      expect(stderr?.trimEnd()).not.toContain('\n')
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    },
  )

  test.each([
    ['as an argument', ['worker', 'mystore://me:hush@host/0']],
    ['in the wrong place', ['mystore://me:hush@host/0']],
    ['as the value of an option', ['worker', '--store=mystore://me:hush@host/0']],
    ['as a number', ['worker', '--max-tasks', 'mystore://me:hush@host/0']],
  ])('a password is not shown: %s', async (_name, args) => {
    const { code, stderr } = await alligator(...args)
    expect(code).toBe(2)
    expect(stderr).not.toContain('hush')
  })
})

describe('failures end with 1', () => {
  test('a backend that is not installed: what to install', async () => {
    const { code, stderr } = await alligator('worker', 'redis://me:hush@host')
    expect(code).toBe(1)
    expect(stderr).toBe(
      `alligator: @alligator/redis cannot be loaded: it is not installed for ${app.folder}. ` +
        'Run: npm install @alligator/redis ioredis@6\n',
    )
  })

  test('a store that cannot be used', async () => {
    const { code, stderr } = await alligator('worker', 'sqlite:///no/such/folder/t.db')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^alligator: The store at sqlite:.*Create the folder.*\n$/)
  })

  test('a module that throws: one line, and the stack on request', async () => {
    const { code, stderr } = await alligator('worker', './broken.js')
    expect(code).toBe(1)
    expect(stderr).toBe(
      'alligator: ./broken.js could not be loaded: this module is broken (--verbose shows the stack)\n',
    )
    expect((await alligator('worker', './broken.js', '--verbose')).stderr).toMatch(
      /TypeError.*\n.*broken\.js:1/s,
    )
    const debug = app.node([app.bin('alligator'), 'worker', './broken.js'], { env: { DEBUG: 'alligator' } })
    await debug.ends()
    expect(debug.stderr).toMatch(/TypeError.*\n.*broken\.js:1/s)
  })
})

describe('files of the app', () => {
  test('a loader that works by `require` has its turn with the module of the gator', async () => {
    const env = { NODE_OPTIONS: '-r ./hooked/loader.cjs' }
    const worker = app.node([app.bin('alligator'), 'worker', './hooked/gator.ts', '--burst'], { env })
    expect({ code: await worker.ends(), stderr: worker.stderr }).toEqual({ code: 0, stderr: '' })
    expect(worker.stdout).toContain('said hello')
  })

  test('one that listens or exits while it is imported is named', async () => {
    const { stderr } = await alligator(
      'worker',
      app.dsn,
      '--import',
      './listens.js',
      '--import',
      './exits.js',
    )
    expect(stderr).toMatch(/While \/.*listens\.js was imported, this process began to listen for connections/)
    expect(stderr).toMatch(
      /The process ends with 0 while it imports \/.*exits\.js: does that call process\.exit\(\)\?/,
    )
  })
})
