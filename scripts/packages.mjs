// The packages that are published, and their tarballs.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './process.mjs'

export const root = join(import.meta.dirname, '..')

/** Name and manifest of every package under packages/. */
export function packages() {
  return readdirSync(join(root, 'packages')).map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
  }))
}

/** A fresh folder outside the checkout, which is removed when this process ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `alligator-${name}-`))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Packs every built package and returns `{ manifest, tarball }` for each. */
export async function packAll() {
  const into = temporaryFolder('tarballs')
  const pnpm = join(root, 'node_modules/.bin/pnpm')
  const packed = await run([pnpm, '-r', '--filter', './packages/*', 'pack', '--pack-destination', into], {
    cwd: root,
  })
  if (!packed.ok) throw new Error(`Packing failed:\n${packed.output}`)
  return packages().map(({ manifest }) => {
    const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
    return { manifest, tarball: join(into, file) }
  })
}
