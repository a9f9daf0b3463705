import { loadDriver } from '@alligator/core/backend'
import type { RedisAddress } from './dsn.js'
import { isReplica } from './store-error.js'

/** What is used of a socket. */
interface Socket {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  ref(): unknown
  unref(): unknown
}

/** What a command takes. */
export type Argument = string | number | Buffer

/**
 * What is used of a `Redis` or `Cluster` of ioredis. Pass a ready one of the app's own to share its connection: it is left
 * as it is, and `close()` does not close it. Waiting for tasks needs another, which `duplicate()` makes.
 */
export interface RedisConnection {
  readonly status: string
  readonly isCluster: boolean
  /** The socket, once there is one; a cluster has none. */
  readonly stream?: Socket | undefined
  readonly options: { readonly keyPrefix?: string | undefined; autoResubscribe?: boolean | undefined }
  callBuffer(command: string, args: Argument[]): Promise<unknown>
  subscribe(...channels: readonly string[]): Promise<unknown>
  unsubscribe(...channels: readonly string[]): Promise<unknown>
  ping(): Promise<unknown>
  connect(): Promise<void>
  disconnect(reconnect?: boolean): void
  duplicate(): RedisConnection
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
  /** Only a cluster has it. */
  nodes?(role: 'master'): RedisConnection[]
}

/** Milliseconds until an attempt to connect follows one that failed: doubling, with jitter, up to a second. */
function retryDelay(times: number): number {
  return Math.min(1000, 25 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2)
}

/**
 * Makes a connection that leaves repeating to us: ioredis would send what it could not complete again after any length of
 * time, when nobody may wait for the answer any more. `timeout` is in seconds.
 *
 * @throws MissingBackendError
 */
export async function connect(address: RedisAddress, timeout: number): Promise<RedisConnection> {
  const { Redis, Cluster } = await loadDriver('ioredis', () => import('ioredis'))
  const { hosts, path, db, username, password, tls, cluster, sentinel, sentinelPassword } = address
  const patience = Math.ceil(timeout * 1000)
  const options = {
    username,
    password,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: patience,
    // A connection that went silent does not answer a polite end either.
    disconnectTimeout: 100,
    ...(tls && { tls: {} }),
  }
  if (cluster) {
    return new Cluster([...hosts], {
      lazyConnect: true,
      clusterRetryStrategy: retryDelay,
      redisOptions: options,
    })
  }
  const where =
    sentinel === undefined
      ? { ...hosts[0], path }
      : { sentinels: [...hosts], name: sentinel, sentinelPassword, sentinelCommandTimeout: patience }
  return new Redis({
    ...options,
    ...where,
    ...(sentinel !== undefined && tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    db,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: retryDelay,
    // A master that became a replica keeps its connections: only a new one finds the new master.
    reconnectOnError: isReplica,
  })
}
