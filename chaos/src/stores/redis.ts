import { redisVersion, startRedis } from '@alligator/testbed'
import { behindProxy } from './behind-proxy.js'
import type { StoreKind } from './store.js'

/** With everysec, Redis may answer up to two seconds before it writes; what it has answered could then be lost. */
const SETTINGS = { appendonly: 'yes', appendfsync: 'always' }

export const redis: StoreKind = {
  name: 'redis',
  setup: 'appendonly yes, appendfsync always',
  inProcess: false,
  file: false,
  network: true,
  restarts: true,
  ownClock: true,
  disk: true,
  doublesEnqueueings: false,
  exactCounts: true,
  renews: true,
  inOrder: true,
  version: async () => redisVersion(),
  start: async (premises) => behindProxy(await startRedis(SETTINGS, premises)),
}
