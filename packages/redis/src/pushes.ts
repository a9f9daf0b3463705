import { BatchOverError, type Clock, DuplicateTaskError, type PushItem } from '@alligator/core'
import { clearImmediate, levelOf, setImmediate } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { MOST_TOGETHER, isLarge, pushLarge } from './large-batch.js'
import { PUSH, PUSH_LEVELS, PUSH_ONE, PUSH_TIED } from './scripts/push.js'
import { OVER } from './scripts/ties.js'
import { packData, packId, toMilliseconds, withTime } from './stored.js'
import { hasTie, tiesOf } from './ties.js'

/** Tasks that are sent before the turn ends, where the server has nothing to do: it is at work on them while the rest is written. */
const ENOUGH = 32

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
  /** Whether some of them have a level. */
  hasLevels: boolean
  /** What they wait for, and the batches that they are members of, if any: it then takes one batch alone. */
  ties?: string | undefined
}

/**
 * What is pushed to a queue in one turn of the event loop is written in one call, in the order of asking; each batch is
 * written as a whole or refused, by itself; one that is more than a call should write is written as `large-batch.ts` tells. A lone caller, who awaits one push after another, does not wait for the end of
 * the turn.
 */
export class Pushes {
  readonly #connection: Connection
  readonly #clock: Clock
  #parcels: Parcel[] = []
  /** The last parcel of each queue: there may be room in it. */
  #last = new Map<string, Parcel>()
  /** Whether the last call took several batches, so that more are to be expected when one has come. */
  #isBusy = false
  #endOfTurn: NodeJS.Immediate | undefined

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Pushes one batch. */
  add(queue: string, items: readonly PushItem[]): Promise<void> {
    if (!isLarge(items)) return this.#add(queue, items)
    const { life } = this.#connection
    life.begin()
    return pushLarge(this.#connection, queue, items, (some) => this.#add(queue, some)).finally(() =>
      life.end(),
    )
  }

  #add(queue: string, items: readonly PushItem[]): Promise<void> {
    const ties = items.some(hasTie) ? tiesOf(items) : undefined
    const isAlone =
      ties !== undefined || (!this.#isBusy && this.#connection.repeats.hasAllAnswers && !this.#endOfTurn)
    const parcel: Parcel = isAlone
      ? { queue, batches: [], tasks: [], hasLevels: false, ties }
      : this.#parcelFor(queue, items.length)
    pack(items, parcel.tasks)
    parcel.hasLevels ||= items.some(({ priority = 'normal' }) => priority !== 'normal')
    const answer = new Promise<void>((resolve, reject) => parcel.batches.push({ items, resolve, reject }))
    if (isAlone) this.#send(parcel)
    else if (parcel.tasks.length >= 3 * ENOUGH && this.#connection.repeats.hasAllAnswers) this.flush()
    else this.#endOfTurn ??= setImmediate(() => this.flush())
    return answer
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const parcels = this.#parcels
    this.#parcels = []
    // Not cleared: a cleared Map keeps what it held alive until all of the heap is collected.
    this.#last = new Map()
    clearImmediate(this.#endOfTurn)
    this.#endOfTurn = undefined
    this.#isBusy = parcels.some(({ batches }) => batches.length > 1)
    for (const parcel of parcels) this.#send(parcel)
  }

  #parcelFor(queue: string, size: number): Parcel {
    const last = this.#last.get(queue)
    if (last && last.tasks.length + 3 * size <= 3 * MOST_TOGETHER) return last
    const parcel = { queue, batches: [], tasks: [], hasLevels: false }
    this.#last.set(queue, parcel)
    this.#parcels.push(parcel)
    return parcel
  }

  #send(parcel: Parcel): void {
    const { queue, batches } = parcel
    // All that was to be in it was refused here.
    if (batches.length === 0) return
    const { repeats } = this.#connection
    const number = repeats.beginPush()
    void this.#write(parcel, number).then(
      (refused) => {
        repeats.endPush(number)
        for (let at = 0; at < refused.length; at += 2)
          refuse(queue, batches[refused[at] ?? 0], refused[at + 1] ?? 0)
        for (const { resolve } of batches) resolve()
      },
      (error: unknown) => {
        repeats.endPush(number)
        for (const { reject } of batches) reject(error)
      },
    )
  }

  #write({ queue, tasks, hasLevels, ties }: Parcel, number: number): Promise<number[]> {
    const connection = this.#connection
    // A name that cannot be stored is refused within the call, and so to those who wait for its answer.
    const queues = () => [connection.keys.of(queue)]
    const [id = '', due, data = ''] = tasks
    const words = (again: boolean) => connection.repeats.pushWords(number, again)
    if (ties !== undefined) {
      const asked = connection.runSafely(PUSH_TIED, (again) => {
        const sent = toMilliseconds(this.#clock.now())
        return { queues: queues(), args: { ...words(again), sent, tiesText: ties }, rest: tasks }
      })
      return asked as Promise<number[]>
    }
    const refused =
      tasks.length === 3 && due === '0'
        ? connection.runSafely(PUSH_ONE, (again) => ({
            queues: queues(),
            args: { ...words(again), id, data },
          }))
        : connection.runSafely(hasLevels ? PUSH_LEVELS : PUSH, (again) => {
            const sent = toMilliseconds(this.#clock.now())
            return { queues: queues(), args: { ...words(again), sent }, rest: tasks }
          })
    return refused as Promise<number[]>
  }
}

/** Adds a batch to the arguments of a call, or nothing of it when one of its tasks cannot be stored. */
export function pack(items: readonly PushItem[], args: Argument[]): void {
  const begin = args.length
  try {
    for (const item of items) {
      const [id, due, data] = wordsOfItem(item)
      args.push(id, args.length === begin ? due : `+${due}`, data)
    }
  } catch (error) {
    args.length = begin
    throw error
  }
}

/** An item as the scripts read it: id, due time in Unix milliseconds or 0, behind a semicolon its mark, and payload. */
export function wordsOfItem({
  taskId,
  data,
  delayUntil,
  enqueuedAt,
  priority = 'normal',
}: PushItem): [id: string, due: string, data: string | Buffer] {
  const moment = delayUntil === undefined ? '0' : String(toMilliseconds(delayUntil))
  const due = priority === 'normal' ? moment : `${moment};${levelOf(priority) + 1}`
  const packed = packData(data, taskId)
  return [packId(taskId), due, enqueuedAt === undefined ? packed : withTime(packed, enqueuedAt)]
}

/** A promise that is settled stays so: resolving all of them afterwards leaves this one refused. */
function refuse(queue: string, batch: Batch | undefined, at: number): void {
  const item = batch?.items[at % OVER]
  batch?.reject(
    at >= OVER
      ? new BatchOverError(item?.batch ?? '', queue)
      : new DuplicateTaskError(item?.taskId ?? '', queue),
  )
}
