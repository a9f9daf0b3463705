import { DuplicateTaskError, type Payload, type Placed, type UniqueKey } from '@alligator/core'
import { type Question, type Steps, change, question } from './questions.js'
import * as sql from './statements.js'
import { NEVER, type NewTask, type StoredId, sameData, stateOf, unpackId, levelColumn } from './stored.js'
import { hasTie, openBatches, tie, unpark } from './ties.js'

/** Bytes of a key. */
const KEY_LENGTH = 16

type KeyedRow = readonly [
  seq: number,
  id: StoredId,
  due: number | null,
  ukey: Uint8Array | null,
  level: number | null,
]
/** A row of `LOOK`. */
type LookRow = readonly [what: 0 | 1 | 2, ...row: KeyedRow, data: Payload | null]

/** A task that is to be written: anew, or in the place of one that waits. */
interface Planned {
  task: NewTask
  readonly id: StoredId
  readonly latest: number | undefined
  /** The row that it takes the place of, whether that is delayed, and its level. */
  readonly former?: {
    readonly seq: number
    readonly isDelayed: boolean
    readonly isParked: boolean
    readonly level: number
  }
}

/** What a batch comes to, before any of it is written. */
interface Plan {
  readonly queue: number
  readonly name: string
  readonly now: number
  /** By their ids. */
  readonly planned: Map<string, Planned>
  /** By their keys, those that others of the batch are in the way of. */
  readonly byKey: Map<string, Planned>
}

/**
 * Puts tasks on a queue, of which some have a key; gives what became of each. All is found out before anything is written, so
 * that what is refused is refused as a whole, also in a transaction that goes on.
 */
export function* place(queue: number, name: string, tasks: readonly NewTask[], now: number): Steps<Placed[]> {
  const plan: Plan = { queue, name, now, planned: new Map(), byKey: new Map() }
  const batches = yield* openBatches(queue, name, tasks)
  const placed: Placed[] = []
  for (const task of tasks) placed.push(yield* planOne(plan, task))
  const [someRemoved] = yield question(sql.SOME_REMOVED, queue)
  for (const planned of plan.planned.values()) {
    if (planned.former?.isParked) yield* unpark(queue, planned.id)
    if (planned.former) yield replace(planned, planned.former, now)
    else yield* insert(plan, planned, someRemoved !== undefined)
    const { unique } = planned.task
    if (unique?.for === undefined) continue
    yield change(sql.FORGET_TAKEN, now)
    yield change(sql.TAKE_KEY, queue, bytesOf(unique), planned.id, now + unique.for)
  }
  // What takes the place of another has its id, and is no member.
  const written = [...plan.planned.values()].map(({ task, id, former }) => {
    return { ...task, id, batch: former ? undefined : task.batch }
  })
  yield* tie(queue, written.filter(hasTie), batches)
  return placed
}

function* planOne(plan: Plan, task: NewTask): Steps<Placed> {
  const { unique, id } = task
  const taskId = unpackId(id)
  if (!unique) {
    const [[held] = []] = yield question(sql.DATA, id, plan.queue)
    planNew(plan, task, undefined, held)
    return { taskId, isDuplicate: false }
  }
  const key = bytesOf(unique)
  const values = [plan.queue, key, plan.queue, key, plan.now, id, plan.queue]
  const found = (yield question(sql.LOOK, ...values)) as readonly LookRow[]
  const rows = found
    .flatMap(([what, ...row]): KeyedRow[] => (what === 0 ? [row.slice(0, 5) as unknown as KeyedRow] : []))
    .sort((a, b) => b[0] - a[0])
  const running = rows
    .filter(([, , due]) => stateOf(due, plan.now) === 'running')
    .map((row) => unpackId(row[1]))
  const [runs] = running
  const told = (other: string) => ({
    taskId: other,
    isDuplicate: other !== taskId,
    ...(runs !== undefined && { runs }),
  })
  const before = plan.byKey.get(unique.key)
  if (before) {
    meet(plan, unpackId(before.id), task)
    if (unique.onConflict === 'replace') before.task = { ...task, data: task.data }
    return told(unpackId(before.id))
  }
  const waiting = rows.find(([, , due]) => ['waiting', 'delayed'].includes(stateOf(due, plan.now)))
  if (waiting) {
    const other = unpackId(waiting[1])
    meet(plan, other, task)
    if (other !== taskId && unique.onConflict === 'replace') planReplacement(plan, other, waiting, task)
    return told(other)
  }
  const other =
    (unique.until === 'finished' ? running.find((each) => each !== unique.besides) : undefined) ??
    (yield* takenBy(plan, unique, found))
  if (other !== undefined) {
    meet(plan, other, task)
    return told(other)
  }
  const latest = unique.atMost === undefined ? undefined : plan.now + unique.atMost
  const planned = planNew(plan, task, latest, found.find(([what]) => what === 2)?.[6])
  if (planned) plan.byKey.set(unique.key, planned)
  return told(taskId)
}

/** A task meets another of its key. @throws DuplicateTaskError where it is not to. */
function meet({ name }: Plan, other: string, { id, unique }: NewTask): void {
  if (unique?.onConflict === 'throw' && other !== unpackId(id))
    throw new DuplicateTaskError(other, name, 'key')
}

/** Plans a task, unless the queue has it already. @throws DuplicateTaskError when it has another one with this id. */
function planNew(plan: Plan, task: NewTask, latest: number | undefined, held: unknown): Planned | undefined {
  const taskId = unpackId(task.id)
  const before = plan.planned.get(taskId)?.task.data ?? (held as Payload | null | undefined) ?? undefined
  if (before !== undefined && !sameData(before, task.data)) throw new DuplicateTaskError(taskId, plan.name)
  if (before !== undefined) return undefined
  const planned = { task, id: task.id, latest }
  plan.planned.set(taskId, planned)
  return planned
}

function planReplacement(
  plan: Plan,
  taskId: string,
  [seq, id, due, ukey, level]: KeyedRow,
  task: NewTask,
): void {
  const isDelayed = stateOf(due, plan.now) === 'delayed'
  const former = { seq, isDelayed, isParked: due !== null && due >= NEVER, level: level ?? 0 }
  const planned = { task, id, latest: latestIn(ukey), former }
  plan.planned.set(taskId, planned)
  if (task.unique) plan.byKey.set(task.unique.key, planned)
}

/** The task that has taken a key for a time, unless it left without success, or is dead. */
function* takenBy(
  { queue }: Plan,
  { besides }: UniqueKey,
  found: readonly LookRow[],
): Steps<string | undefined> {
  const id = found.find(([what]) => what === 1)?.[2]
  if (id === undefined) return undefined
  const other = unpackId(id)
  if (other === besides) return undefined
  if (found.some(([what, , held, due]) => what === 0 && due === null && unpackId(held) === other))
    return undefined
  const [removed] = yield question(sql.REMOVED, queue, id)
  return removed ? undefined : other
}

function* insert({ queue, now }: Plan, { task, id, latest }: Planned, someRemoved: boolean): Steps<void> {
  const { data, enqueuedAt = null, unique } = task
  if (someRemoved) yield change(sql.NOT_REMOVED, queue, id)
  const key = unique ? keyColumn(unique, latest) : null
  const [due, level] = [dueOf(task, latest, now), levelColumn(task)]
  yield change(sql.PUSH_KEYED, queue, id, due, enqueuedAt, level, key, data)
}

function replace(
  { task, latest }: Planned,
  { seq, isDelayed, level }: NonNullable<Planned['former']>,
  now: number,
): Question {
  const due = dueOf(task, latest, now)
  const mustMove = due === task.level && (isDelayed || level !== task.level)
  return change(mustMove ? sql.REPLACE_LAST : sql.REPLACE, due, levelColumn(task), task.data, seq)
}

function dueOf({ delayUntil = 0, level }: NewTask, latest: number | undefined, now: number): number {
  const due = latest === undefined ? delayUntil : Math.min(delayUntil, latest)
  return due > now ? due : level
}

function bytesOf({ key }: UniqueKey): Buffer {
  return Buffer.from(key, 'hex')
}

/** A key, and behind it when its task is due at the latest. */
function keyColumn(unique: UniqueKey, latest: number | undefined): Buffer {
  const key = bytesOf(unique)
  if (latest === undefined) return key
  const time = Buffer.alloc(8)
  time.writeDoubleBE(latest)
  return Buffer.concat([key, time])
}

function latestIn(ukey: Uint8Array | null): number | undefined {
  return ukey && ukey.length > KEY_LENGTH ? Buffer.from(ukey).readDoubleBE(KEY_LENGTH) : undefined
}
