import { Gator } from '@alligator/core'
import { telemetry } from '@alligator/opentelemetry'
import '@alligator/redis'

export const gator = new Gator(process.env.REDIS_DSN, { root: import.meta.dirname }).use(telemetry())
