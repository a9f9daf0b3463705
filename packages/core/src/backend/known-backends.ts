import { oncePerProcess } from '../base/process-state.js'
import { InvalidDsnError, UnknownSchemeError } from '../errors/index.js'
import { checkSpace } from './kit/check-source.js'
import type { BackendClass, Client } from './client.js'
import type { ClientOptions } from './contract.js'

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i

/** DSN scheme, without `:`, to the class that speaks to that store. */
const registered: Map<string, BackendClass> = oncePerProcess('backends', () => new Map())

/** A backend of this project that is a package of its own, and what must be installed for it. */
export interface KnownBackend {
  /** Of its DSNs, without `://`; the usual one first. */
  readonly schemes: readonly string[]
  readonly packageName: string
  readonly className: string
  /** The npm package through which it speaks to its store, and the major version to install beside it on this Node.js. */
  readonly driver: string
  readonly driverVersion: string
}

/** The one list of them: messages, the command line and the checks of the documents read it. */
export const KNOWN_BACKENDS: readonly KnownBackend[] = [
  {
    schemes: ['sqlite'],
    packageName: '@alligator/sqlite',
    className: 'SqliteClient',
    driver: 'better-sqlite3',
    // Version 13 crashes a Node.js that lacks the Node-API it is made for.
    driverVersion: Number(process.versions['napi']) < 10 ? '12' : '13',
  },
  {
    schemes: ['redis', 'rediss', 'valkey', 'valkeys'],
    packageName: '@alligator/redis',
    className: 'RedisClient',
    driver: 'ioredis',
    driverVersion: '6',
  },
  {
    schemes: ['postgres', 'postgresql'],
    packageName: '@alligator/postgres',
    className: 'PostgresClient',
    driver: 'pg',
    driverVersion: '8',
  },
  {
    schemes: ['beanstalk'],
    packageName: '@alligator/beanstalk',
    className: 'BeanstalkClient',
    driver: 'fivebeans',
    driverVersion: '1',
  },
  {
    schemes: ['sqs'],
    packageName: '@alligator/sqs',
    className: 'SqsClient',
    driver: '@aws-sdk/client-sqs',
    driverVersion: '3',
  },
]

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
  checkSpace(dsn)
  const scheme = SCHEME.exec(dsn)?.[1]
  if (scheme === undefined)
    throw new InvalidDsnError(dsn, 'it does not begin with a scheme', 'redis://localhost:6379/0')
  return scheme.toLowerCase()
}

/** The backend for a DSN's scheme; `undefined` for `locmem`, which core has itself, and for schemes that are not ours. */
export function knownBackend(dsn: string): KnownBackend | undefined {
  return byScheme(dsnScheme(dsn))
}

function byScheme(scheme: string): KnownBackend | undefined {
  return KNOWN_BACKENDS.find(({ schemes }) => schemes.includes(scheme))
}

/** Makes the client that a DSN asks for; `locmem` is the class that core itself has. Throws `InvalidDsnError` or `UnknownSchemeError`. */
export function createClient(dsn: string, options: ClientOptions, locmem: BackendClass): Client {
  const scheme = dsnScheme(dsn)
  const backendClass = registered.get(scheme) ?? (scheme === 'locmem' ? locmem : undefined)
  if (!backendClass) throw new UnknownSchemeError(scheme, wayOut(scheme))
  return new backendClass(dsn, options)
}

function wayOut(scheme: string): string {
  const known = byScheme(scheme)
  if (known) {
    const { packageName, className } = known
    return (
      `Install ${packageName} and import it before creating the Gator. ` +
      `If a bundler drops that import, take something from it: registerBackend('${scheme}', ${className}).`
    )
  }
  const schemes = new Set(['locmem', ...KNOWN_BACKENDS.flatMap((one) => one.schemes), ...registered.keys()])
  return `Known schemes are ${[...schemes].sort().join(', ')}; add your own with registerBackend, or pass backendClass.`
}
