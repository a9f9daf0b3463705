import { registerBackend } from '@alligator/core'
import { RedisClient } from './client.js'

registerBackend('redis', RedisClient)
registerBackend('rediss', RedisClient)
registerBackend('valkey', RedisClient)
registerBackend('valkeys', RedisClient)

export { RedisClient } from './client.js'
export type { RedisConnection } from './driver.js'
export type { RedisClientOptions } from './settings.js'
