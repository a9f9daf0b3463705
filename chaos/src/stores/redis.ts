import { Server, versionOf } from './server.js'
import type { StoreKind } from './store.js'

/** With everysec, Redis may answer up to two seconds before it writes; what it has answered could then be lost. */
const SETTINGS = { appendonly: 'yes', appendfsync: 'always', save: '', bind: '127.0.0.1' }

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
  inOrder: true,
  version: async () => `Redis ${versionOf('redis-server', '--version', /v=([\d.]+)/)}`,
  async start(premises) {
    const flags = Object.entries({ ...SETTINGS, dir: premises.data }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ])
    const server = await Server.start((port) => ['redis-server', '--port', String(port), ...flags], premises)
    return {
      dsn: `redis://127.0.0.1:${server.proxy.port}/0`,
      directDsn: `redis://127.0.0.1:${server.port}/0`,
      env: {},
      proxy: server.proxy,
      kill: () => server.kill(),
      restart: () => server.restart(),
      stop: () => server.stop(),
    }
  },
}
