import { type Clock, DuplicateTaskError, type PushItem } from '@alligator/core'
import { inBatches, setImmediate } from '@alligator/core/backend'
import type { Ask, Connection } from './connection.js'
import type { PushMarks } from './push-marks.js'
import { isDuplicate } from './store-error.js'
import { type PushedItem, itemsText, packItems } from './pushed-items.js'
import { type Ties, askingWithin, hasTie } from './ties.js'

/** Tasks that one statement writes at most, unless a single batch has more. */
const MOST_TOGETHER = 1000

interface Batch {
  readonly queue: string
  readonly items: readonly PushItem[]
  readonly packed: readonly PushedItem[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * What is pushed in one turn of the event loop is written by one statement, in the order of asking; each batch is written as a
 * whole or refused, by itself. A lone caller, who awaits one push after another, does not wait for the end of the turn.
 */
export class Pushes {
  readonly #connection: Connection
  readonly #marks: PushMarks
  readonly #clock: Clock
  readonly #onPush: (queue: string) => void
  readonly #ties: Ties
  #waiting: Batch[] = []
  #underWay = 0
  #isBusy = false
  #endOfTurn: NodeJS.Immediate | undefined

  /** `onPush` is told of each queue that something was pushed to. */
  constructor(
    connection: Connection,
    clock: Clock,
    marks: PushMarks,
    ties: Ties,
    onPush: (queue: string) => void,
  ) {
    this.#connection = connection
    this.#marks = marks
    this.#clock = clock
    this.#ties = ties
    this.#onPush = onPush
  }

  /** Pushes one batch. */
  add(queue: string, items: readonly PushItem[]): Promise<void> {
    if (items.some(hasTie)) return this.#ties.push(queue, items)
    const packed = packItems(queue, items)
    return new Promise((resolve, reject) => {
      const batch = { queue, items, packed, resolve, reject }
      if (!this.#isBusy && this.#underWay === 0 && !this.#endOfTurn) return this.#send([batch])
      this.#waiting.push(batch)
      this.#endOfTurn ??= setImmediate(() => this.flush())
    })
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const parcels = inBatches(this.#waiting, MOST_TOGETHER, ({ items }) => items.length)
    this.#waiting = []
    this.#endOfTurn = undefined
    this.#isBusy = parcels.some((batches) => batches.length > 1)
    for (const batches of parcels) this.#send(batches)
  }

  /** Pushes within the transaction of an app: what it is given asks there. */
  async within(
    ask: (text: string, parameter: string) => Promise<readonly unknown[]>,
    queue: string,
    items: readonly PushItem[],
  ): Promise<void> {
    if (items.some(hasTie)) return this.#ties.pushWithin(askingWithin(ask), queue, items)
    const { pushWithin } = this.#connection.statements
    const [refused] = await ask(pushWithin.text, this.#json(packItems(queue, items)))
    if (refused) refuse(queue, items, Number((refused as { nr: unknown }).nr))
  }

  #send(batches: readonly Batch[]): void {
    this.#underWay += 1
    void this.#write(batches)
  }

  async #write(batches: readonly Batch[]): Promise<void> {
    const outcome = await this.#insert(batches)
    // Before its caller goes on, who may push the next one.
    this.#underWay -= 1
    if (outcome === 'unclear') return this.#writeEach(batches)
    for (const { queue, resolve, reject } of batches) {
      if (outcome !== 'written') {
        reject(outcome.error)
        continue
      }
      this.#onPush(queue)
      resolve()
    }
  }

  /** Writes all of them by one statement, or nothing. */
  async #insert(batches: readonly Batch[]): Promise<'written' | 'unclear' | { error: unknown }> {
    const { statements } = this.#connection
    const items = batches.flatMap(({ packed }) => packed)
    const mark = this.#marks.take()
    const hasLevels = items.some(({ priority }) => priority !== undefined)
    try {
      await this.#connection.run(hasLevels ? statements.pushLevels : statements.push, () => [
        this.#json(items),
        this.#marks.read(mark),
      ])
      return 'written'
    } catch (error) {
      return isDuplicate(error) || batches.length > 1 ? 'unclear' : { error }
    } finally {
      this.#marks.giveBack(mark)
    }
  }

  /** One after the other, to find the one that is refused. */
  async #writeEach(batches: readonly Batch[]): Promise<void> {
    for (const { queue, items, packed, resolve, reject } of batches) {
      try {
        await this.#connection.transact((ask) => this.#writeCarefully(ask, queue, items, packed))
        this.#onPush(queue)
        resolve()
      } catch (error) {
        reject(error)
      }
    }
  }

  async #writeCarefully(
    ask: Ask,
    queue: string,
    items: readonly PushItem[],
    packed: readonly PushedItem[],
  ): Promise<void> {
    const { pushWithin, differing } = this.#connection.statements
    // The second finds what somebody else has written while the first looked.
    for (const statement of [pushWithin, differing]) {
      const [[nr] = []] = await ask<[number]>(statement, [this.#json(packed)])
      if (nr !== undefined) refuse(queue, items, nr)
    }
  }

  #json(items: readonly PushedItem[]): string {
    return itemsText(items, this.#clock)
  }
}

/** `nr`: the place of an item, from 1. */
function refuse(queue: string, items: readonly PushItem[], nr: number): never {
  throw new DuplicateTaskError(items[nr - 1]?.taskId ?? '', queue)
}
