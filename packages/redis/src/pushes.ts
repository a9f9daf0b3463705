import { type Clock, DuplicateTaskError, type PushItem } from '@alligator/core'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { PUSH, PUSH_ONE } from './scripts/push.js'
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
  /** The tasks of all batches, as the script wants them. */
  readonly tasks: Argument[]
}

/**
 * What is pushed to a queue in one turn of the event loop is written in one call, in the order of asking; each batch is
 * written as a whole or refused, by itself. A lone caller, who awaits one push after another, does not wait for the end of
 * the turn.
 */
export class Pushes {
  readonly #connection: Connection
  readonly #clock: Clock
  #parcels: Parcel[] = []
  /** The last parcel of each queue: there may be room in it. */
  #last = new Map<string, Parcel>()
  #calls = 0
  /** The numbers of the calls that have not been answered, the first one first. */
  readonly #unanswered: number[] = []
  /** Whether the last call took several batches, so that more are to be expected when one has come. */
  #isBusy = false
  #endOfTurn: NodeJS.Immediate | undefined

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Pushes one batch. */
  add(queue: string, items: readonly PushItem[]): Promise<void> {
    const isAlone = !this.#isBusy && this.#unanswered.length === 0 && !this.#endOfTurn
    const parcel: Parcel = isAlone ? { queue, batches: [], tasks: [] } : this.#parcelFor(queue, items.length)
    pack(items, parcel.tasks)
    const answer = new Promise<void>((resolve, reject) => parcel.batches.push({ items, resolve, reject }))
    if (isAlone) this.#send(parcel)
    else this.#endOfTurn ??= setImmediate(() => this.flush())
    return answer
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const parcels = this.#parcels
    this.#parcels = []
    // Not cleared: a cleared Map keeps what it held alive until all of the heap is collected.
    this.#last = new Map()
    this.#endOfTurn = undefined
    this.#isBusy = parcels.some(({ batches }) => batches.length > 1)
    for (const parcel of parcels) this.#send(parcel)
  }

  #parcelFor(queue: string, size: number): Parcel {
    const last = this.#last.get(queue)
    if (last && last.tasks.length + 3 * size <= 3 * MOST_TOGETHER) return last
    const parcel = { queue, batches: [], tasks: [] }
    this.#last.set(queue, parcel)
    this.#parcels.push(parcel)
    return parcel
  }

  #send(parcel: Parcel): void {
    const { queue, batches } = parcel
    // All that was to be in it was refused here.
    if (batches.length === 0) return
    const number = (this.#calls += 1)
    this.#unanswered.push(number)
    void this.#write(parcel, number).then(
      (refused) => {
        this.#answered(number)
        for (let at = 0; at < refused.length; at += 2)
          refuse(queue, batches[refused[at] ?? 0], refused[at + 1] ?? 0)
        for (const { resolve } of batches) resolve()
      },
      (error: unknown) => {
        this.#answered(number)
        for (const { reject } of batches) reject(error)
      },
    )
  }

  #answered(number: number): void {
    this.#unanswered.splice(this.#unanswered.indexOf(number), 1)
  }

  #write({ queue, tasks }: Parcel, number: number): Promise<number[]> {
    const [id = '', due, data = ''] = tasks
    const isOne = tasks.length === 3 && due === '0'
    const call = (again: boolean) => {
      const { tasks: held, waiting, delayed, running, idle, pushed } = this.#connection.keys.of(queue)
      const [first = number] = this.#unanswered
      const args = [number, again ? 0 : first, this.#connection.patience]
      if (isOne) return { keys: [held, waiting, idle, pushed], args: [...args, id, data] }
      const sent = toMilliseconds(this.#clock.now())
      return { keys: [held, waiting, delayed, running, idle, pushed], args: [...args, sent, ...tasks] }
    }
    return this.#connection.run(isOne ? PUSH_ONE : PUSH, call) as Promise<number[]>
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
