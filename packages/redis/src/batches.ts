import {
  type BatchEnd,
  type BatchMembers,
  BatchOverError,
  type BatchPage,
  type BatchState,
  type Clock,
  type NewBatch,
  type PageRequest,
} from '@alligator/core'
import { MOST_MEMBERS, MOST_SHOWN, checkCursor } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { wordsOfItem } from './pushes.js'
import { CLOSE_BATCH, FIND_BATCH, LIST_BATCHES, OPEN_BATCH, WAITS_FOR } from './scripts/ties.js'
import { packId, toMilliseconds, unpackId } from './stored.js'

/** The ends of a batch, in the order in which the scripts have their callbacks. */
const ENDS: readonly BatchEnd[] = ['success', 'failure', 'done']
/** What stands before the id of a batch, where that of a task may stand too. */
const STAR = '*'
/** What one look at the edges is to look at. */
const MOST_EDGES = 1000
/** Batches on one page unless told otherwise, and at most. */
const PAGE_LIMIT = 100
const MOST_ON_PAGE = 1000
/** The last batch of a page: the Unix milliseconds that it stands at, and its id. */
const CURSOR = /^(\d{1,17}):(.+)$/s

type ListedRow = [id: Buffer, score: Buffer, ...numbers: number[]]

/** What waits for what, and the batches of each queue. */
export class Batches {
  readonly #connection: Connection
  readonly #clock: Clock

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  async open(queue: string, { batchId, callbacks, parent }: NewBatch): Promise<void> {
    const rest = ENDS.flatMap((end, at): Argument[] => {
      const item = callbacks[end]
      return item ? [at + 1, ...wordsOfItem(item)] : []
    })
    const args = { batch: packId(batchId), parent: parent === undefined ? '' : packId(parent) }
    const isMade = await this.#connection.runSafely(OPEN_BATCH, () => ({
      queues: [this.#keys(queue)],
      args: { ...args, sent: toMilliseconds(this.#clock.now()) },
      rest,
    }))
    if (isMade !== 1) throw new BatchOverError(parent ?? batchId, queue)
  }

  async close(queue: string, batchId: string, as: 'full' | 'canceled'): Promise<boolean> {
    const args = { batch: packId(batchId), isCanceled: Number(as === 'canceled') }
    const call = { queues: [this.#keys(queue)], args }
    return (await this.#connection.runSafely(CLOSE_BATCH, () => call)) === 1
  }

  async find(queue: string, batchId: string): Promise<BatchState | undefined> {
    const call = { queues: [this.#keys(queue)], args: { batch: packId(batchId) } }
    const row = (await this.#connection.run(FIND_BATCH, () => call)) as number[]
    return row.length === 0 ? undefined : readState(row)
  }

  async list(
    queue: string,
    which: 'open' | 'ended',
    { limit = PAGE_LIMIT, after }: PageRequest = {},
  ): Promise<BatchPage> {
    const size = Math.min(limit, MOST_ON_PAGE)
    const [score = '', id = ''] = after === undefined ? [] : checkCursor(after, CURSOR)
    const call = { queues: [this.#keys(queue)], args: { which, score, id, most: size + 1 } }
    const rows = (await this.#connection.run(LIST_BATCHES, () => call)) as ListedRow[]
    const some = rows.slice(0, size)
    const batches = some.map(([packed, , ...numbers]) => ({
      batchId: unpackId(String(packed)),
      ...readState(numbers),
    }))
    const last = rows.length > size ? some.at(-1) : undefined
    return { batches, ...(last && { next: `${String(last[1])}:${String(last[0])}` }) }
  }

  /** Looks through all that waits for anything, a part at a time: members are asked for when a batch is canceled, and not for each task. */
  async members(queue: string, batchId: string): Promise<BatchMembers> {
    const { edges } = this.#keys(queue)
    const batch = STAR + packId(batchId)
    const found = new Set<string>()
    let cursor = '0'
    do {
      const reply = await this.#connection.send('zscan', [edges, cursor, 'COUNT', MOST_EDGES])
      const [next, rows] = reply as [Buffer, Buffer[]]
      for (let at = 0; at < rows.length; at += 2) {
        const [id, waits] = readEdge(rows[at] ?? Buffer.alloc(0))
        if (waits === batch) found.add(id)
      }
      cursor = String(next)
    } while (cursor !== '0' && found.size < MOST_MEMBERS)
    const some = [...found].slice(0, MOST_MEMBERS)
    return {
      taskIds: some.filter((id) => !id.startsWith(STAR)).map(unpackId),
      batchIds: some.filter((id) => id.startsWith(STAR)).map((id) => unpackId(id.slice(1))),
    }
  }

  async waitsFor(queue: string, taskIds: readonly string[]): Promise<Map<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>()
    for (let at = 0; at < taskIds.length; at += MOST_SHOWN) {
      const some = taskIds.slice(at, at + MOST_SHOWN)
      const call = { queues: [this.#keys(queue)], args: {}, rest: some.map(packId) }
      const rows = (await this.#connection.run(WAITS_FOR, () => call)) as (Buffer | null)[]
      for (const [place, taskId] of some.entries()) {
        const row = rows[place]
        if (row) found.set(taskId, readParked(row))
      }
    }
    return found
  }

  #keys(queue: string) {
    return this.#connection.keys.of(queue)
  }
}

function readState(row: readonly number[]): BatchState {
  const [total = 0, succeeded = 0, failed = 0, pending = 0, isFull = 0, isCanceled = 0, ended = 0] = row
  const flags = { isFull: isFull === 1, isCanceled: isCanceled === 1 }
  return { total, succeeded, failed, pending, ...flags, ...(ended > 0 && { endedAt: ended / 1000 }) }
}

/** What a parked task waits for. */
function readParked(row: Buffer): string[] {
  const ids = row.subarray(row.indexOf(';') + 1)
  if (row[0] === 'b'.charCodeAt(0)) return [unpackId(String(ids))]
  const found: string[] = []
  for (let at = 0; at < ids.length && found.length < MOST_SHOWN; at += 2 + ids.readUInt16BE(at))
    found.push(unpackId(readId(ids, at)))
  return found
}

/** The id of a task or batch, and what waits for it. */
function readEdge(edge: Buffer): readonly [id: string, waits: string] {
  const id = readId(edge, 0)
  return [id, edge.toString('utf8', 2 + edge.readUInt16BE(0))]
}

/** An id behind its length. */
function readId(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 2, at + 2 + bytes.readUInt16BE(at))
}
