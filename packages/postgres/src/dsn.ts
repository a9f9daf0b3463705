import { type Duration, InvalidDsnError } from '@alligator/core'
import { readKnobs } from '@alligator/core/backend'
import type { PostgresClientOptions } from './settings.js'

/** Where a server listens; a host that begins with `/` is a folder with its socket. What is absent is left to the environment. */
export interface Host {
  readonly host: string | undefined
  readonly port: number | undefined
}

/** How a connection is encrypted, in the words of libpq. */
export interface Tls {
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full'
  readonly rootCert: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** What a DSN of this backend says. */
export interface PostgresAddress {
  /** The first that can be reached and takes writes is used. */
  readonly hosts: readonly Host[]
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly tls: Tls | undefined
  /** What the server's lists call the connection. */
  readonly name: string
  readonly options: PostgresClientOptions
}

const EXAMPLE =
  'postgres://user:password@localhost:5432/db, postgres://host1,host2/db, postgres:///db?host=/var/run/postgresql or postgres:// with PGHOST and its kin'
const KNOBS: ReadonlySet<string> = new Set([
  ...['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
  ...['application_name', 'target_session_attrs', 'schema', 'prefix', 'timeout', 'poll', 'max_connections'],
  'notify_in_transaction',
])
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false }
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const
const FORM = /^(postgres(?:ql)?):\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i

/**
 * Reads `postgres://[user:password@][host[:port],...][/db][?setting=value&...]`, percent-encoded, in the ways of libpq.
 *
 * @throws InvalidDsnError
 */
export function parseDsn(dsn: string): PostgresAddress {
  const [, scheme, userinfo = '', hosts = '', path = '', query = ''] = FORM.exec(dsn) ?? []
  if (scheme === undefined) throw new InvalidDsnError(dsn, 'it is no address', EXAMPLE)
  const knobs = readQuery(dsn, query)
  const [user = '', password = ''] = userinfo.split(/:(.*)/s).map((part) => decode(dsn, part))
  return {
    hosts: readHosts(dsn, hosts, knobs),
    user: user || knobs.get('user'),
    password: password || knobs.get('password'),
    database: decode(dsn, path) || knobs.get('dbname'),
    tls: readTls(dsn, knobs),
    name: knobs.get('application_name') ?? 'alligator',
    options: readOptions(knobs),
  }
}

function readQuery(dsn: string, query: string): Map<string, string> {
  const knobs = readKnobs(dsn, query, KNOBS, EXAMPLE)
  const wanted = knobs.get('target_session_attrs')
  if (wanted !== undefined && !['any', 'read-write', 'primary'].includes(wanted))
    throw new InvalidDsnError(
      dsn,
      `target_session_attrs cannot be "${wanted}": a queue must be written to`,
      `${EXAMPLE}, and target_session_attrs=read-write if anything`,
    )
  return knobs
}

function readHosts(dsn: string, text: string, knobs: ReadonlyMap<string, string>): Host[] {
  const ports = (knobs.get('port') ?? '').split(',')
  return (text || (knobs.get('host') ?? '')).split(',').map((part, at) => {
    const { host, port } = readHost(dsn, part)
    return { host, port: port ?? readPort(dsn, ports[at] ?? ports[0]) }
  })
}

function readHost(dsn: string, text: string): Host {
  if (text.startsWith('/')) return { host: text, port: undefined }
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]@]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (bracketed === undefined && plain === undefined)
    throw new InvalidDsnError(dsn, 'its host is not a name with a port', EXAMPLE)
  return { host: bracketed ?? (decode(dsn, plain ?? '') || undefined), port: readPort(dsn, port) }
}

function readPort(dsn: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  throw new InvalidDsnError(dsn, 'its port is not a number from 1 to 65535', EXAMPLE)
}

function readTls(dsn: string, knobs: ReadonlyMap<string, string>): Tls | undefined {
  const [rootCert, cert, key] = [knobs.get('sslrootcert'), knobs.get('sslcert'), knobs.get('sslkey')]
  const wanted = knobs.get('sslmode')
  if (wanted === undefined && (rootCert ?? cert ?? key) === undefined) return undefined
  const mode = SSL_MODES.find((each) => each === (wanted ?? 'verify-full'))
  if (mode) return { mode, rootCert, cert, key }
  throw new InvalidDsnError(
    dsn,
    `sslmode cannot be "${wanted}": a connection is encrypted or it is not`,
    `${EXAMPLE}, with sslmode=disable, require, verify-ca or verify-full`,
  )
}

function readOptions(knobs: ReadonlyMap<string, string>): PostgresClientOptions {
  const [schema, prefix, most] = [knobs.get('schema'), knobs.get('prefix'), knobs.get('max_connections')]
  const [timeout, poll] = [knobs.get('timeout'), knobs.get('poll')]
  const notify = knobs.get('notify_in_transaction')
  return {
    ...(schema !== undefined && { schema }),
    ...(prefix !== undefined && { prefix }),
    // Texts are checked where they are used.
    ...(timeout !== undefined && { timeout: timeout as Duration }),
    ...(poll !== undefined && { poll: poll as Duration }),
    ...(notify !== undefined && { notifyInTransaction: BOOLEANS[notify] ?? (notify as unknown as boolean) }),
    ...(most !== undefined && { maxConnections: /^\d+$/.test(most) ? Number(most) : Number.NaN }),
  }
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
