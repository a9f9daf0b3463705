import type { Directory, WorkerInfo } from '@alligator/core'
import { readWorkerInfo } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { packText } from './stored.js'

/** The workers that announced themselves: a row for each, until its time is over. */
export class KnownWorkers implements Directory {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async announce(worker: WorkerInfo, ttl: number): Promise<void> {
    const values = [packText(worker.id, 'id'), ttl, JSON.stringify(worker)]
    await this.#connection.run(this.#connection.statements.announce, () => values)
  }

  async retire(id: string): Promise<void> {
    await this.#connection.run(this.#connection.statements.retire, () => [packText(id, 'id')])
  }

  async workers(): Promise<WorkerInfo[]> {
    const rows = await this.#connection.look<[string]>(this.#connection.statements.workers, () => [])
    return rows.flatMap(([info]) => readWorkerInfo(info) ?? [])
  }
}
