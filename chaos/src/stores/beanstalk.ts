import { Server, versionOf } from './server.js'
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
  inOrder: true,
  version: async () => `beanstalkd ${versionOf('beanstalkd', '-v', /beanstalkd ([\d.]+)/)}`,
  async start(premises) {
    const command = (port: number) => [
      'beanstalkd',
      '-l',
      '127.0.0.1',
      '-p',
      String(port),
      '-b',
      premises.data,
      '-f0',
    ]
    const server = await Server.start(command, premises)
    return {
      dsn: `beanstalk://127.0.0.1:${server.proxy.port}/`,
      directDsn: `beanstalk://127.0.0.1:${server.port}/`,
      env: {},
      proxy: server.proxy,
      kill: () => server.kill(),
      restart: () => server.restart(),
      stop: () => server.stop(),
    }
  },
}
