import { type Duration, InvalidDsnError } from '@alligator/core'
import { readKnobs } from '@alligator/core/backend'
import type { RedisClientOptions } from './settings.js'

/** A server's address. */
interface Address {
  readonly host: string
  readonly port: number
}

/** What a DSN of this backend says. */
export interface RedisAddress {
  /** One, unless they are those of a cluster or of sentinels. */
  readonly hosts: readonly Address[]
  /** Of a unix socket, instead of a host. */
  readonly path: string | undefined
  readonly db: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: boolean
  /** The hosts are nodes of a cluster. */
  readonly cluster: boolean
  /** The hosts are sentinels, and this is what they call the master. */
  readonly sentinel: string | undefined
  readonly sentinelPassword: string | undefined
  readonly options: RedisClientOptions
}

const EXAMPLE =
  'redis://localhost:6379/0, redis:///run/redis.sock?db=0, redis://host1,host2/0?sentinel=mymaster or redis://host1,host2?cluster'
const KNOBS: ReadonlySet<string> = new Set([
  'db',
  'cluster',
  'sentinel',
  'sentinel_password',
  'prefix',
  'timeout',
  'ack_replicas',
  'max_dead_letters',
  'dead_letter_ttl',
])
const FORM = /^(rediss?|valkeys?):\/\/(?:([^@/?#]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i

/**
 * Reads `redis://[user:password@]host[:port][/db]`, with `rediss:` for TLS, `redis:///path/to.sock` for a socket, several
 * hosts and `?cluster` or `?sentinel=name`; user, password and path are percent-encoded.
 *
 * @throws InvalidDsnError
 */
export function parseDsn(dsn: string): RedisAddress {
  const [, scheme, user = '', hosts, path = '', query = ''] = FORM.exec(dsn) ?? []
  if (scheme === undefined || hosts === undefined) throw new InvalidDsnError(dsn, 'it is no address', EXAMPLE)
  const tls = /^(rediss|valkeys)$/i.test(scheme)
  const knobs = readKnobs(dsn, query, KNOBS, EXAMPLE)
  const socket = hosts === '' && !/^\/?\d*$/.test(path) ? decode(dsn, path) : undefined
  const [username = '', password = ''] = user.split(/:(.*)/s).map((part) => decode(dsn, part))
  const sentinel = knobs.get('sentinel')
  const address = {
    hosts: hosts.split(',').map((host) => readHost(dsn, host, sentinel === undefined ? 6379 : 26_379)),
    path: socket,
    db: readDb(dsn, knobs.get('db') ?? (socket === undefined ? path.slice(1) : '')),
    username: username || undefined,
    password: password || undefined,
    tls,
    cluster: isOn(dsn, knobs.get('cluster')),
    sentinel,
    sentinelPassword: knobs.get('sentinel_password'),
    options: readOptions(knobs),
  }
  checkTogether(dsn, address)
  return address
}

function checkTogether(dsn: string, { hosts, cluster, sentinel, db, options }: RedisAddress): void {
  const refuse = (why: string) => {
    throw new InvalidDsnError(dsn, why, EXAMPLE)
  }
  if (cluster && sentinel !== undefined) refuse('it names a cluster and a sentinel')
  if (cluster && options.ackReplicas) refuse('a cluster cannot wait for replicas')
  if (cluster && db !== 0) refuse('a cluster has no database but 0')
  if (hosts.length > 1 && !cluster && sentinel === undefined)
    refuse('it has several hosts, which needs ?cluster or ?sentinel=name')
}

function readHost(dsn: string, text: string, defaultPort: number): Address {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]@]*))(?::(\d{0,5}))?$/.exec(text) ?? []
  if (bracketed === undefined && plain === undefined)
    throw new InvalidDsnError(dsn, 'its host is not a name with a port', EXAMPLE)
  // As in every other URL, an empty port is the usual one.
  const number = port ? Number(port) : defaultPort
  if (number < 1 || number > 65_535)
    throw new InvalidDsnError(dsn, 'its port is not a number from 1 to 65535', EXAMPLE)
  return { host: bracketed ?? (plain || 'localhost'), port: number }
}

function readDb(dsn: string, text: string): number {
  if (/^\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidDsnError(dsn, 'the database is not a number', EXAMPLE)
}

function isOn(dsn: string, value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false
  if (value === '' || value === 'true') return true
  throw new InvalidDsnError(dsn, 'cluster is true or false', EXAMPLE)
}

function readOptions(knobs: ReadonlyMap<string, string>): RedisClientOptions {
  const [prefix, timeout] = [knobs.get('prefix'), knobs.get('timeout')]
  const replicas = knobs.get('ack_replicas')
  const [most, ttl] = [knobs.get('max_dead_letters'), knobs.get('dead_letter_ttl')]
  return {
    ...(prefix !== undefined && { prefix }),
    // Texts are checked where they are used.
    ...(timeout !== undefined && { timeout: timeout as Duration }),
    ...(replicas !== undefined && { ackReplicas: count(replicas) }),
    ...(most !== undefined && { maxDeadLetters: count(most) }),
    ...(ttl !== undefined && { deadLetterTtl: ttl as Duration }),
  }
}

function count(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}

function decode(dsn: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new InvalidDsnError(
      dsn,
      'a % in it is not followed by two hex digits',
      `${EXAMPLE}, and % itself as %25`,
    )
  }
}
