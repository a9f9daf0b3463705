import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { WorkerInfo } from '@alligator/core'
import { type Server, startPostgres, startRedis } from '@alligator/testbed'
import { App, type AppProcess } from './app.js'

/** What a command has printed by its end. */
export interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** An app whose `ALLIGATOR_CONN` names a store. */
export class StoreApp extends App {
  override readonly dsn: string

  constructor(dsnIn: (folder: string) => string) {
    super({ installed: ['core', 'sqlite', 'postgres', 'redis', 'beanstalk', 'sqs'] })
    this.dsn = dsnIn(this.folder)
  }

  /** Starts a command on the app's store; output is a pipe, also where CI would have tools color it. */
  on(...args: readonly string[]): AppProcess {
    return this.node([this.bin('alligator'), ...args], { env: { ALLIGATOR_CONN: this.dsn, CI: 'true' } })
  }

  /** Runs a command on the app's store to its end. */
  async run(...args: readonly string[]): Promise<Ended> {
    const done = this.on(...args)
    return { code: await done.ends(), stdout: done.stdout, stderr: done.stderr }
  }

  /** What a command that succeeds prints. */
  async text(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args)
    if (code !== 0 || stderr !== '')
      throw new Error(`${args.join(' ')} ended with ${String(code)}: ${stderr}`)
    return stdout
  }

  /** The one JSON document that a command prints, whether or not it succeeds. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, '--json')
    if (stdout.trimEnd().includes('\n') || stdout === '')
      throw new Error(`${args.join(' ')}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Lets the store know of a worker that there is not, and how it would describe itself. */
  async announce(changes: Partial<WorkerInfo>): Promise<void> {
    const idle = { concurrency: 3, running: 0, tasksComplete: 0, startedAt: Date.now() / 1000 - 3700 }
    await this.inside('announce', { id: randomUUID(), name: 'w', queues: ['all'], ...idle, ...changes })
  }

  /** Puts tasks on the queue that all fail, and lets a worker find that out. */
  async bury(count: number, queue = 'all'): Promise<void> {
    await this.inside('bury', queue, count)
  }
}

let redis: Server | undefined
let postgres: Server | undefined

/** Starts what the stores below need. */
export async function startStores(): Promise<void> {
  redis = await startRedis()
  postgres = await startPostgres()
}

export async function stopStores(): Promise<void> {
  await redis?.close()
  await postgres?.close()
}

/** Stores that can do everything. */
export const STORES: Readonly<Record<'sqlite' | 'postgres' | 'redis', (folder: string) => string>> = {
  sqlite: (folder) => `sqlite://${join(folder, 'tasks.sqlite3')}`,
  postgres: () => `${postgres?.dsn}?prefix=p${randomUUID().replaceAll('-', '')}`,
  redis: () => `${redis?.dsn}?prefix=${randomUUID()}`,
}
