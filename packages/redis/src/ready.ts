import { ClosedError } from '@alligator/core'
import { clearTimeout, setTimeout } from '@alligator/core/backend'
import type { RedisConnection } from './driver.js'
import { isFinal } from './store-error.js'

/** What is known of a connection. */
export interface Past {
  /** Whether it could be used before. */
  readonly hasWorked?: boolean
  /** What went wrong last. */
  readonly trouble?: unknown
}

/** Waits for a connection to be ready, at most so many milliseconds; rejects with what stands in its way, which is `trouble` until more is known. */
export function untilReady(
  redis: RedisConnection,
  milliseconds: number,
  { hasWorked = false, trouble }: Past = {},
): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve()
  if (redis.status === 'end') return Promise.reject(new ClosedError('The Redis connection'))
  return new Promise((resolve, reject) => {
    let reason: unknown = trouble ?? new Error(`no connection within ${(milliseconds / 1000).toFixed(1)} s`)
    const finish = (error?: unknown) => {
      clearTimeout(timer)
      redis.off('ready', onReady)
      redis.off('error', onError)
      redis.off('end', onEnd)
      if (error) reject(error)
      else resolve()
    }
    const onReady = () => finish()
    const onEnd = () => finish(new ClosedError('The Redis connection'))
    const onError = (error: unknown) => {
      reason = error
      if (isFinal(error, hasWorked)) finish(error)
    }
    const timer = setTimeout(() => finish(reason), milliseconds)
    redis.on('ready', onReady)
    redis.on('error', onError)
    redis.on('end', onEnd)
    // Its failure comes as an event too.
    if (redis.status === 'wait') redis.connect().catch(() => undefined)
  })
}
