import type { Canceled } from '@alligator/core'
import type { Connection } from './connection.js'
import { REMOVE } from './scripts/remove.js'
import { packId, unpackData } from './stored.js'
import type { Turns } from './turns.js'

/** Takes tasks off for good. */
export class Removals {
  readonly #connection: Connection
  readonly #turns: Turns

  constructor(connection: Connection, turns: Turns) {
    this.#connection = connection
    this.#turns = turns
  }

  /** Takes a task off, if it does not run or may be taken even so. */
  async remove(queue: string, taskId: string, mayRun: boolean): Promise<Canceled | undefined> {
    const { keys: allKeys, patience, channels } = this.#connection
    const { tasks, waiting, delayed, running, receipts, dead, reasons, ended, removed } = allKeys.of(queue)
    const answer = removed + this.#turns.token()
    const keys = [tasks, waiting, delayed, running, receipts, dead, reasons, ended, answer]
    const call = (again: boolean) => {
      return { keys, args: [packId(taskId), mayRun ? 1 : 0, again ? 1 : 0, patience, channels] }
    }
    const [row, runs] = (await this.#connection.run(REMOVE, call)) as [Buffer?, number?]
    return row && { data: unpackData(row, taskId), wasRunning: runs === 1 }
  }
}
