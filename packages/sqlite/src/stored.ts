import type { DeathReason, Payload, PushItem, StoredState, StoredTask, UniqueKey } from '@alligator/core'
import {
  NORMAL,
  PRIORITIES,
  checkPayload,
  checkText,
  levelOf,
  priorityAt,
  readDeathReason,
} from '@alligator/core/backend'

/** An id as it is stored: the 16 bytes of a canonical uuid, else its text. */
export type StoredId = string | Uint8Array
/** A task on its way into the store, its id and payload already in their stored form. */
export interface NewTask {
  readonly id: StoredId
  readonly data: Payload
  readonly delayUntil: number | undefined
  readonly enqueuedAt: number | undefined
  /** Its `due` when it waits: 0 at the usual level. */
  readonly level: number
  readonly unique: UniqueKey | undefined
}
/** A row of a listing. */
export type ListedRow = [
  seq: number,
  id: StoredId,
  due: number | null,
  reason: string | null,
  enqueued: number | null,
  level: number | null,
  data: Payload,
]

/** Bytes. SQLite would take 1 GB, but each one is written and read in one go, while the event loop stands still. */
export const MAX_PAYLOAD: number = 64 * 2 ** 20

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** What `due` is of tasks that wait at each level, the first one first. */
export const LEVELS: readonly number[] = PRIORITIES.map((_, place) =>
  place === NORMAL ? 0 : (place + 1) / 10,
)

export function packTask({ taskId, data, delayUntil, enqueuedAt, priority, unique }: PushItem): NewTask {
  const level = LEVELS[levelOf(priority)] ?? 0
  return { id: packId(taskId), data: packData(data, taskId), delayUntil, enqueuedAt, level, unique }
}

/** What the column `level` says of a new task: nothing at the usual one. */
export function levelColumn({ level }: NewTask): number | null {
  return level === 0 ? null : level
}

/** What `due` says of a new task. */
export function dueOf({ delayUntil = 0, level }: NewTask, now: number): number {
  return delayUntil > now ? delayUntil : level
}

export function packId(taskId: string): StoredId {
  return UUID.test(taskId) ? Buffer.from(taskId.replaceAll('-', ''), 'hex') : checkText(taskId, 'taskId')
}

export function unpackId(id: StoredId): string {
  return typeof id === 'string'
    ? id
    : uuidOf(Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex'))
}

/** A uuid in its usual form, from its 32 hexadecimal digits. */
export function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * A payload that cannot change any more: bytes are copied, since they are written in a later turn.
 *
 * @throws PayloadTooLargeError, InvalidArgumentError
 */
export function packData(data: Payload, taskId: string): Payload {
  checkPayload(data, taskId, MAX_PAYLOAD)
  return typeof data === 'string' ? checkText(data, 'data') : Buffer.from(data)
}

/** A payload as it was pushed: plain bytes where the driver gives a Buffer. */
export function unpackData(data: Payload): Payload {
  return typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

export function sameData(a: Payload, b: Payload): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0
}

/** A note as it stands before a reason: a mark of what it is, base64, and the end of the line. */
export function packNote(note: Payload): string {
  const isText = typeof note === 'string'
  return `${isText ? 't' : 'b'}${Buffer.from(note).toString('base64')}\n`
}

/** The note that stands before a reason, if there is one. */
export function noteIn(text: string): Payload | undefined {
  const end = text.indexOf('\n')
  if (end < 0) return undefined
  const bytes = Buffer.from(text.slice(1, end), 'base64')
  return text.startsWith('t') ? bytes.toString() : new Uint8Array(bytes)
}

function reasonIn(text: string): DeathReason | undefined {
  const reason = text.slice(text.indexOf('\n') + 1)
  return reason === '' ? undefined : readDeathReason(reason)
}

export function unpackTask(
  state: StoredState,
  [, id, due, reason, enqueued, level, data]: ListedRow,
): StoredTask {
  const timed = state === 'delayed' || state === 'running'
  return {
    taskId: unpackId(id),
    state,
    data: unpackData(data),
    until: timed && due !== null ? Math.abs(due) : undefined,
    enqueuedAt: enqueued ?? undefined,
    reason: reason === null ? undefined : reasonIn(reason),
    priority: level === null ? undefined : priorityAt(LEVELS.indexOf(level)),
  }
}

/** What proves that a task was handed out under a lease. */
export function receiptOf(seq: number, lease: number): string {
  return `${seq}.${lease}`
}

export function readReceipt(receipt: string): [seq: number, lease: number] {
  const dot = receipt.indexOf('.')
  return [Number(receipt.slice(0, dot)), Number(receipt.slice(dot + 1))]
}

/** What `due` says at a Unix time. */
export function stateOf(due: number | null, now: number): StoredState {
  if (due === null) return 'dead'
  if (due > now) return 'delayed'
  return due < -now ? 'running' : 'waiting'
}
