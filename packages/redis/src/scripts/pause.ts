import { CLOCK, PAUSE, PAUSED, PAUSE_SCORE, WAKE, WATCH } from './parts.js'

/**
 * Pauses a queue. Somebody who waits looks once more, so that he knows when it ends.
 *
 * `length`: in milliseconds, or empty
 */
export const PAUSE_QUEUE = {
  keys: ['idle', 'paused'],
  args: ['length', 'reason', 'hasReason'],
  lua: /* lua */ `${CLOCK}${WAKE}${PAUSE_SCORE}
redis.call('ZREM', idle, '${PAUSE}')
wake(idle, now, now)
local score = pauseScore(length, now)
redis.call('ZADD', idle, score, '${PAUSE}')
redis.call('DEL', paused)
redis.call('HSET', paused, 'since', now)
if length ~= '' then redis.call('HSET', paused, 'until', string.sub(score, 2)) end
if hasReason == '1' then redis.call('HSET', paused, 'reason', reason) end
if length ~= '' then redis.call('PEXPIRE', paused, length) end
` as string,
} as const

/**
 * Ends a pause.
 *
 * Reply: 1, or 0 when there was none; 1 for a repeated call
 */
export const RESUME_QUEUE = {
  keys: ['waiting', 'delayed', 'running', 'idle', 'paused'],
  args: ['again'],
  lua: /* lua */ `${CLOCK}${WATCH}${PAUSED}
local was = pausedUntil(idle)
redis.call('ZREM', idle, '${PAUSE}')
redis.call('DEL', paused)
watch(waiting, delayed, running, idle, now)
return (was or again == '1') and 1 or 0
` as string,
} as const

/**
 * Tells of a pause.
 *
 * Reply: since when and until when, in Unix milliseconds, and the reason; nothing when there is none
 */
export const PAUSE_OF_QUEUE = {
  keys: ['idle', 'paused'],
  args: [],
  lua: /* lua */ `${CLOCK}${PAUSED}
if not pausedUntil(idle) then return {} end
return redis.call('HMGET', paused, 'since', 'until', 'reason')
` as string,
} as const
