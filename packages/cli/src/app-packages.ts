import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MissingBackendError, knownBackend, messageOf } from '@alligator/core'
import { codeOf } from './failure.js'

type Core = typeof import('@alligator/core')

/** The app's own copy of core, which fits its backend package; this package's where the app has none. */
export async function loadCore(root: string): Promise<Core> {
  const entry = findEntry('@alligator/core', root)
  return (await import(entry ?? '@alligator/core')) as Core
}

/**
 * Imports the backend package for a DSN from the app's `node_modules`, so that it registers itself. Gives whether there
 * is one for that scheme.
 *
 * @throws MissingBackendError
 */
export async function loadBackend(dsn: string, root: string): Promise<boolean> {
  const backend = knownBackend(dsn)
  if (!backend) return false
  const { packageName: name, driver, driverVersion } = backend
  const wayOut = `Run: npm install ${name} ${driver}@${driverVersion}`
  const entry = findEntry(name, root)
  if (entry === undefined) throw new MissingBackendError(name, `it is not installed for ${root}`, wayOut)
  try {
    await import(entry)
  } catch (error) {
    if (codeOf(error) === 'MISSING_BACKEND') throw error
    throw new MissingBackendError(name, messageOf(error), wayOut, error)
  }
  return true
}

/** The URL of a package's ES module, looked for as the app's own code would find it. */
function findEntry(name: string, root: string): string | undefined {
  let manifest: string
  try {
    manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)
  } catch {
    return undefined
  }
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest
  return pathToFileURL(join(dirname(manifest), exports['.'].import.default)).href
}

/** As every package of this project has it. */
interface Manifest {
  readonly exports: { readonly '.': { readonly import: { readonly default: string } } }
}
