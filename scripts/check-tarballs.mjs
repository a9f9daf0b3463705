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

const check = CHECKS[process.argv[2]]
if (!check) throw new Error(`Say which check to run: ${Object.keys(CHECKS).join(' or ')}.`)
const tarballs = await packAll()
for (const packed of tarballs) {
  const { ok, output } = await run(check(packed), { timeout: 60 })
  console.log(`${packed.manifest.name}: ${ok ? 'ok' : `failed\n${output}`}`)
  if (!ok) process.exitCode = 1
}
