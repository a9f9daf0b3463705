import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { App } from './app.js'

const tsx = dirname(require.resolve('tsx/package.json', { paths: [join(__dirname, '../../core')] }))

/** An app that has nothing yet but its package.json. */
function emptyApp(manifest: object): App {
  const app = new App()
  for (const name of ['gator.js', 'tasks.js', 'package.json']) rmSync(join(app.folder, name))
  writeFileSync(join(app.folder, 'package.json'), `${JSON.stringify(manifest, undefined, '\t')}\n`)
  return app
}

async function run(app: App, ...args: readonly string[]): Promise<string> {
  const done = app.node(args, { env: { ALLIGATOR_CONN: app.dsn } })
  const code = await done.ends()
  if (code !== 0)
    throw new Error(`${args.join(' ')} ended with ${String(code)}: ${done.stdout}${done.stderr}`)
  return done.stdout
}

test.each([
  ['ES modules', { type: 'module' }, 'js', ''],
  ['CommonJS', {}, 'js', ''],
  ['TypeScript, through the tsx of the app', { devDependencies: { typescript: '^5' } }, 'ts', 'src/'],
])('an app in %s is given files that work', async (_language, manifest, extension, source) => {
  await using app = emptyApp({ name: 'mine', ...manifest })
  const loader = extension === 'ts' ? ['--import', 'tsx'] : []
  if (extension === 'ts') symlinkSync(tsx, join(app.folder, 'node_modules/tsx'))
  const gator = `./${source}gator.${extension}`
  const printed = await run(app, app.bin('alligator'), 'init')
  expect(printed).toContain(`wrote  ${source}tasks.${extension}\n`)
  expect(printed).toMatch(
    /npm install @alligator\/core @alligator\/cli @alligator\/sqlite better-sqlite3@\d+\n/,
  )
  expect(readFileSync(join(app.folder, 'package.json'), 'utf8')).toContain(
    `\t"scripts": {\n\t\t"worker": "alligator worker ${gator}"\n\t}\n}\n`,
  )
  expect(await run(app, ...loader, '--test', `test/tasks.test.${extension}`)).toMatch(/^# pass 1$/m)
  await run(app, app.bin('alligator'), 'enqueue', `${source}tasks#sendWelcome`, '["ada"]', '--conn', gator)
  expect(await run(app, app.bin('alligator'), 'worker', gator, '--burst')).toContain('Welcome, ada!\n')
})

test('what is there stays as it is', async () => {
  await using app = emptyApp({ name: 'mine', type: 'module', scripts: { worker: 'own' } })
  mkdirSync(join(app.folder, 'src'))
  writeFileSync(join(app.folder, 'src/gator.js'), '// own\n')
  const printed = await run(app, app.bin('alligator'), 'init', '--store', 'redis')
  expect(printed).toMatch(/^wrote {2}src\/tasks\.js\nkept {3}src\/gator\.js\n/)
  expect(printed).toContain('kept   package.json: scripts.worker\n')
  expect(printed).toContain('@alligator/redis ioredis@')
  expect(readFileSync(join(app.folder, 'src/gator.js'), 'utf8')).toBe('// own\n')
})

test.each([
  ['null', /is no object whose scripts/],
  ['[]', /is no object whose scripts/],
  ['{ "scripts": "foo" }', /is no object whose scripts/],
  ['{ // mine', /is not JSON/],
])('a package.json that is %s is refused, and stays as it is', async (text, why) => {
  await using app = emptyApp({})
  writeFileSync(join(app.folder, 'package.json'), text)
  const refused = app.alligator('init')
  expect([await refused.ends(), refused.stderr]).toEqual([2, expect.stringMatching(why)])
  expect(readFileSync(join(app.folder, 'package.json'), 'utf8')).toBe(text)
})

test('where no app is, nothing is written', async () => {
  await using app = emptyApp({})
  rmSync(join(app.folder, 'package.json'))
  const refused = app.alligator('init')
  expect([await refused.ends(), refused.stderr]).toEqual([
    2,
    expect.stringMatching(/^alligator: There is no package\.json in .*npm init -y\n$/),
  ])
  expect(existsSync(join(app.folder, 'test'))).toBe(false)
})
