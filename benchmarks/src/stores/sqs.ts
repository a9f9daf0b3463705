import { type Server, emulatorStats, sqsEmulatorVersion, startSqsEmulator } from '@alligator/testbed'
import { createQueue } from '../contenders/sqs/queue.js'
import type { Probe, RunningStore, Store } from './store.js'

/** A new emulator in a process of its own, with one queue, for every turn. */
async function start(): Promise<RunningStore> {
  // Whatever signs the requests: the emulator does not look. The turns inherit it.
  process.env.AWS_ACCESS_KEY_ID = 'bench'
  process.env.AWS_SECRET_ACCESS_KEY = 'bench'
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  let emulator: Server | undefined
  return {
    version: `${sqsEmulatorVersion}, an emulator of SQS in its own process`,
    async fresh() {
      await emulator?.close()
      emulator = await startSqsEmulator()
      const url = `http://127.0.0.1:${emulator.port}`
      await createQueue(url)
      return url
    },
    async stop() {
      await emulator?.close()
    },
  }
}

function probe(url: string): Probe {
  return {
    bytes: async () => 0,
    serverCpu: async () => (await emulatorStats(url)).cpu,
    commands: async () => (await emulatorStats(url)).requests,
    close: async () => undefined,
  }
}

export const store: Store = { start, probe }
