import type { Canceled } from '@alligator/core'
import type { Connection } from './connection.js'
import { REMOVE } from './scripts/remove.js'
import { packId, unpackData } from './stored.js'

/** Takes tasks off for good. */
export class Removals {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Takes a task off, if it does not run or may be taken even so. */
  async remove(queue: string, taskId: string, mayRun: boolean): Promise<Canceled | undefined> {
    const { keys, repeats, channels } = this.#connection
    const ofQueue = keys.of(queue)
    const answer = ofQueue.removed + repeats.newToken()
    const args = { id: packId(taskId), mayRun: Number(mayRun), patience: repeats.patience, channels }
    const call = { queues: [{ ...ofQueue, answer }], args }
    const [row, runs] = (await this.#connection.run(REMOVE, () => call)) as [Buffer?, number?]
    return row && { data: unpackData(row, taskId), wasRunning: runs === 1 }
  }
}
