// `npm run quickstart`: from a fresh clone to tasks that run, with Node.js alone. It installs and builds only
// what examples/quickstart needs, and skips what is up to date.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './packages.mjs'
import { PNPM, run } from './process.mjs'
import { compilerEnvironment, compilerProblem, nodeProblem } from './requirements.mjs'

const EXAMPLE = join(root, 'examples/quickstart')

function stop(reason) {
  console.error(reason)
  process.exit(1)
}

async function step(name, command, options) {
  console.log(`${name} …`)
  const start = performance.now()
  const { ok, output } = await run(command, { cwd: root, ...options })
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`
  console.log(ok ? `  ${name}: ${took}` : `  ${name}: failed after ${took}\n${output}`)
  return ok
}

/**
 * Without the tools of the tests, unless they are there: a developer's checkout keeps them. How old each locked version is is not
 * asked of the registry, which takes longer than the rest: the lockfile has the hash of each.
 */
function installCommand() {
  const command = [...PNPM, 'install', '--frozen-lockfile', '--config.minimum-release-age=0']
  if (existsSync(join(root, 'node_modules/.bin/jest'))) return command
  const filters = [EXAMPLE, ...needed()].flatMap((folder) => ['--filter-prod', `{${relative(root, folder)}}`])
  return [...command, '--prod', '--ignore-scripts', ...filters]
}

async function install() {
  if (await step('Installing', installCommand())) return
  stop('Installing failed; the reason is above. The first time needs the network.')
}

function hasSqlite() {
  const load = `new (require('better-sqlite3'))(':memory:')`
  return spawnSync(process.execPath, ['-e', load], { cwd: EXAMPLE, stdio: 'ignore' }).status === 0
}

/** It is compiled where its binary cannot be fetched. */
async function makeSqlite() {
  if (hasSqlite()) return
  const name = 'Fetching SQLite, or compiling it, which takes about a minute'
  const command = [...PNPM, 'rebuild', 'better-sqlite3']
  if (await step(name, command, { env: compilerEnvironment() })) return
  stop(compilerProblem() ?? 'SQLite could not be made; the reason is above.')
}

function isBuilt(folder) {
  const dist = join(folder, 'dist/esm/index.js')
  if (!existsSync(dist)) return false
  const built = statSync(dist).mtimeMs
  const sources = readdirSync(join(folder, 'src'), { recursive: true })
  return sources.every((file) => statSync(join(folder, 'src', file)).mtimeMs <= built)
}

/** Folders of the packages that the example runs on, each behind those that it is built on. */
function needed() {
  const folders = new Set()
  const visit = (folder) => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const names = Object.keys({ ...peerDependencies, ...dependencies })
    for (const name of names.filter((name) => name.startsWith('@alligator/'))) {
      const needs = join(root, 'packages', name.slice('@alligator/'.length))
      if (!folders.has(needs)) visit(needs)
      folders.add(needs)
    }
  }
  visit(EXAMPLE)
  return [...folders]
}

async function build() {
  for (const folder of needed().filter((folder) => !isBuilt(folder))) {
    const name = `Building ${relative(root, folder)}`
    if (!(await step(name, ['npm', 'run', '--silent', 'build'], { cwd: folder }))) {
      stop('Building failed; the reason is above.')
    }
  }
}

const problem = nodeProblem()
if (problem) stop(problem)
await install()
// A compiler takes one core, and the other one builds.
await Promise.all([makeSqlite(), build()])
console.log('Running examples/quickstart\n')
const { ok } = await run([process.execPath, join(EXAMPLE, 'run.mjs')], { cwd: EXAMPLE, show: true })
if (!ok) stop('The example failed; the reason is above.')
