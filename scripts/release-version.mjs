// `npm run release:version`: writes the versions and changelogs of the next release, as `changeset version` does but for one
// thing. To changesets, a minor version of a peer dependency that leaves its range (^0.1.0 does not hold 0.2.0) is a
// major one for whoever depends on it, and with it for all packages: the first release would be 1.0.0. Ours go out
// together, so that the range of each moves along, and is not asked.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import applyReleasePlan from '@changesets/apply-release-plan'
import assembleReleasePlan from '@changesets/assemble-release-plan'
import { read as readConfig } from '@changesets/config'
import readChangesets from '@changesets/read'
import { getPackages } from '@manypkg/get-packages'
import { root } from './packages.mjs'

const withoutPeers = ({ packageJson, ...rest }) => ({
  ...rest,
  packageJson: { ...packageJson, peerDependencies: undefined },
})

const packages = await getPackages(root)
const config = await readConfig(root, packages)
const changesets = await readChangesets(root)
const blind = { ...packages, packages: packages.packages.map(withoutPeers) }
const plan = assembleReleasePlan(changesets, blind, config, undefined)
await applyReleasePlan(plan, packages, config)
// Of what is never published only those are listed that depend on others, and they have no version.
const releases = plan.releases.filter(({ newVersion }) => newVersion !== undefined)
for (const { name, oldVersion, newVersion } of releases) console.log(`${name} ${oldVersion} → ${newVersion}`)
if (releases.length > 0) raiseExamples(releases[0].newVersion)

/** Examples name what is on npm, so that a folder can be copied out. Within the workspace an override leads to the packages. */
function raiseExamples(version) {
  const examples = join(root, 'examples')
  for (const folder of readdirSync(examples)) {
    const file = join(examples, folder, 'package.json')
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replaceAll(/("@alligator\/[a-z]+": ")[^"]+"/g, `$1^${version}"`))
  }
}
