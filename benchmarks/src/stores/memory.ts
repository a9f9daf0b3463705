import { type Store, noServer } from './store.js'

/** The process itself, which is new for every turn. */
export const store: Store = {
  start: async () => ({ version: 'memory', fresh: async () => '', stop: async () => undefined }),
  probe: () => ({
    ...noServer,
    async bytes() {
      // Turns run with --expose-gc.
      globalThis.gc?.()
      return process.memoryUsage().heapUsed
    },
    close: async () => undefined,
  }),
}
