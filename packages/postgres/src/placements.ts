import { type Clock, DuplicateTaskError, type Placed, type PushItem, type UniqueKey } from '@alligator/core'
import { setImmediate } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { PushMarks } from './push-marks.js'
import { type PushedItem, packItems } from './pushed-items.js'
import { isDuplicate } from './store-error.js'
import { packId, unpackId } from './stored.js'
import { type AskText, type Ties, asking, askingWithin, hasTie } from './ties.js'

/** Tasks that one statement writes at most, unless a single batch has more. */
const MOST_TOGETHER = 500

/** An item of a push, as the function reads it. */
interface KeyedItem extends PushedItem {
  readonly key?: string
  readonly until?: string
  readonly conflict?: string
  readonly for?: number
  readonly most?: number
  readonly besides?: string
}

interface Batch {
  readonly queue: string
  readonly items: readonly PushItem[]
  readonly packed: readonly KeyedItem[]
  readonly resolve: (placed: Placed[]) => void
  readonly reject: (error: unknown) => void
}

type Id = [id: string, name: string | null]
/** What the function tells of one item. */
type Told = [nr: number, mark: string, ...other: Id, ...runs: Partial<[...Id]>]

/** One item of each key, and which one each of the others goes with. */
interface Folded {
  readonly items: readonly KeyedItem[]
  readonly places: readonly number[]
}

/**
 * Pushes tasks of which some have a key. Those that come one by one in one turn of the event loop are written by one statement;
 * several that come together are a statement of their own, which writes all of them or none.
 */
export class Placements {
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
    this.#clock = clock
    this.#marks = marks
    this.#ties = ties
    this.#onPush = onPush
  }

  /** Pushes one batch. */
  async add(queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    if (items.length === 0) return []
    if (items.some(hasTie)) return this.#addTied(queue, items)
    const packed = pack(queue, items)
    return new Promise((resolve, reject) => {
      const batch = { queue, items, packed, resolve, reject }
      const isAlone = items.length > 1 || mayRefuse(packed)
      if (isAlone || (!this.#isBusy && this.#underWay === 0 && !this.#endOfTurn)) return this.#send([batch])
      this.#waiting.push(batch)
      this.#endOfTurn ??= setImmediate(() => this.flush())
    })
  }

  /** Pushes within the transaction of an app: what it is given asks there. */
  async within(
    ask: (text: string, parameter: string) => Promise<readonly unknown[]>,
    queue: string,
    items: readonly PushItem[],
  ): Promise<Placed[]> {
    return this.#within(askingWithin(ask), queue, items)
  }

  async #within(ask: AskText, queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    const fresh = items.some(hasTie) ? await this.#ties.hold(ask, queue, items) : []
    const packed = pack(queue, items)
    const { items: folded, places } = fold(queue, packed)
    const [[told] = []] = await ask(this.#connection.statements.placeWithin, this.#json(folded))
    const placed = placedOf(queue, packed, places, read(told))
    if (fresh.length > 0) await this.#ties.tie(ask, queue, written(items, placed, new Set(fresh)))
    return placed
  }

  async #addTied(queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    const placed = await this.#connection.transact((ask) => this.#within(asking(ask), queue, items))
    this.#onPush(queue)
    return placed
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const batches = this.#waiting
    this.#waiting = []
    this.#endOfTurn = undefined
    this.#isBusy = batches.length > 1
    for (const some of parcelsOf(batches)) this.#send(some)
  }

  #send(batches: readonly Batch[]): void {
    this.#underWay += 1
    void this.#write(batches)
  }

  async #write(batches: readonly Batch[]): Promise<void> {
    try {
      const packed = batches.flatMap((batch) => batch.packed)
      const { items, places } = fold(batches[0]?.queue ?? '', packed)
      const told = await this.#place(items)
      this.#underWay -= 1
      if (batches.length > 1 && isRefused(told)) return this.#writeEach(batches)
      let first = 0
      for (const batch of batches) {
        const own = places.slice(first, first + batch.items.length)
        first += batch.items.length
        settle(batch, own, told)
        this.#onPush(batch.queue)
      }
    } catch (error) {
      this.#underWay -= 1
      for (const { reject } of batches) reject(error)
    }
  }

  /** One after the other, to find the one that is refused. */
  #writeEach(batches: readonly Batch[]): void {
    for (const batch of batches) this.#send([batch])
  }

  async #place(items: readonly KeyedItem[]): Promise<Map<number, Told>> {
    const mark = this.#marks.take()
    try {
      const values = (again: boolean) => [this.#json(items), this.#marks.read(mark), again]
      const { place } = this.#connection.statements
      const ask = (isDoubtful: boolean) => this.#connection.run<[string | null]>(place, values, isDoubtful)
      // Somebody has pushed one of these ids without a key meanwhile, which the second look finds.
      const [row] = await ask(false).catch((error: unknown) => {
        if (isDuplicate(error)) return ask(true)
        throw error
      })
      return read(row?.[0])
    } finally {
      this.#marks.giveBack(mark)
    }
  }

  #json(items: readonly KeyedItem[]): string {
    const sent = this.#clock.now()
    return JSON.stringify(items.map((item) => (item.due === undefined ? item : { ...item, sent })))
  }
}

/** Those that were written, under the ids that they have: what took the place of another is no member of a batch. */
function written(
  items: readonly PushItem[],
  placed: readonly Placed[],
  fresh: ReadonlySet<PushItem>,
): PushItem[] {
  const byId = new Map<string, PushItem>()
  for (const [at, item] of items.entries()) {
    const { taskId = item.taskId, isDuplicate = false } = placed[at] ?? {}
    if (!isDuplicate && fresh.has(item)) byId.set(taskId, item)
    else if (isDuplicate && item.unique?.onConflict === 'replace')
      byId.set(taskId, { ...item, taskId, batch: byId.get(taskId)?.batch })
  }
  return [...byId.values()]
}

/** Those of one key that different tasks stand in the way of are not written together. */
function parcelsOf(batches: readonly Batch[]): Batch[][] {
  const parcels: Batch[][] = []
  let ways = new Map<string, string>()
  for (const batch of batches) {
    const [{ key = '', queue, until, besides } = { queue: '' }] = batch.packed
    const [name, way] = [`${key} ${queue}`, `${until} ${besides}`]
    const last = parcels.at(-1)
    const other = key === '' ? undefined : ways.get(name)
    if (last && last.length < MOST_TOGETHER && (other === undefined || other === way)) last.push(batch)
    else {
      parcels.push([batch])
      ways = new Map()
    }
    ways.set(name, way)
  }
  return parcels
}

/** Whether one of them refuses its call where others would be told of a task. */
function mayRefuse(items: readonly KeyedItem[]): boolean {
  return items.some(({ conflict }) => conflict === 't')
}

function pack(queue: string, items: readonly PushItem[]): KeyedItem[] {
  return packItems(queue, items).map((packed, at) => {
    const unique = items[at]?.unique
    return unique ? { ...packed, ...keyOf(unique) } : packed
  })
}

function keyOf({ key, until, onConflict, for: time, atMost, besides }: UniqueKey): Partial<KeyedItem> {
  return {
    ...{ key, until: until === 'finished' ? 'f' : 's', conflict: onConflict.slice(0, 1) },
    ...(time !== undefined && { for: time }),
    ...(atMost !== undefined && { most: atMost }),
    ...(besides !== undefined && { besides: packId(besides).id }),
  }
}

/**
 * Makes one item of those with one key. The first of them says what stands in their way; where a later one replaces, all but the
 * id is of that one.
 *
 * @throws DuplicateTaskError where a later one refuses what the first one is.
 */
function fold(queue: string, items: readonly KeyedItem[]): Folded {
  const folded: KeyedItem[] = []
  const keys = new Map<string, number>()
  const places = items.map((item) => {
    const name = item.key === undefined ? undefined : `${item.key} ${item.queue}`
    const place = name === undefined ? undefined : keys.get(name)
    const first = place === undefined ? undefined : folded[place]
    if (place === undefined || !first) {
      if (name !== undefined) keys.set(name, folded.length)
      return folded.push(item) - 1
    }
    if (item.conflict === 't' && item.id !== first.id)
      throw new DuplicateTaskError(unpackId(first.id, first.name ?? null), queue, 'key')
    if (item.conflict === 'r') folded[place] = inPlaceOf(first, item)
    return place
  })
  return { items: folded, places }
}

function inPlaceOf({ id, name, until = 's', most }: KeyedItem, { name: _, ...item }: KeyedItem): KeyedItem {
  return { ...item, id, until, ...(name !== undefined && { name }), ...(most !== undefined && { most }) }
}

function read(told: unknown): Map<number, Told> {
  const list = typeof told === 'string' ? (JSON.parse(told) as Told[]) : []
  return new Map(list.map((one) => [one[0], one]))
}

function isRefused(told: ReadonlyMap<number, Told>): boolean {
  return [...told.values()].some(([, mark]) => mark === '!' || mark === '?')
}

function settle(
  { queue, packed, resolve, reject }: Batch,
  places: readonly number[],
  told: ReadonlyMap<number, Told>,
): void {
  try {
    resolve(placedOf(queue, packed, places, told))
  } catch (error) {
    reject(error)
  }
}

/** @throws DuplicateTaskError */
function placedOf(
  queue: string,
  packed: readonly KeyedItem[],
  places: readonly number[],
  told: ReadonlyMap<number, Told>,
): Placed[] {
  const [refused] = [...told.values()].filter(([, mark]) => mark === '!' || mark === '?')
  if (refused) {
    const [, mark, id, name] = refused
    throw new DuplicateTaskError(unpackId(id, name), queue, mark === '?' ? 'key' : 'id')
  }
  const firsts = new Map<number, KeyedItem>()
  return packed.map((item, at) => {
    const place = places[at] ?? 0
    const [, mark = '+', id = item.id, name = item.name ?? null, runs, runsName = null] =
      told.get(place + 1) ?? []
    const first = firsts.get(place)
    if (!first) firsts.set(place, item)
    const other = (mark === '+' && first) || { id, name }
    return {
      taskId: unpackId(other.id, other.name ?? null),
      isDuplicate: other.id !== item.id,
      ...(runs && { runs: unpackId(runs, runsName) }),
    }
  })
}
