import type { BackendClass, Client } from '../backend/client.js'
import type { ClientOptions } from '../backend/contract.js'
import { InvalidDsnError, UnknownSchemeError } from '../errors/index.js'
import { LocmemClient } from '../locmem/client.js'
import { oncePerProcess } from '../base/process-state.js'

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i

/** DSN scheme, without `:`, to the class that speaks to that store. */
const registered: Map<string, BackendClass> = oncePerProcess('backends', () => new Map())

/** Which package speaks which scheme, for the error message of somebody who forgot to install or import it. */
const PACKAGES: Readonly<Record<string, string>> = {
  redis: '@alligator/redis',
  rediss: '@alligator/redis',
  sqlite: '@alligator/sqlite',
  beanstalk: '@alligator/beanstalk',
  sqs: '@alligator/sqs',
}

/**
 * Makes a backend known for every DSN with this scheme, in the whole process. The backend packages do it on import; a
 * later registration takes the place of an earlier one.
 *
 * @example
 * ```ts
 * import { registerBackend } from '@alligator/core'
 * import { SqliteClient } from '@alligator/sqlite'
 * registerBackend('sqlite', SqliteClient)
 * ```
 */
export function registerBackend(scheme: string, backendClass: BackendClass): void {
  registered.set(scheme.toLowerCase(), backendClass)
}

/** The scheme of a DSN, without `://`, in lower case. Throws `InvalidDsnError` when there is none. */
function dsnScheme(dsn: string): string {
  const scheme = SCHEME.exec(dsn)?.[1]
  if (scheme === undefined)
    throw new InvalidDsnError(dsn, 'it does not begin with a scheme', 'redis://localhost:6379/0')
  return scheme.toLowerCase()
}

/** The package that has the backend for a DSN's scheme; `undefined` for `locmem` and for schemes that are not ours. */
export function backendPackage(dsn: string): string | undefined {
  return PACKAGES[dsnScheme(dsn)]
}

/** Makes the client that a DSN asks for. Throws `InvalidDsnError` or `UnknownSchemeError`. */
export function createClient(dsn: string, options: ClientOptions): Client {
  const scheme = dsnScheme(dsn)
  const backendClass = registered.get(scheme) ?? (scheme === 'locmem' ? LocmemClient : undefined)
  if (!backendClass) throw new UnknownSchemeError(scheme, wayOut(scheme))
  return new backendClass(dsn, options)
}

function wayOut(scheme: string): string {
  const known = PACKAGES[scheme]
  if (known !== undefined) return `Install ${known} and import it before creating the Gator.`
  const schemes = new Set(['locmem', ...Object.keys(PACKAGES), ...registered.keys()])
  return `Known schemes are ${[...schemes].sort().join(', ')}; add your own with registerBackend, or pass backendClass.`
}
