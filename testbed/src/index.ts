export { type BeanstalkOptions, beanstalkVersion, startBeanstalk } from './beanstalk.js'
export { type Cause, type Use, findingOf, meet } from './causes.js'
export { Child, type ChildOptions } from './child.js'
export { freePort } from './free-port.js'
export { Opened } from './opened.js'
export { startPgBouncer } from './pgbouncer.js'
export { postgresVersion, psql, startPostgres } from './postgres.js'
export { Proxy } from './proxy.js'
export {
  CERTIFICATE,
  redisVersion,
  startRedis,
  startRedisCluster,
  startSentinel,
  startTlsRedis,
} from './redis.js'
export { type Premises, Server } from './server.js'
export { type EmulatorStats, emulatorStats, sqsEmulatorVersion, startSqsEmulator } from './sqs-emulator.js'
export { TemporaryFolder } from './temporary-folder.js'
export { until } from './until.js'
