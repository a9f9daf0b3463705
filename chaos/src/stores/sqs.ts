import { fileURLToPath } from 'node:url'
import { Server } from './server.js'
import type { StoreKind } from './store.js'

const EMULATOR = fileURLToPath(new URL('sqs-emulator.js', import.meta.url))
/** What the SDK signs its requests with. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }

export const sqs: StoreKind = {
  name: 'sqs',
  setup: 'an emulator of SQS, which keeps its queues in memory',
  inProcess: false,
  file: false,
  network: true,
  restarts: false,
  // Nobody can set the clocks of the real one.
  ownClock: false,
  disk: false,
  // The SDK repeats a request that was not answered.
  doublesEnqueueings: true,
  exactCounts: false,
  inOrder: false,
  version: async () => 'fauxqs 1.9.2',
  async start(premises) {
    Object.assign(process.env, CREDENTIALS)
    const server = await Server.start((port) => [process.execPath, EMULATOR, String(port)], premises)
    const dsn = (port: number) =>
      `sqs://us-east-1/?create_queues=true&long_poll=1s&endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`
    return {
      dsn: dsn(server.proxy.port),
      directDsn: dsn(server.port),
      env: CREDENTIALS,
      proxy: server.proxy,
      stop: () => server.stop(),
    }
  },
}
