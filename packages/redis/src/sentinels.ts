import { loadDriver } from '@alligator/core/backend'
import type { RedisAddress } from './dsn.js'
import { Failover } from './failover.js'

/** Milliseconds after which the system asks whether a silent sentinel is still there. */
const KEEP_ALIVE = 5000

/**
 * Makes what listens to the sentinels of a DSN; there is nothing to listen to without.
 *
 * @throws MissingBackendError
 */
export async function listenToSentinels(
  address: RedisAddress,
  dsn: string,
  timeout: number,
): Promise<Failover | undefined> {
  const { sentinel, sentinelPassword, hosts, tls } = address
  if (sentinel === undefined) return undefined
  const { Redis } = await loadDriver('ioredis', () => import('ioredis'))
  return new Failover(dsn, sentinel, hosts, (host) => {
    return new Redis({
      ...host,
      password: sentinelPassword,
      connectTimeout: Math.ceil(timeout * 1000),
      disconnectTimeout: 100,
      keepAlive: KEEP_ALIVE,
      lazyConnect: true,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      ...(tls && { tls: {} }),
    })
  })
}
