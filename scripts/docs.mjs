// `npm run docs`: the documents as a site, the reference made from the sources. A warning or a dead link is a failure.
import { join } from 'node:path'
import { root } from './packages.mjs'
import { PNPM, run } from './process.mjs'
import { compilerEnvironment } from './requirements.mjs'

const docs = join(root, 'docs')
const bin = (name) => join(docs, 'node_modules/.bin', name)

async function step(name, command, { env, mayWarn = false } = {}) {
  console.log(`${name} …`)
  const { ok, output } = await run(command, { cwd: docs, env })
  if (ok && (mayWarn || !/\bwarn|\(!\)/i.test(output))) return
  console.error(output)
  process.exit(1)
}

// The first time may compile SQLite, which warns that it could not be fetched.
if (!process.argv.includes('--no-install')) {
  const command = [...PNPM, 'install', '--frozen-lockfile']
  await step('Installing', command, { env: compilerEnvironment(), mayWarn: true })
}
await step('Drawing the charts', [process.execPath, join(root, 'scripts/charts.mjs')])
await step('Reading the sources', [bin('typedoc')])
await step('Building the site', [bin('vitepress'), 'build'])
console.log(`The site is in ${join(docs, '.vitepress/dist')}`)
