import {
  BatchOverError,
  type Clock,
  DuplicateTaskError,
  type Placed,
  type PushItem,
  type UniqueKey,
  type Uniqueness,
} from '@alligator/core'
import { setImmediate } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { MOST_TOGETHER, isLarge, partsOf, takeBack } from './large-batch.js'
import { PLACE, PLACE_TIED } from './scripts/place.js'
import { wordsOfItem } from './pushes.js'
import { packId, toMilliseconds, unpackId, withKey } from './stored.js'
import { hasTie, inOrder, tiesOf } from './ties.js'

interface Batch {
  readonly items: readonly PushItem[]
  readonly words: Argument[]
  readonly resolve: (placed: Placed[]) => void
  readonly reject: (error: unknown) => void
}

/** What a call told of one task. */
interface Told {
  readonly mark: string
  readonly taskId: string
  readonly runs: string | undefined
}

/**
 * Pushes tasks of which some have a key. Those that come one by one in one turn of the event loop are written in one call, as
 * `Pushes` does it; several that come together are a call of their own, which writes all of them or none.
 */
export class Placements implements Uniqueness {
  readonly #connection: Connection
  readonly #clock: Clock
  /** By their queue. */
  #waiting = new Map<string, Batch[]>()
  #isBusy = false
  #endOfTurn: NodeJS.Immediate | undefined

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Pushes one batch. */
  async push(queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    if (items.length === 0) return []
    if (!isLarge(items)) return this.#add(queue, items)
    const { life } = this.#connection
    life.begin()
    return this.#addLarge(queue, items).finally(() => life.end())
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const queues = this.#waiting
    this.#waiting = new Map()
    this.#endOfTurn = undefined
    this.#isBusy = [...queues.values()].some((batches) => batches.length > 1)
    for (const [queue, batches] of queues) {
      for (let at = 0; at < batches.length; at += MOST_TOGETHER)
        this.#send(queue, batches.slice(at, at + MOST_TOGETHER))
    }
  }

  #add(queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    const words = items.flatMap(pack)
    const isAlone =
      items.length > 1 ||
      items.some(hasTie) ||
      (!this.#isBusy && this.#connection.repeats.hasAllAnswers && !this.#endOfTurn)
    return new Promise((resolve, reject) => {
      const batch = { items, words, resolve, reject }
      if (isAlone) return this.#send(queue, [batch])
      const others = this.#waiting.get(queue)
      if (others) others.push(batch)
      else this.#waiting.set(queue, [batch])
      this.#endOfTurn ??= setImmediate(() => this.flush())
    })
  }

  /** In several calls: when one of them is refused, what those before it have added is taken back. */
  async #addLarge(queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    const placed: Placed[] = []
    const added: string[] = []
    try {
      for (const some of partsOf(items.some(hasTie) ? inOrder(items) : items)) {
        const told = await this.#add(queue, some)
        placed.push(...told)
        for (const { taskId, isDuplicate } of told) if (!isDuplicate) added.push(packId(taskId))
      }
      return placed
    } catch (error) {
      await takeBack(this.#connection, queue, added)
      throw error
    }
  }

  #send(queue: string, batches: readonly Batch[]): void {
    const { repeats } = this.#connection
    const number = repeats.beginPush()
    const isWhole = Number(batches.some(({ items }) => items.length > 1))
    const rest = batches.flatMap(({ words }) => words)
    const call = (again: boolean) => ({
      queues: [this.#connection.keys.of(queue)],
      args: { ...repeats.pushWords(number, again), sent: toMilliseconds(this.#clock.now()), isWhole },
      rest,
    })
    const items = batches[0]?.items ?? []
    const asked = items.some(hasTie)
      ? this.#connection.runSafely(PLACE_TIED, (again) => {
          const { queues, args } = call(again)
          return { queues, args: { ...args, isWhole: 1, tiesText: tiesOf(items) }, rest }
        })
      : this.#connection.runSafely(PLACE, call)
    void asked.then(
      (reply) => {
        repeats.endPush(number)
        settle(queue, batches, read(String(reply)))
      },
      (error: unknown) => {
        repeats.endPush(number)
        for (const { reject } of batches) reject(error)
      },
    )
  }
}

/** Tells each batch what became of its tasks. */
function settle(queue: string, batches: readonly Batch[], told: ReadonlyMap<number, Told>): void {
  let place = 0
  for (const { items, resolve, reject } of batches) {
    const first = place
    place += items.length
    const all = items.map((_, at) => told.get(first + at))
    const refused = all.find((one) => one?.mark === '!' || one?.mark === '?' || one?.mark === '~')
    const late = all.findIndex((one) => one?.mark === '~')
    if (refused?.mark === '~') reject(new BatchOverError(items[late]?.batch ?? '', queue))
    else if (refused)
      reject(new DuplicateTaskError(refused.taskId, queue, refused.mark === '?' ? 'key' : 'id'))
    else resolve(items.map(({ taskId }, at) => placedAs(taskId, all[at])))
  }
}

function placedAs(taskId: string, told: Told | undefined): Placed {
  if (!told) return { taskId, isDuplicate: false }
  const { mark, taskId: other, runs } = told
  return { taskId: other, isDuplicate: mark === '=', ...(runs !== undefined && { runs }) }
}

function read(reply: string): Map<number, Told> {
  const told = new Map<number, Told>()
  for (const [, place, mark = '', id = '', runs] of reply.matchAll(/(\d+)([+=!?~])([^ /]*)(?:\/([^ ]*))?/g))
    told.set(Number(place), { mark, taskId: readId(id), runs: runs === undefined ? undefined : readId(runs) })
  return told
}

function readId(id: string): string {
  return unpackId(decodeURIComponent(id))
}

function pack(item: PushItem): Argument[] {
  const [id, due, data] = wordsOfItem(item)
  const { unique } = item
  return [id, due, unique ? withKey(data, unique.key) : data, unique ? howOf(unique) : '']
}

function howOf({ until, onConflict, for: time = 0, atMost = 0, besides }: UniqueKey): string {
  const flags = (until === 'finished' ? 'f' : 's') + onConflict.slice(0, 1)
  return `${flags}${toMilliseconds(time)},${toMilliseconds(atMost)},${besides === undefined ? '' : packId(besides)}`
}
