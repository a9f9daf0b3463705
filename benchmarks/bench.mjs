// `npm run bench`: from a fresh clone to figures. It installs and builds what is not there yet.
import { join } from 'node:path'
import { PNPM, run } from '../scripts/process.mjs'

const root = join(import.meta.dirname, '..')

async function step(name, command, options) {
  console.error(`${name} …`)
  const { ok, output } = await run(command, { cwd: root, ...options })
  if (ok) return
  console.error(output)
  process.exit(1)
}

await step('Installing', [...PNPM, 'install', '--frozen-lockfile'])
const pnpm = join(root, 'node_modules/.bin/pnpm')
await step('Building', [pnpm, 'exec', 'turbo', 'run', 'build', '--filter', 'alligator-benchmarks'])
const bench = join(import.meta.dirname, 'dist/esm/bench.js')
const { ok } = await run([process.execPath, bench, ...process.argv.slice(2)], { show: true, timeout: 7200 })
process.exit(ok ? 0 : 1)
