import { beanstalkVersion, startBeanstalk } from '@alligator/testbed'
import { behindProxy } from './behind-proxy.js'
import type { StoreKind } from './store.js'

export const beanstalk: StoreKind = {
  name: 'beanstalk',
  setup: 'with a binlog that is flushed at each write: -b … -f0',
  inProcess: false,
  file: false,
  network: true,
  restarts: true,
  ownClock: true,
  disk: true,
  // The server has no ids of ours to know a repeated enqueueing by.
  doublesEnqueueings: true,
  exactCounts: true,
  renews: false,
  inOrder: true,
  version: async () => beanstalkVersion(),
  start: async (premises) => behindProxy(await startBeanstalk({}, premises)),
}
