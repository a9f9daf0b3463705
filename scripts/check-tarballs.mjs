// Reads the packed packages as a stranger's tools would: `node scripts/check-tarballs.mjs publint|attw`.
import { join } from 'node:path'
import { packAll, root } from './packages.mjs'
import { run } from './process.mjs'

const bin = (name) => join(root, 'node_modules/.bin', name)
const esmOnly = (manifest) => manifest.main === undefined

// Node 10's resolution knows no subpaths, and no Node that we support uses it.
const CHECKS = {
  publint: ({ tarball }) => [bin('publint'), '--strict', tarball],
  attw: ({ manifest, tarball }) => [
    bin('attw'),
    tarball,
    '--profile',
    esmOnly(manifest) ? 'esm-only' : 'node16',
    '--no-emoji',
  ],
}

const NO_PLACE = /^(?:src|test|node_modules)\/|\.(?:map|tsbuildinfo|tgz)$/

/** What is in a package that has no place there, is not there, or would only be understood in the workspace. */
async function faultsOf({ manifest, tarball }) {
  const listed = await run(['tar', '--list', '--file', tarball])
  const files = listed.output
    .trim()
    .split('\n')
    .map((file) => file.replace('package/', ''))
  const missing = ['LICENSE', 'README.md', 'dist/esm/index.js'].filter((file) => !files.includes(file))
  const packed = await run(['tar', '--extract', '--to-stdout', '--file', tarball, 'package/package.json'])
  const { dependencies, peerDependencies } = JSON.parse(packed.output)
  const ranges = Object.entries({ ...dependencies, ...peerDependencies })
  const expected = ([name, range]) =>
    name.startsWith('@alligator/') ? range === `^${manifest.version}` : /^[\d^]/.test(range)
  return [
    ...files.filter((file) => NO_PLACE.test(file)).map((file) => `${file} has no place in a package`),
    ...missing.map((file) => `${file} is not there`),
    ...ranges
      .filter((range) => !expected(range))
      .map((range) => `${range.join(' ')} is no range of a release`),
  ]
}

const check = CHECKS[process.argv[2]]
if (!check) throw new Error(`Say which check to run: ${Object.keys(CHECKS).join(' or ')}.`)
const tarballs = await packAll()
for (const packed of tarballs) {
  const faults = await faultsOf(packed)
  const { ok, output } = await run(check(packed), { timeout: 60 })
  const isGood = ok && faults.length === 0
  console.log(`${packed.manifest.name}: ${isGood ? 'ok' : `failed\n${[...faults, output].join('\n')}`}`)
  if (!isGood) process.exitCode = 1
}
