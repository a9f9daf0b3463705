import type { Directory, WorkerInfo } from '@alligator/core'
import { readWorkerInfo } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { workerKey, workersPattern } from './keys.js'
import { toMilliseconds } from './stored.js'

/** Keys that one call reads at most: the server serves nobody else meanwhile. */
const MOST_TOGETHER = 1000

/** The workers that announced themselves: a key for each, which expires by itself. */
export class KnownWorkers implements Directory {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async announce(worker: WorkerInfo, ttl: number): Promise<void> {
    await this.#connection.send('set', [
      this.#key(worker.id),
      JSON.stringify(worker),
      'PX',
      toMilliseconds(ttl),
    ])
  }

  async retire(id: string): Promise<void> {
    await this.#connection.send('unlink', [this.#key(id)])
  }

  async workers(): Promise<WorkerInfo[]> {
    const { keyPrefix, settings } = this.#connection
    const found = await this.#connection.scan(workersPattern(keyPrefix + settings.prefix))
    const keys = [...new Set(found)].map((key) => key.slice(keyPrefix.length))
    const workers: WorkerInfo[] = []
    for (let at = 0; at < keys.length; at += MOST_TOGETHER) {
      const some = await this.#connection.send('mget', keys.slice(at, at + MOST_TOGETHER))
      workers.push(...(some as (Buffer | null)[]).flatMap((text) => readWorkerInfo(String(text)) ?? []))
    }
    return workers
  }

  #key(id: string): string {
    return workerKey(this.#connection.settings.prefix, id)
  }
}
