import { Client, type ClientOptions, type Payload } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import { describeClient } from '@alligator/conformance'

interface Row {
  readonly queue: string
  readonly taskId: string
  readonly data: Payload
  readonly due: number
}

/** The smallest backend there is: the base class does the rest. */
class ArrayClient extends Client {
  readonly #rows: Row[]

  constructor(rows: Row[], options?: ClientOptions) {
    super('array://', options)
    this.#rows = rows
  }

  len(queue: string): number {
    return this.#rows.filter((row) => row.queue === queue).length
  }

  dropAll(queue: string): void {
    while (this.#take((row) => row.queue === queue) !== undefined);
  }

  push(queue: string, taskId: string, data: Payload, due = 0): string {
    this.#rows.push({ queue, taskId, data: typeof data === 'string' ? data : new Uint8Array(data), due })
    return taskId
  }

  pop(queue: string): Payload | undefined {
    return this.#take((row) => row.queue === queue && row.due <= this.clock.now())
  }

  get(queue: string, taskId: string): Payload | undefined {
    return this.#take((row) => row.queue === queue && row.taskId === taskId)
  }

  #take(wanted: (row: Row) => boolean): Payload | undefined {
    const at = this.#rows.findIndex(wanted)
    return at < 0 ? undefined : this.#rows.splice(at, 1)[0]?.data
  }
}

describeClient('a backend of five methods', {
  create() {
    const clock = new VirtualClock()
    const rows: Row[] = []
    return { clock, client: () => new ArrayClient(rows, { clock }) }
  },
})
