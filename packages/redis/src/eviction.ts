import type { RedisConnection } from './driver.js'

/**
 * The policy by which the server drops keys of its own choice while its memory is full, going by what `INFO memory` says: it would
 * drop whole queues. Policies that begin with `volatile` spare keys that have no expiry, and none of ours has one.
 */
export function dropsKeys(info: string): string | undefined {
  const [, limit = '0'] = /^maxmemory:(\d+)/m.exec(info) ?? []
  const [, policy = ''] = /^maxmemory_policy:(\S+)/m.exec(info) ?? []
  return limit !== '0' && policy.startsWith('allkeys') ? policy : undefined
}

/** Warns when the server would drop queues. */
export async function warnOfEviction(redis: RedisConnection): Promise<void> {
  // Its user may be denied INFO, and the server may go away: neither is this check's to report.
  const info = String(await redis.callBuffer('info', ['memory']).catch(() => ''))
  const policy = dropsKeys(info)
  if (policy === undefined) return
  const message =
    `Redis is set to drop keys when its memory is full (maxmemory-policy ${policy}), and tasks would be lost. ` +
    'Set maxmemory-policy to noeviction.'
  process.emitWarning(message, { type: 'AlligatorWarning', code: 'ALLIGATOR_REDIS_EVICTION' })
}
