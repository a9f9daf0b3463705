import { createHash } from 'node:crypto'
import type { DeathReason, Payload, StoredState, StoredTask } from '@alligator/core'
import { checkPayload, checkText, priorityAt } from '@alligator/core/backend'

/** Bytes. PostgreSQL would take 1 GB, but each payload is written and read in one go. */
export const MAX_PAYLOAD: number = 64 * 2 ** 20

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** What the column `bytes` begins with. */
const BYTES = 0
const TEXT = 1

/** An id as it is stored: any uuid as itself, and any other text with a uuid that is made of it. */
export interface StoredId {
  readonly id: string
  readonly name: string | null
}

/** A payload as it is stored: text that PostgreSQL can hold, else bytes. */
export interface StoredData {
  readonly data: string | null
  readonly bytes: Buffer | null
}

/** The columns that a payload and its id are read from. */
export type StoredRow = readonly [id: string, name: string | null, data: string | null, bytes: Buffer | null]

/** A time to the microsecond, as a statement writes it. */
export const TIME: string = String.raw`infinity|\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`

/** A row of a listing. */
export type ListedRow = readonly [
  ...row: StoredRow,
  seq: string,
  until: number | null,
  reason: string | null,
  enqueued: number | null,
  /** The place of its level, from 1. */
  level: number | null,
]

/** The node of a batch: a uuid that is made of its id, and is that of no task. */
export function nodeOf(batchId: string): string {
  return uuidOf(`\0${packText(batchId, 'batchId')}`)
}

/** Which number the column `state` has. */
export const STATES: Readonly<Record<StoredState, number>> = { waiting: 0, delayed: 1, running: 2, dead: 3 }

export function packId(taskId: string): StoredId {
  if (UUID.test(taskId)) return { id: taskId, name: null }
  const name = packText(taskId, 'taskId')
  return { id: uuidOf(taskId), name }
}

export function unpackId(id: string, name: string | null): string {
  return name === null ? id : unpackText(name)
}

/** Text without the one character that PostgreSQL cannot hold. */
export function packText(text: string, path: string): string {
  checkText(text, path)
  return /[\\\0]/.test(text) ? text.replaceAll('\\', String.raw`\\`).replaceAll('\0', String.raw`\0`) : text
}

export function unpackText(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === '0' ? '\0' : escaped))
}

/**
 * A payload that cannot change any more.
 *
 * @throws PayloadTooLargeError, InvalidArgumentError
 */
export function packData(data: Payload, taskId: string): StoredData {
  checkPayload(data, taskId, MAX_PAYLOAD)
  if (typeof data !== 'string') return { data: null, bytes: Buffer.concat([Buffer.of(BYTES), data]) }
  checkText(data, 'data')
  if (!data.includes('\0')) return { data, bytes: null }
  return { data: null, bytes: Buffer.concat([Buffer.of(TEXT), Buffer.from(data)]) }
}

/** The same as bytes, whatever it is. */
export function packBytes(data: Payload, taskId: string): Buffer {
  const { data: text, bytes } = packData(data, taskId)
  return bytes ?? Buffer.concat([Buffer.of(TEXT), Buffer.from(text ?? '')])
}

/** A payload as it was pushed. */
export function unpackData(data: string | null, bytes: Buffer | null): Payload {
  if (data !== null) return data
  if (!bytes) return ''
  return bytes[0] === TEXT ? bytes.toString('utf8', 1) : Uint8Array.from(bytes.subarray(1))
}

export function unpackTask(state: StoredState, row: ListedRow): StoredTask {
  const [id, name, data, bytes, , until, reason, enqueued, level] = row
  const timed = (state === 'delayed' && until !== Infinity) || state === 'running'
  return {
    taskId: unpackId(id, name),
    state,
    data: unpackData(data, bytes),
    until: timed && until !== null ? until : undefined,
    enqueuedAt: enqueued ?? undefined,
    reason: reason === null ? undefined : (JSON.parse(reason) as DeathReason),
    priority: level === null ? undefined : priorityAt(level - 1),
  }
}

/** A uuid of version 8, whose bits are those of a hash. */
function uuidOf(text: string): string {
  const hash = createHash('sha256').update(text).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
