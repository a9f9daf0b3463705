// `npm run test:frameworks`: the code of docs/frameworks.md, as apps. Each framework comes from npm. Each app is built, enqueues over HTTP,
// shows its dashboard to who may see it, and ends well at SIGTERM; a worker of its own runs the task. Names of frameworks run those alone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { freePort, must } from './process.mjs'
import { SVELTEKIT } from './sveltekit.mjs'

const TSX = ['--import', 'tsx']

/** An app whose files lie beside each other in `src`, and run as they are. */
const plain = (name, packages) => ({
  packages,
  files: [/^src\/(emails|gator|queues)\.ts$/, new RegExp(`^src/${name}(-\\w+)?\\.ts$`)],
  server: [...TSX, `src/${name}.ts`],
  worker: ['./src/gator.ts'],
})

const FRAMEWORKS = {
  express: plain('express', ['express@5.3.0']),
  fastify: plain('fastify', ['fastify@5.12.8']),
  hono: plain('hono', ['hono@4.13.19', '@hono/node-server@2.1.9']),
  nest: plain('nest', [
    ...['common', 'core', 'platform-express'].map((name) => `@nestjs/${name}@12.5.1`),
    'reflect-metadata@0.2.2',
    'rxjs@7.8.2',
  ]),
  nuxt: {
    packages: ['nuxt@3.21.11'],
    folder: 'nuxt/',
    more: { 'app.vue': '<template><p>A shop</p></template>\n' },
    build: ['nuxt', 'build'],
    server: ['.output/server/index.mjs'],
    worker: ['./server/utils/gator.ts', '--import', './server/utils/emails.ts'],
    path: '/api/users',
  },
  sveltekit: {
    packages: SVELTEKIT,
    folder: 'sveltekit/',
    more: Object.fromEntries(
      ['src/app.html', 'svelte.config.js', 'vite.config.js'].map((file) => [
        file,
        readFileSync(join(root, 'scripts/bundlers/sveltekit', file), 'utf8'),
      ]),
    ),
    build: ['vite', 'build'],
    server: ['build/index.js'],
    worker: ['./src/lib/server/gator.ts', '--import', './src/lib/server/emails.ts'],
  },
}

const TOKEN = 'open sesame'
const page = readFileSync(join(root, 'docs/frameworks.md'), 'utf8')
const blocks = [...page.matchAll(/^```ts[^\n]*\n\/\/ file: (\S+)\n(.*?)^```$/gms)].map(([, file, code]) => ({
  file,
  code,
}))

/** The files of one app, as its own folder has them. */
function filesOf({ folder, files = [] }) {
  if (folder === undefined) return blocks.filter(({ file }) => files.some((pattern) => pattern.test(file)))
  return blocks
    .filter(({ file }) => file.startsWith(folder))
    .map(({ file, code }) => ({ file: file.slice(folder.length), code }))
}

async function make(name, framework) {
  const app = temporaryFolder(name)
  const all = {
    ...framework.more,
    ...Object.fromEntries(filesOf(framework).map(({ file, code }) => [file, code])),
  }
  for (const [file, code] of Object.entries(all)) {
    mkdirSync(dirname(join(app, file)), { recursive: true })
    writeFileSync(join(app, file), code)
  }
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }))
  const compilerOptions = { experimentalDecorators: true, module: 'nodenext', target: 'es2022' }
  if (framework.build === undefined)
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const driver = `better-sqlite3@${sqlite(sqliteManifest).version}`
  const packages = [...tarballs, driver, 'tsx@4.23.15', ...framework.packages]
  await must(
    ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', ...packages],
    { cwd: app },
  )
  // The driver comes from npm like the rest; only the minute of compiling it once more is saved.
  const addon = 'build/Release/better_sqlite3.node'
  cpSync(join(dirname(sqliteManifest), addon), join(app, 'node_modules/better-sqlite3', addon))
  if (framework.build)
    await must(['npx', ...framework.build], { cwd: app, env: { NUXT_TELEMETRY_DISABLED: '1' } })
  return app
}

/** Starts the app's server, and ends it with what it printed where `use` fails. */
async function serving(app, { server }, use) {
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const own = { PORT: port, HOST: '127.0.0.1', NITRO_HOST: '127.0.0.1', ORIGIN: url, ADMIN_TOKEN: TOKEN }
  const child = spawn(process.execPath, server, { cwd: app, env: { ...process.env, ...own } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const ended = once(child, 'exit')
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  try {
    await until(() => fetch(url).catch(() => undefined), child)
    await use(url)
    child.kill('SIGTERM')
    const late = setTimeout(stop, 10_000)
    const [code, signal] = await ended
    clearTimeout(late)
    expect(code, 0, `ends with ${signal ?? code} at SIGTERM`)
  } catch (error) {
    stop()
    throw new Error(`${error.message}\n${output}`, { cause: error })
  } finally {
    process.off('exit', stop)
  }
}

async function until(holds, child) {
  const end = performance.now() + 60_000
  while (!(await holds())) {
    if (child.exitCode !== null) throw new Error(`The server has ended with ${child.exitCode}.`)
    if (performance.now() > end) throw new Error('The server has not answered within a minute.')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function expect(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`)
}

async function check(app, framework) {
  await serving(app, framework, async (url) => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ email: 'ann@example.org' })
    const answer = await fetch(`${url}${framework.path ?? '/users'}`, { method: 'POST', headers, body })
    expect(answer.status, 202, `the route answers ${await answer.text()}`)
    const closed = await fetch(`${url}/admin/queues`)
    expect(closed.status, 403, 'the dashboard, for a stranger')
    const open = await fetch(`${url}/admin/queues`, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(open.status, 200, 'the dashboard, for an admin')
    expect((await open.text()).includes('<html'), true, 'the dashboard is a page')
  })
  const ran = await must(['npx', 'alligator', 'worker', ...framework.worker, '--burst'], { cwd: app })
  expect(ran.includes('Welcome, ann@example.org!'), true, `the worker printed\n${ran}`)
}

const sqlite = createRequire(join(root, 'packages/sqlite/package.json'))
const sqliteManifest = sqlite.resolve('better-sqlite3/package.json')
const OURS = ['core', 'cli', 'sqlite', 'dashboard', 'prometheus'].map((name) => `@alligator/${name}`)
const tarballs = (await packAll())
  .filter(({ manifest }) => OURS.includes(manifest.name))
  .map(({ tarball }) => tarball)
const named = process.argv.slice(2)
for (const [name, framework] of Object.entries(FRAMEWORKS)) {
  if (named.length > 0 && !named.includes(name)) continue
  try {
    await check(await make(name, framework), framework)
    console.log(`${name}: ok`)
  } catch ({ message }) {
    console.log(`${name}: FAILED\n${message}`)
    process.exitCode = 1
  }
}
