import { createRequire } from 'node:module'
import type { StoreKind } from './store.js'

export const memory: StoreKind = {
  name: 'memory',
  setup: 'locmem://, producer and workers in one process',
  inProcess: true,
  file: false,
  network: false,
  restarts: false,
  ownClock: false,
  disk: false,
  doublesEnqueueings: false,
  exactCounts: true,
  renews: true,
  inOrder: true,
  async version() {
    const { version } = createRequire(import.meta.url)('@alligator/core/package.json') as { version: string }
    return `@alligator/core ${version}`
  },
  start: async () => ({ dsn: 'locmem://', directDsn: 'locmem://', env: {}, stop: async () => undefined }),
}
