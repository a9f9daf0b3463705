import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createQueue } from '../contenders/sqs/queue.js'
import { within } from '../within.js'
import type { Probe, RunningStore, Store } from './store.js'

const EMULATOR = new URL('./sqs-emulator.js', import.meta.url)

/** What the emulator's process tells about itself. */
export interface EmulatorStats {
  readonly requests: number
  /** Microseconds. */
  readonly cpu: number
}

async function end(emulator: ChildProcess | undefined): Promise<void> {
  if (!emulator || emulator.exitCode !== null || !emulator.kill()) return
  await once(emulator, 'exit')
}

/** A new emulator in a process of its own, with one queue, for every turn. */
async function start(): Promise<RunningStore> {
  // Whatever signs the requests: the emulator does not look. The turns inherit it.
  process.env.AWS_ACCESS_KEY_ID = 'bench'
  process.env.AWS_SECRET_ACCESS_KEY = 'bench'
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  let emulator: ChildProcess | undefined
  return {
    version: 'fauxqs 1.9.2, an emulator of SQS in its own process',
    async fresh() {
      await end(emulator)
      emulator = fork(EMULATOR, { execArgv: [] })
      const [port] = (await within(20, once(emulator, 'message'), 'The start of the emulator')) as [number]
      const url = `http://127.0.0.1:${port}`
      await createQueue(url)
      return url
    },
    stop: () => end(emulator),
  }
}

function probe(url: string): Probe {
  const ask = async () => (await (await fetch(`${url}/stats`)).json()) as EmulatorStats
  return {
    bytes: async () => 0,
    serverCpu: async () => (await ask()).cpu,
    commands: async () => (await ask()).requests,
    close: async () => undefined,
  }
}

export const store: Store = { start, probe }
