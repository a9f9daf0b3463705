import { type Clock, DuplicateTaskError, type PushItem } from '@alligator/core'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { PUSH } from './scripts/push.js'
import { packData, packId, toMilliseconds } from './stored.js'

/** Tasks that one call writes at most, unless a single batch has more: the server serves nobody else meanwhile. */
const MOST_TOGETHER = 1000

interface Batch {
  readonly items: readonly PushItem[]
  /** The number of its tasks, and each of them, as the script wants them. */
  readonly args: Argument[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * What is pushed to a queue in one turn of the event loop is written in one call, in the order of asking; each batch is
 * written as a whole or refused, by itself. A lone caller waits for the end of the turn, some microseconds.
 */
export class Pushes {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #waiting = new Map<string, Batch[]>()
  #flushing = false
  #calls = 0
  /** The numbers of the calls that have not been answered, the first one first. */
  readonly #unanswered = new Set<number>()

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Pushes one batch. */
  add(queue: string, items: readonly PushItem[]): Promise<void> {
    const args: Argument[] = [items.length]
    for (const { taskId, data, delayUntil } of items) {
      args.push(
        packId(taskId),
        delayUntil === undefined ? 0 : toMilliseconds(delayUntil),
        packData(data, taskId),
      )
    }
    return new Promise((resolve, reject) => {
      const batch = { items, args, resolve, reject }
      const others = this.#waiting.get(queue)
      if (others) others.push(batch)
      else this.#waiting.set(queue, [batch])
      if (!this.#flushing) setImmediate(() => this.flush())
      this.#flushing = true
    })
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    this.#flushing = false
    for (const [queue, batches] of this.#waiting) {
      for (const some of inParts(batches)) void this.#send(queue, some)
    }
    this.#waiting.clear()
  }

  async #send(queue: string, batches: readonly Batch[]): Promise<void> {
    try {
      const refused = await this.#write(queue, batches)
      for (let at = 0; at < refused.length; at += 2)
        refuse(queue, batches[refused[at] ?? 0], refused[at + 1] ?? 0)
      for (const { resolve } of batches) resolve()
    } catch (error) {
      for (const { reject } of batches) reject(error)
    }
  }

  async #write(queue: string, batches: readonly Batch[]): Promise<number[]> {
    const { keys: allKeys, settings, id } = this.#connection
    const { tasks, waiting, delayed, running, idle, pushed } = allKeys.of(queue)
    const keys = [tasks, waiting, delayed, running, idle, pushed + id]
    const number = (this.#calls += 1)
    this.#unanswered.add(number)
    // A call is repeated for twice the timeout.
    const patience = toMilliseconds(4 * settings.timeout)
    const args = batches.flatMap((batch) => batch.args)
    const call = (again: boolean) => {
      const [first = number] = this.#unanswered
      const since = again ? 0 : first
      return { keys, args: [toMilliseconds(this.#clock.now()), number, since, patience, ...args] }
    }
    try {
      return (await this.#connection.run(PUSH, call)) as number[]
    } finally {
      this.#unanswered.delete(number)
    }
  }
}

/** A promise that is settled stays so: resolving all of them afterwards leaves this one refused. */
function refuse(queue: string, batch: Batch | undefined, at: number): void {
  batch?.reject(new DuplicateTaskError(batch.items[at]?.taskId ?? '', queue))
}

function inParts(batches: readonly Batch[]): Batch[][] {
  const parts: Batch[][] = []
  let size = MOST_TOGETHER
  for (const batch of batches) {
    size += batch.items.length
    if (size > MOST_TOGETHER) {
      parts.push([])
      size = batch.items.length
    }
    parts.at(-1)?.push(batch)
  }
  return parts
}
