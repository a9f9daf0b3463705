export { type BeanstalkOptions, beanstalkVersion, startBeanstalk } from './servers/beanstalk.js'
export { type Cause, type Use, findingOf, meet } from './causes.js'
export { Child, type ChildOptions } from './child.js'
export { freePort } from './free-port.js'
export { Opened } from './opened.js'
export { startPgBouncer } from './servers/pgbouncer.js'
export { follow, postgresVersion, promote, psql, startPostgres, startStandby } from './servers/postgres.js'
export { promtool } from './promtool.js'
export { Proxy } from './proxy/proxy.js'
export {
  CERTIFICATE,
  redisVersion,
  startRedis,
  startRedisCluster,
  startSentinel,
  startTlsRedis,
} from './servers/redis.js'
export { type Premises, Server } from './servers/server.js'
export {
  type EmulatorStats,
  emulatorStats,
  sqsEmulatorVersion,
  startSqsEmulator,
} from './servers/sqs-emulator.js'
export { TemporaryFolder } from './temporary-folder.js'
export { until } from './until.js'
