// `npm test`: everything that must hold before a change is merged, on a machine with Node.js alone.
import { join } from 'node:path'
import { runJest } from './jest.mjs'
import { root } from './packages.mjs'
import { PNPM, run } from './process.mjs'
import { compilerEnvironment, compilerProblem, nodeProblem } from './requirements.mjs'
import { startServices } from './services.mjs'

const bin = (name) => join(root, 'node_modules/.bin', name)
const script = (name, ...args) => [process.execPath, join(root, 'scripts', name), ...args]

const INSTALL = { name: 'install', does: 'the locked dependencies; compiles better-sqlite3 the first time' }
const BUILD = { name: 'build', does: 'every package, as ES modules and as CommonJS' }
const READ = [
  { name: 'format', does: 'prettier', command: [bin('prettier'), '--check', '.'] },
  { name: 'lint', does: 'oxlint, with types', command: [bin('oxlint'), '--type-aware'] },
  {
    name: 'layers',
    does: 'no import climbs, no circle closes, types included',
    command: [bin('depcruise'), '--config', '.dependency-cruiser.mjs', 'packages'],
  },
  {
    name: 'types',
    does: 'the type checker over sources and tests',
    command: script('typescript.mjs', '-b', '.', 'packages/dashboard/src/client'),
  },
  {
    name: 'docs',
    does: 'the site, without a warning or a dead link',
    command: script('docs.mjs', '--no-install'),
  },
  { name: 'knip', does: 'unused files, exports and dependencies', command: [bin('knip')] },
]
const PACKED = [
  { name: 'publint', does: 'the packed packages', command: script('check-tarballs.mjs', 'publint') },
  { name: 'attw', does: 'the types of the packed packages', command: script('check-tarballs.mjs', 'attw') },
  { name: 'smoke', does: 'the packed packages in a stranger’s project', command: script('smoke.mjs') },
]

const total = { passed: 0, failed: 0 }

function finish() {
  console.log(`\n${total.passed} passed, ${total.failed} failed`)
  process.exit(total.failed === 0 ? 0 : 1)
}

function fail(name, reason) {
  total.failed += 1
  console.log(`FAILED ${name}\n${reason}`)
}

/** Runs one gate, which counts as one test, and says how it went. */
async function gate({ name, does, command }, options) {
  console.log(`${name}: ${does}`)
  const start = performance.now()
  const { ok, output } = await run(command, { cwd: root, ...options })
  if (!ok) fail(name, output)
  else total.passed += 1
  if (ok) console.log(`  ok, ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return ok
}

async function install() {
  const env = compilerEnvironment()
  if (await gate({ ...INSTALL, command: [...PNPM, 'install', '--frozen-lockfile'] }, { env })) {
    // A quickstart that was stopped while it compiled has left that to whoever comes next.
    const { ok, output } = await run([...PNPM, 'rebuild', '--pending'], { cwd: root, env })
    if (ok) return
    fail('install', output)
  }
  const problem = compilerProblem()
  if (problem) console.log(problem)
  finish()
}

async function jest() {
  const { env, problems } = await startServices()
  for (const problem of problems) fail('services', problem)
  console.log('jest: every test of every package')
  const { passed, failed, skipped, problem } = await runJest(root, env)
  total.passed += passed
  total.failed += failed
  if (problem) console.log(`FAILED jest\n${problem}`)
  if (skipped > 0) console.log(`${skipped} tests were skipped; the reasons are above.`)
}

const problem = nodeProblem()
if (problem) {
  fail('requirements', problem)
  finish()
}
await install()
const built = await gate({ ...BUILD, command: [bin('pnpm'), 'run', 'build'] })
for (const step of READ) await gate(step)
await jest()
if (built) for (const step of PACKED) await gate(step)
else console.log('The packed packages were not checked, because the build failed.')
finish()
