import { type Clock, DuplicateTaskError, type PushItem } from '@alligator/core'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { PUSH } from './scripts/push.js'
import { packData, packId, toMilliseconds } from './stored.js'

/** Tasks that one call writes at most, unless a single batch has more: the server serves nobody else meanwhile. */
const MOST_TOGETHER = 1000

interface Batch {
  readonly items: readonly PushItem[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** What one call writes to a queue. */
interface Parcel {
  readonly queue: string
  readonly batches: Batch[]
  /** What is put in front when it is sent, and the tasks of all batches, as the script wants them. */
  readonly args: Argument[]
}

/**
 * What is pushed to a queue in one turn of the event loop is written in one call, in the order of asking; each batch is
 * written as a whole or refused, by itself. A lone caller waits for the end of the turn, some microseconds.
 */
export class Pushes {
  readonly #connection: Connection
  readonly #clock: Clock
  #parcels: Parcel[] = []
  /** The last parcel of each queue: there may be room in it. */
  readonly #last = new Map<string, Parcel>()
  #calls = 0
  /** The numbers of the calls that have not been answered, the first one first. */
  readonly #unanswered = new Set<number>()

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Pushes one batch. */
  add(queue: string, items: readonly PushItem[]): Promise<void> {
    const { batches, args } = this.#parcelFor(queue, items.length)
    pack(items, args)
    return new Promise((resolve, reject) => batches.push({ items, resolve, reject }))
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const parcels = this.#parcels
    this.#parcels = []
    this.#last.clear()
    for (const parcel of parcels) void this.#send(parcel)
  }

  #parcelFor(queue: string, size: number): Parcel {
    const last = this.#last.get(queue)
    if (last && last.args.length + 3 * size <= 3 * MOST_TOGETHER) return last
    const parcel = { queue, batches: [], args: [0, 0, 0, 0] }
    this.#last.set(queue, parcel)
    if (this.#parcels.push(parcel) === 1) setImmediate(() => this.flush())
    return parcel
  }

  async #send(parcel: Parcel): Promise<void> {
    const { queue, batches } = parcel
    // All that was to be in it was refused here.
    if (batches.length === 0) return
    try {
      const refused = await this.#write(parcel)
      for (let at = 0; at < refused.length; at += 2)
        refuse(queue, batches[refused[at] ?? 0], refused[at + 1] ?? 0)
      for (const { resolve } of batches) resolve()
    } catch (error) {
      for (const { reject } of batches) reject(error)
    }
  }

  async #write({ queue, args }: Parcel): Promise<number[]> {
    const { keys: allKeys, patience, id } = this.#connection
    const { tasks, waiting, delayed, running, idle, pushed } = allKeys.of(queue)
    const keys = [tasks, waiting, delayed, running, idle, pushed + id]
    const number = (this.#calls += 1)
    this.#unanswered.add(number)
    args[3] = patience
    const call = (again: boolean) => {
      const [first = number] = this.#unanswered
      args[0] = toMilliseconds(this.#clock.now())
      args[1] = number
      args[2] = again ? 0 : first
      return { keys, args }
    }
    try {
      return (await this.#connection.run(PUSH, call)) as number[]
    } finally {
      this.#unanswered.delete(number)
    }
  }
}

/** Adds a batch to the arguments of a call, or nothing of it when one of its tasks cannot be stored. */
function pack(items: readonly PushItem[], args: Argument[]): void {
  const begin = args.length
  try {
    for (const { taskId, data, delayUntil } of items) {
      const due = delayUntil === undefined ? '0' : String(toMilliseconds(delayUntil))
      args.push(packId(taskId), args.length === begin ? due : `+${due}`, packData(data, taskId))
    }
  } catch (error) {
    args.length = begin
    throw error
  }
}

/** A promise that is settled stays so: resolving all of them afterwards leaves this one refused. */
function refuse(queue: string, batch: Batch | undefined, at: number): void {
  batch?.reject(new DuplicateTaskError(batch.items[at]?.taskId ?? '', queue))
}
