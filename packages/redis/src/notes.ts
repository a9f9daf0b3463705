import type { Delivery, Notes as NotesFacet, Payload } from '@alligator/core'
import type { Connection } from './connection.js'
import { SAVE_NOTE } from './scripts/results.js'
import { noteIn, packData, packId, unpackData } from './stored.js'

/** What stands beside a task: its progress, its lines and its steps. */
export class Notes implements NotesFacet {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(queue: string, taskId: string): Promise<Payload | undefined> {
    const args = [this.#connection.keys.of(queue).tasks, packId(taskId)]
    const row = (await this.#connection.send('hget', args)) as Buffer | null
    const note = row ? noteIn(row) : undefined
    return note && unpackData(note, taskId)
  }

  async save({ queue, taskId, receipt }: Delivery, note: Payload): Promise<boolean> {
    const packed = Buffer.from(packData(note, taskId))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(packed.length)
    const args = { id: packId(taskId), receipt, length, note: packed }
    const call = { queues: [this.#connection.keys.of(queue)], args }
    // What a step has kept must outlive a failover.
    return (await this.#connection.runSafely(SAVE_NOTE, () => call)) === 1
  }
}
