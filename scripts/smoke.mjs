// Installs the packed packages into an empty project with plain npm, and uses them as its owner would: tasks are
// enqueued as ES modules, as CommonJS and under jest as it comes, the installed worker runs them all, a web app is tested
// without a server of queues by three test runners, and the type checker reads them. The project is scripts/smoke.
import { cpSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { run } from './process.mjs'

const app = temporaryFolder('smoke')
const bin = (name) => join(root, 'node_modules/.bin', name)

async function step(name, command) {
  const { ok, output } = await run(command, { cwd: app, timeout: 240 })
  console.log(`${name}: ${ok ? 'ok' : `failed\n${output}`}`)
  if (!ok) process.exit(1)
}

/** The driver comes from npm like the rest; only the minute of compiling it once more is saved. */
async function install() {
  const sqlite = createRequire(join(root, 'packages/sqlite/package.json'))
  const manifest = sqlite.resolve('better-sqlite3/package.json')
  const driver = `better-sqlite3@${sqlite(manifest).version}`
  const tarballs = (await packAll()).map(({ tarball }) => tarball)
  await step('npm install', ['npm', 'install', '--ignore-scripts', driver, ...tarballs])
  const addon = 'build/Release/better_sqlite3.node'
  cpSync(join(dirname(manifest), addon), join(app, 'node_modules/better-sqlite3', addon))
}

const CHECK = `--noEmit --strict --module NodeNext --target ES2022 --skipLibCheck false
  --lib ES2023,ESNext.Disposable --types node --typeRoots`.split(/\s+/)

cpSync(join(root, 'scripts/smoke'), app, { recursive: true })
await install()
// What its owner would have installed.
symlinkSync(join(root, 'packages/core/node_modules/vitest'), join(app, 'node_modules/vitest'))
await step('as ES modules', [process.execPath, 'app.mjs'])
await step('as CommonJS', [process.execPath, 'app.cjs'])
await step('under jest', [bin('jest'), '--rootDir', app])
await step('under vitest', [process.execPath, 'node_modules/vitest/vitest.mjs', 'run'])
await step('under node:test', [process.execPath, '--test', 'web-app/node-test.mjs'])
await step('latergator', [join(app, 'node_modules/.bin/latergator'), 'sqlite://tasks.db', '--burst'])
await step('npx @alligator/cli', ['npx', '--no', '@alligator/cli', 'worker', 'sqlite://tasks.db', '--burst'])
await step('every task has run', [process.execPath, 'check.mjs'])
await step('types', [bin('tsc'), ...CHECK, join(root, 'node_modules/@types'), 'types.mts', 'types.cts'])
