// From a fresh clone to a program of this folder: it installs and builds what is not there yet.
import { join } from 'node:path'
import { PNPM, run } from '../scripts/process.mjs'

const root = join(import.meta.dirname, '..')

async function step(name, command) {
  console.error(`${name} …`)
  const { ok, output } = await run(command, { cwd: root })
  if (ok) return
  console.error(output)
  process.exit(1)
}

/** Runs it with the arguments of this process, and ends as it does. */
export async function buildAndRun(program, flags = []) {
  await step('Installing', [...PNPM, 'install', '--frozen-lockfile'])
  const pnpm = join(root, 'node_modules/.bin/pnpm')
  await step('Building', [pnpm, 'exec', 'turbo', 'run', 'build', '--filter', 'alligator-chaos...'])
  const main = join(import.meta.dirname, 'dist/esm', program)
  const command = [process.execPath, ...flags, main, ...process.argv.slice(2)]
  const { ok } = await run(command, { show: true, timeout: 86_400 })
  process.exit(ok ? 0 : 1)
}
