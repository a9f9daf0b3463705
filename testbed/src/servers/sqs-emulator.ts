import { join } from 'node:path'
import { emulatorVersion, files } from '#places'
import { freePort } from '../free-port.js'
import { type Premises, Server, started } from './server.js'

/** What an emulator tells of its process. */
export interface EmulatorStats {
  /** How many it has been sent. */
  readonly requests: number
  /** Microseconds of CPU time. */
  readonly cpu: number
}

export const sqsEmulatorVersion: string = `fauxqs ${emulatorVersion}`

/** Starts an emulator of SQS in a process of its own, which keeps its queues in memory. */
export async function startSqsEmulator(premises?: Premises): Promise<Server> {
  const kind = {
    name: 'sqs-emulator',
    command: (port: number) => [process.execPath, join(files, 'sqs-emulator.mjs'), String(port)],
    dsn: (port: number) => `sqs://us-east-1/?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`,
    channel: true,
  }
  return started(new Server(kind, await freePort(), premises))
}

/** What the emulator at this endpoint has done so far. */
export async function emulatorStats(endpoint: string): Promise<EmulatorStats> {
  return (await (await fetch(`${endpoint}/stats`)).json()) as EmulatorStats
}
