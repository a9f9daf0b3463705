import { sqsEmulatorVersion, startSqsEmulator } from '@alligator/testbed'
import { behindProxy } from './behind-proxy.js'
import type { StoreKind } from './store.js'

const QUERY = '&create_queues=true&long_poll=1s'
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
  renews: false,
  inOrder: false,
  version: async () => sqsEmulatorVersion,
  async start(premises) {
    Object.assign(process.env, CREDENTIALS)
    return behindProxy(await startSqsEmulator(premises), CREDENTIALS, QUERY)
  },
}
