import { beanstalk } from './beanstalk.js'
import { memory } from './memory.js'
import { postgres } from './postgres.js'
import { postgresPooler, postgresStandby } from './postgres-group.js'
import { redis } from './redis.js'
import { redisCluster } from './redis-cluster.js'
import { redisSentinel } from './redis-sentinel.js'
import { sqlite } from './sqlite.js'
import { sqs } from './sqs.js'
import type { StoreKind } from './store.js'
import { beanstalkState, sqsState } from './with-state.js'

/** In the order of the table. */
export const STORES: readonly StoreKind[] = [
  memory,
  sqlite,
  postgres,
  postgresStandby,
  postgresPooler,
  redis,
  redisSentinel,
  redisCluster,
  beanstalk,
  beanstalkState,
  sqs,
  sqsState,
]
