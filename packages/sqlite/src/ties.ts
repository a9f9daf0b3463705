import {
  type After,
  type BatchEnd,
  type BatchMembers,
  BatchOverError,
  type BatchPage,
  type BatchState,
  type PageRequest,
} from '@alligator/core'
import { BATCH_KEPT, MOST_MEMBERS, checkCursor } from '@alligator/core/backend'
import * as sql from './statements.js'
import { type NewTask, type StoredId, packId, unpackId } from './stored.js'
import { type Steps, change, question } from './questions.js'

/** Batches on one page unless told otherwise. */
const PAGE_LIMIT = 100
/** The last batch of a page: the Unix time of its end, or 0, and its number. */
const CURSOR = /^(\d{1,12}(?:\.\d{1,17})?):(\d{1,15})$/

/** The id of a task, or the number of a batch: what can be waited for, and what can wait. */
type Node = StoredId | number

/** What has ended, and how. */
export interface Ended {
  readonly id: Node
  readonly isSuccess: boolean
}

/** Why a task is parked: until all have succeeded or one has not, until all have ended, or until its batch ends so. */
type How = 's' | 'a' | BatchEnd
type WaiterRow = readonly [waiter: Node | bigint, how: How | null, due: number | null]
type BatchRow = readonly [
  nr: number,
  total: number,
  succeeded: number,
  failed: number,
  isFull: number,
  isCanceled: number,
  ended: number | null,
]

/** A callback of a batch that is made. */
export interface Callback {
  readonly end: BatchEnd
  readonly task: NewTask
}

/** Whether a task waits for others, or is a member of a batch. */
export function hasTie({ after, batch }: NewTask): boolean {
  return after !== undefined || batch !== undefined
}

/** The numbers of the batches of tasks that are to be written. @throws BatchOverError */
export function* openBatches(
  queue: number,
  name: string,
  tasks: readonly NewTask[],
): Steps<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const { batch } of tasks) {
    if (batch === undefined || numbers.has(batch)) continue
    numbers.set(batch, yield* openBatch(queue, name, batch))
  }
  return numbers
}

function* openBatch(queue: number, name: string, batchId: string): Steps<number> {
  const row = yield* batchRow(queue, batchId)
  if (!row || row[5] === 1 || row[6] !== null) throw new BatchOverError(batchId, name)
  return row[0]
}

function* batchRow(queue: number, batchId: string): Steps<BatchRow | undefined> {
  const [row] = yield question(sql.BATCH, queue, batchId)
  if (!row) return undefined
  const [nr = 0, total = 0, succeeded = 0, failed = 0, isFull = 0, isCanceled = 0] = row
    .slice(0, 6)
    .map(Number)
  return [nr, total, succeeded, failed, isFull, isCanceled, row[6] === null ? null : Number(row[6])]
}

/** Parks tasks that were just written, and makes them members of their batches. */
export function* tie(
  queue: number,
  tasks: readonly NewTask[],
  batches: ReadonlyMap<string, number>,
): Steps<void> {
  for (const { id, batch, after, delayUntil } of tasks) {
    const nr = batch === undefined ? undefined : batches.get(batch)
    if (nr !== undefined) yield* enroll(queue, id, nr)
    if (after) yield* park(queue, id, after, delayUntil)
  }
}

function* enroll(queue: number, member: Node, nr: number): Steps<void> {
  yield change(sql.ADD_WAIT, queue, member, nr)
  yield change(sql.ADD_MEMBER, nr)
  if (typeof member !== 'number') yield change(sql.AWAITED, member, queue)
}

function* park(queue: number, id: StoredId, after: After, delayUntil: number | undefined): Steps<void> {
  let isParked = false
  for (const other of new Set(after.taskIds)) {
    if (other === unpackId(id)) continue
    const [alive] = yield question(sql.ALIVE, packId(other), queue)
    if (!alive) continue
    isParked = true
    yield change(sql.ADD_WAIT, queue, packId(other), id)
    yield change(sql.AWAITED, packId(other), queue)
  }
  if (isParked) yield* putAway(queue, id, after.inAnyCase ? 'a' : 's', delayUntil)
}

function* putAway(queue: number, id: StoredId, how: How, delayUntil: number | undefined): Steps<void> {
  yield change(sql.PARK, id, queue)
  yield change(sql.ADD_PARKED, queue, id, how, delayUntil ?? 0)
}

/** What is parked waits for nothing any more. */
export function* unpark(queue: number, id: StoredId): Steps<void> {
  yield change(sql.FORGET_PARKED, queue, id)
  yield change(sql.FORGET_WAITS, queue, id)
}

/** What waits for what has ended is due, unless it waits for others too. */
export function* finish(queue: number, first: Ended, now: number): Steps<void> {
  const ended = [first]
  for (let one = ended.shift(); one; one = ended.shift()) {
    const { id, isSuccess } = one
    const waiters = (yield question(sql.WAITERS, queue, id)) as readonly WaiterRow[]
    if (waiters.length > 0) yield change(sql.END_WAITS, queue, id)
    for (const [waiter, how, due] of waiters) {
      if (typeof waiter === 'number' || typeof waiter === 'bigint')
        yield* count(Number(waiter), isSuccess, ended, now)
      else if (how !== null) yield* waitNoLonger(queue, { id: waiter, how, due: due ?? 0 }, one, ended, now)
    }
  }
}

function* waitNoLonger(
  queue: number,
  { id, how, due }: { readonly id: StoredId; readonly how: How; readonly due: number },
  { isSuccess }: Ended,
  ended: Ended[],
  now: number,
): Steps<void> {
  if (how === 'success' || how === 'failure') {
    if ((how === 'success') !== isSuccess) return yield* drop(queue, id, ended)
  } else if (how !== 'done') {
    const isInVain = how === 's' && !isSuccess
    const [left] = isInVain ? [] : yield question(sql.WAITS_ON, queue, id)
    if (left) return
    if (isInVain) return yield* release(queue, id, now)
  }
  yield* release(queue, id, Math.max(due, now))
}

function* release(queue: number, id: StoredId, due: number): Steps<void> {
  yield* unpark(queue, id)
  yield change(sql.UNPARK, due, id, queue)
}

/** A callback for another end than its batch came to. */
function* drop(queue: number, id: StoredId, ended: Ended[]): Steps<void> {
  yield* unpark(queue, id)
  yield change(sql.REMEMBER, queue, id)
  yield change(sql.DELETE, id, queue)
  ended.push({ id, isSuccess: false })
}

function* count(nr: number, isSuccess: boolean, ended: Ended[], now: number): Steps<void> {
  yield change(isSuccess ? sql.COUNT_SUCCESS : sql.COUNT_FAILURE, nr)
  yield* endIfOver(nr, ended, now)
}

function* endIfOver(nr: number, ended: Ended[], now: number): Steps<void> {
  const [row] = yield question(sql.IS_OVER, nr)
  if (!row) return
  yield change(sql.END_BATCH, now, nr)
  ended.push({ id: nr, isSuccess: Number(row[0]) === 1 })
}

/** Makes a batch. Gives whether there was none. @throws BatchOverError: its parent is over. */
export function* addBatch(
  queue: number,
  name: string,
  batchId: string,
  parent: string | undefined,
  now: number,
): Steps<number | undefined> {
  if (yield* batchRow(queue, batchId)) return undefined
  const within = parent === undefined ? undefined : yield* openBatch(queue, name, parent)
  yield change(sql.FORGET_BATCHES, now - BATCH_KEPT)
  yield change(sql.ADD_BATCH, queue, batchId)
  const nr = (yield* batchRow(queue, batchId))?.[0] ?? 0
  if (within !== undefined) yield* enroll(queue, nr, within)
  return nr
}

/** Parks a callback that was just written. */
export function* addCallback(queue: number, nr: number, { end, task }: Callback): Steps<void> {
  yield change(sql.ADD_WAIT, queue, nr, task.id)
  yield* putAway(queue, task.id, end, task.delayUntil)
}

/** Says that a batch is full, or canceled. `false`: there is none, or it is over. */
export function* closeBatch(
  queue: number,
  batchId: string,
  as: 'full' | 'canceled',
  now: number,
): Steps<boolean> {
  const row = yield* batchRow(queue, batchId)
  if (!row || row[6] !== null) return false
  yield change(sql.CLOSE_BATCH, as === 'canceled' ? 1 : 0, row[0])
  const ended: Ended[] = []
  yield* endIfOver(row[0], ended, now)
  for (const one of ended) yield* finish(queue, one, now)
  return true
}

export function* findBatch(queue: number, batchId: string): Steps<BatchState | undefined> {
  const row = yield* batchRow(queue, batchId)
  return row && readState(row.slice(1))
}

function readState([total = 0, succeeded = 0, failed = 0, isFull, isCanceled, ended = null]: readonly (
  number | null
)[]): BatchState {
  const counts = { total: total ?? 0, succeeded: succeeded ?? 0, failed: failed ?? 0 }
  return {
    ...counts,
    pending: counts.total - counts.succeeded - counts.failed,
    isFull: isFull === 1,
    isCanceled: isCanceled === 1,
    ...(ended !== null && { endedAt: ended }),
  }
}

export function* listBatches(
  queue: number,
  which: 'open' | 'ended',
  { limit = PAGE_LIMIT, after }: PageRequest,
): Steps<BatchPage> {
  const isOpen = which === 'open'
  const [ended = Infinity, nr = Number.MAX_SAFE_INTEGER] =
    after === undefined ? [] : checkCursor(after, CURSOR).map(Number)
  const rows = yield isOpen
    ? question(sql.OPEN_BATCHES, queue, nr, limit + 1)
    : question(sql.ENDED_BATCHES, queue, ended, nr, limit + 1)
  const some = rows.slice(0, limit)
  const batches = some.map(([, id, ...numbers]) => {
    return { batchId: String(id), ...readState(numbers.map((one) => (one === null ? null : Number(one)))) }
  })
  const last = rows.length > limit ? some.at(-1) : undefined
  return { batches, ...(last && { next: `${isOpen ? 0 : Number(last[7])}:${Number(last[0])}` }) }
}

export function* membersOf(queue: number, batchId: string): Steps<BatchMembers> {
  const row = yield* batchRow(queue, batchId)
  const taskIds: string[] = []
  const batchIds: string[] = []
  for (const [id, name] of row ? yield question(sql.MEMBERS, queue, row[0], MOST_MEMBERS) : []) {
    if (typeof name === 'string') batchIds.push(name)
    else taskIds.push(unpackId(id as StoredId))
  }
  return { taskIds, batchIds }
}
