// `npm run bench`: from a fresh clone to figures. It installs and builds what is not there yet. With `--node 24` all of it runs on that
// Node.js, in a copy of the checkout.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareNode } from '../scripts/other-node.mjs'
import { PNPM, run } from '../scripts/process.mjs'

const root = join(import.meta.dirname, '..')
const RESULTS = 'benchmarks/RESULTS.md'

async function step(name, command, options) {
  console.error(`${name} …`)
  const { ok, output } = await run(command, { cwd: root, ...options })
  if (ok) return
  console.error(output)
  process.exit(1)
}

function bench(folder, node, options, env) {
  const script = join(folder, 'benchmarks/dist/esm/bench.js')
  return run([node, script, ...options], { cwd: folder, env, show: true, timeout: 7200 })
}

async function benchHere(options) {
  await step('Installing', [...PNPM, 'install', '--frozen-lockfile'])
  const pnpm = join(root, 'node_modules/.bin/pnpm')
  await step('Building', [pnpm, 'exec', 'turbo', 'run', 'build', '--filter', 'alligator-benchmarks'])
  return bench(root, process.execPath, options)
}

async function benchOn(version, options) {
  console.error(`Installing and building with Node.js ${version} …`)
  const { node, copy, env } = await prepareNode(version)
  const result = await bench(copy, node.path, options, env)
  copyFileSync(join(copy, RESULTS), join(root, RESULTS))
  return result
}

const options = process.argv.slice(2)
const at = options.indexOf('--node')
const [, version] = at < 0 ? [] : options.splice(at, 2)
if (at >= 0 && version === undefined) {
  console.error('--node needs a version, such as 24.')
  process.exit(2)
}
const { ok } = await (version === undefined ? benchHere(options) : benchOn(version, options))
process.exit(ok ? 0 : 1)
