import { readFileSync } from 'node:fs'
import { loadDriver } from '@alligator/core/backend'
import type { Host, PostgresAddress, Tls } from './dsn.js'

/** What a query takes: `name` prepares it, `query_timeout` is in milliseconds. */
interface QueryConfig {
  readonly text: string
  readonly values: readonly unknown[]
  readonly name?: string
  readonly rowMode?: 'array'
  readonly query_timeout?: number
}

interface Answer {
  readonly rows: unknown[]
}

/** What is used of a `Client` of pg. */
export interface PostgresConnection {
  query(config: QueryConfig): Promise<Answer>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}

/** One that a pool lends; whatever is passed to `release` makes the pool end it. */
interface LentConnection extends PostgresConnection {
  release(error?: Error | boolean): void
}

/** One that is ours alone. */
export interface OwnConnection extends PostgresConnection {
  connect(): Promise<unknown>
  end(): Promise<unknown>
}

/**
 * What is used of a `Pool` of pg. Pass a ready one of the app's own to share its connections: `close()` does not end it. To
 * hear of new tasks needs one connection more, which is made with the same settings.
 */
export interface PostgresPool {
  readonly options: object
  connect(): Promise<LentConnection>
  query(config: QueryConfig): Promise<Answer>
  end(): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
}

/** A pool, and a way to connections beside it. */
export interface Driver {
  readonly pool: PostgresPool
  /** Makes one more connection, which is not open yet. `undefined`: the pool does not tell how. */
  readonly single: () => OwnConnection | undefined
  /** Goes on to the next host, if there are several: this one cannot be reached, or takes no writes. */
  readonly nextHost: () => void
}

type ConnectionClass = new (settings: object) => OwnConnection

/**
 * Makes a pool. `timeout` is in seconds.
 *
 * @throws MissingBackendError
 */
export async function connect(
  address: PostgresAddress,
  timeout: number,
  maxConnections: number,
): Promise<Driver> {
  const pg = await loadDriver('pg', async () => (await import('pg')).default)
  const { hosts } = address
  const settings = settingsOf(address, timeout)
  const Connection = pg.Client as unknown as ConnectionClass
  let current = 0
  /** Each new connection goes to the host that was found last. */
  class HostedConnection extends Connection {
    constructor(given: object) {
      super({ ...given, ...hostOf(hosts[current]) })
    }
  }
  const options = { ...settings, max: maxConnections, Client: HostedConnection, allowExitOnIdle: true }
  const pool = new pg.Pool(options as object) as unknown as PostgresPool
  return {
    pool,
    single: () => new HostedConnection(settings),
    nextHost: () => (current = (current + 1) % hosts.length),
  }
}

/** Uses a pool of the app's. */
export function adopt(pool: PostgresPool): Driver {
  const { Client } = pool as { Client?: ConnectionClass }
  return {
    pool,
    single: () => (Client ? new Client(pool.options) : undefined),
    nextHost: () => undefined,
  }
}

/** What is not said is left to pg, which looks at `PGHOST` and its kin. */
function hostOf(host: Host | undefined): object {
  return {
    ...(host?.host !== undefined && { host: host.host }),
    ...(host?.port !== undefined && { port: host.port }),
  }
}

function settingsOf({ user, password, database, tls, name }: PostgresAddress, timeout: number): object {
  return {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(tls !== undefined && { ssl: tlsOf(tls) }),
    application_name: name,
    connectionTimeoutMillis: Math.ceil(timeout * 1000),
    keepAlive: true,
  }
}

function tlsOf({ mode, rootCert, cert, key }: Tls): object | false {
  if (mode === 'disable') return false
  const isVerified = mode !== 'require' || rootCert !== undefined
  return {
    rejectUnauthorized: isVerified,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(rootCert !== undefined && { ca: readFileSync(rootCert) }),
    ...(cert !== undefined && { cert: readFileSync(cert) }),
    ...(key !== undefined && { key: readFileSync(key) }),
  }
}
