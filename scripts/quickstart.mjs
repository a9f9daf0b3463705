// `npm run quickstart`: from a fresh clone to tasks that run, with Node.js alone. It installs and builds only
// what examples/quickstart needs, and skips what is up to date.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.mjs'
import { PNPM, run } from './process.mjs'
import { compilerProblem, nodeProblem } from './requirements.mjs'

const EXAMPLE = join(root, 'examples/quickstart')

function stop(reason) {
  console.error(reason)
  process.exit(1)
}

async function step(name, command, options) {
  process.stdout.write(`${name} … `)
  const start = performance.now()
  const { ok, output } = await run(command, { cwd: root, ...options })
  console.log(ok ? `${((performance.now() - start) / 1000).toFixed(1)} s` : `failed\n${output}`)
  return ok
}

/** Without the tools of the tests, unless they are there: a developer's checkout keeps them. */
function installCommand() {
  const filter = ['--filter-prod', '{examples/quickstart}...']
  const scope = existsSync(join(root, 'node_modules/.bin/jest')) ? [] : [...filter, '--prod']
  return [...PNPM, 'install', '--frozen-lockfile', ...scope]
}

async function install() {
  if (await step('Installing (the first time compiles SQLite, about a minute)', installCommand())) return
  stop(compilerProblem() ?? 'Installing failed; the reason is above. The first time needs the network.')
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
    const name = `Building ${folder.slice(root.length + 1)}`
    if (!(await step(name, ['npm', 'run', '--silent', 'build'], { cwd: folder }))) {
      stop('Building failed; the reason is above.')
    }
  }
}

const problem = nodeProblem()
if (problem) stop(problem)
await install()
await build()
console.log('Running examples/quickstart\n')
const { ok } = await run([process.execPath, join(EXAMPLE, 'run.mjs')], { cwd: EXAMPLE, show: true })
if (!ok) stop('The example failed; the reason is above.')
