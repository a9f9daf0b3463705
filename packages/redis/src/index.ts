import { registerBackend } from '@alligator/core'
import { RedisClient } from './client.js'

registerBackend('redis', RedisClient)
registerBackend('rediss', RedisClient)

export { RedisClient } from './client.js'
export type { RedisConnection } from './driver.js'
export type { RedisClientOptions } from './settings.js'
