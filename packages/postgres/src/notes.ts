import type { Delivery, Notes as NotesFacet, Payload } from '@alligator/core'
import type { Connection } from './connection.js'
import { PostgresDelivery } from './deliveries.js'
import { packBytes, packId, packText, unpackData } from './stored.js'

/** What stands beside a task: its progress, its lines and its steps. */
export class Notes implements NotesFacet {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(queue: string, taskId: string): Promise<Payload | undefined> {
    const values = [packText(queue, 'queue'), packId(taskId).id]
    const [row] = await this.#connection.look<[Buffer]>(this.#connection.statements.note, () => values)
    return row && unpackData(null, row[0])
  }

  async save(delivery: Delivery, note: Payload): Promise<boolean> {
    const values = [PostgresDelivery.idOf(delivery), delivery.receipt, packBytes(note, delivery.taskId)]
    return (await this.#connection.run(this.#connection.statements.saveNote, () => values)).length > 0
  }
}
