// `npm run test:examples`: each example, copied out of the checkout and installed by npm as its README says, with the packed packages in
// place of those on npm. It fetches what they need, some 150 megabytes. `-- nestjs` tries one. Next.js has `npm run test:next`.
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { freePort, must, runDuring } from './process.mjs'

const sqlite = createRequire(join(root, 'packages/sqlite/package.json')).resolve(
  'better-sqlite3/package.json',
)
const ADDON = 'build/Release/better_sqlite3.node'
const WORK_OFF = ['npm', 'run', 'worker', '--', '--burst']
/** For those that need a server: at least all that they import is there. */
const opens = (file) => ['node', '-e', `import('./${file}').then(({ gator }) => gator.close())`]

/** What is run in a copy, and what the last of it prints. */
const TRIES = {
  'commonjs-jest': [['npm', 'test'], /3 passed/],
  'custom-backend': [['npm', 'ls', '@alligator/conformance'], /conformance@/],
  'docker-compose': [opens('gator.js'), /^/],
  drizzle: [opens('gator.js'), /^/],
  lambda: [opens('gator.js'), /^/],
  nestjs: [WORK_OFF, /To ada@example\.org: See you later/, signUp],
  order: [WORK_OFF, /stopped after 0 tasks/],
  quickstart: [['npm', 'start'], /lost {8}0\n/],
  'search-index': [WORK_OFF, /stopped after 1\d\d tasks/, editAndPause],
  thumbnails: [
    ['npm', 'run', 'enqueue'],
    /28 tasks/,
    (app) => must(['npm', 'run', 'pictures'], { cwd: app }),
  ],
  tutorial: [['npm', 'test'], /pass [1-9]/],
  'typescript-src': [WORK_OFF, /invoice for Ada/, compileAndEnqueue],
  'web-app': [WORK_OFF, /stopped after 1\d tasks/, post],
}

const copies = temporaryFolder('examples')

async function copy(name, tarballs) {
  const app = join(copies, name)
  const isOwn = (path) => !/\/(?:node_modules|dist|test)$/.test(path)
  cpSync(join(root, 'examples', name), app, { recursive: true, filter: isOwn })
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'))
  const ours = Object.keys({ ...dependencies, ...devDependencies }).flatMap((one) => closure(one, tarballs))
  await must(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...new Set(ours)], {
    cwd: app,
  })
  // The driver comes from npm like the rest; only the minute of compiling it once more is saved.
  const driver = join(app, 'node_modules/better-sqlite3')
  if (existsSync(driver)) cpSync(join(dirname(sqlite), ADDON), join(driver, ADDON))
  return app
}

/** The tarballs of a package of ours and of those that it brings along. */
function closure(name, tarballs) {
  const packed = tarballs.find(({ manifest }) => manifest.name === name)
  if (!packed) return []
  const { dependencies = {}, peerDependencies = {} } = packed.manifest
  const others = Object.keys({ ...dependencies, ...peerDependencies })
  return [packed.tarball, ...others.flatMap((other) => closure(other, tarballs))]
}

async function until(answers) {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await answers().catch(() => undefined)
    if (answer?.ok) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('Its server has not answered within a minute.')
}

/** Sends a form to what `npm start` serves. */
async function send(app, path, fields) {
  const port = String(await freePort())
  await runDuring(['npm', 'start'], { cwd: app, env: { PORT: port } }, async () => {
    const home = `http://127.0.0.1:${port}`
    await until(() => fetch(`${home}/queues`))
    const answer = await fetch(`${home}${path}`, { method: 'POST', body: new URLSearchParams(fields) })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
  })
}

async function signUp(app) {
  await send(app, '/sign-up', { email: 'ada@example.org' })
}

async function post(app) {
  await send(app, '/posts', { message: 'Hello' })
}

/** A document is due a second after its last edit. */
async function editAndPause(app) {
  await must(['npm', 'run', 'edit'], { cwd: app })
  await pause(1000)
}

async function compileAndEnqueue(app) {
  await must(['npm', 'run', 'build'], { cwd: app })
  await must(['npm', 'run', 'enqueue'], { cwd: app })
}

async function trial(name, tarballs) {
  const [command, expected, prepare] = TRIES[name]
  const app = await copy(name, tarballs)
  await prepare?.(app)
  const output = await must(command, { cwd: app })
  if (!expected.test(output)) throw new Error(`It printed:\n${output}`)
}

const isThere = (name) => existsSync(join(root, 'examples', name, 'package.json'))
const untried = readdirSync(join(root, 'examples')).filter(
  (name) => isThere(name) && name !== 'nextjs' && !TRIES[name],
)
if (untried.length > 0) throw new Error(`Say here what to run of ${untried.join(', ')}.`)
const named = process.argv.slice(2)
const tarballs = await packAll()
for (const name of named.length > 0 ? named : Object.keys(TRIES).filter(isThere)) {
  const problem = await trial(name, tarballs).catch(({ message }) => message)
  console.log(problem === undefined ? `${name}: ok` : `${name}: failed\n${problem}`)
  if (problem !== undefined) process.exitCode = 1
}
