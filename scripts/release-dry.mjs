// `npm run release:dry`: the next release, up to the point where it would be published, in a copy of the last commit that is
// thrown away. It shows the versions and changelogs, and that the packages build, pack, install and import.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages, root, temporaryFolder } from './packages.mjs'
import { PNPM, run } from './process.mjs'

const copy = temporaryFolder('release')
const script = (name, ...args) => [process.execPath, join(copy, 'scripts', name), ...args]

async function step(name, command, cwd = copy) {
  const start = performance.now()
  const { ok, output } = await run(command, { cwd })
  console.log(
    `${name}: ${ok ? `ok, ${((performance.now() - start) / 1000).toFixed(1)} s` : `failed\n${output}`}`,
  )
  if (!ok) process.exit(1)
  return output
}

const indented = (text) => text.trim().replaceAll(/^(?=.)/gm, '  ')

/** What the release adds to the changelog of each package, and nothing for one that it leaves alone. */
function showChangelogs() {
  for (const { folder, manifest } of packages()) {
    const file = join(copy, 'packages', folder, 'CHANGELOG.md')
    const [, latest] = existsSync(file) ? readFileSync(file, 'utf8').split(/^(?=#{1,2} )/m) : []
    const { version } = JSON.parse(readFileSync(join(copy, 'packages', folder, 'package.json'), 'utf8'))
    const isNew = version !== manifest.version
    console.log(`\n${manifest.name} ${isNew ? `${manifest.version} → ${version}` : version}`)
    if (isNew && latest) console.log(indented(latest))
  }
  console.log()
}

const changed = await run(['git', 'status', '--porcelain'], { cwd: root })
if (changed.output.trim()) console.log(`These are not committed, and left out:\n${changed.output}`)
await step('copy', ['git', 'clone', '--quiet', root, copy], root)
await step('install', [...PNPM, 'install', '--frozen-lockfile'])
await step('versions', script('release-version.mjs'))
showChangelogs()
await step('build', [join(copy, 'node_modules/.bin/pnpm'), 'run', 'build'])
for (const check of ['publint', 'attw'])
  process.stdout.write(await step(check, script('check-tarballs.mjs', check)))
process.stdout.write(await step('smoke', script('smoke.mjs')))
console.log('\nNothing was published, and this checkout is as it was. CONTRIBUTING.md tells how to release.')
