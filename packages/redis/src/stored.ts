import type { Payload } from '@alligator/core'
import { checkPayload, checkText } from '@alligator/core/backend'
import { packUuid, unpackUuid } from './uuid.js'

/** Bytes. Redis would take 512 MB, but it serves nobody else while it reads and writes one. */
export const MAX_PAYLOAD: number = 64 * 2 ** 20

/** What ids begin with that are kept as text: no character of base64url. */
const TEXT = ':'
/** What bytes begin with, and text that holds the character below: bytes that no UTF-8 text holds. */
const BYTES = 0xff
const WHOLE_TEXT = 0xfe
/** What the time of enqueueing begins with, which stands before all else: then 6 bytes, in milliseconds. */
const TIMED = 0xfd
const HEAD = 7
/** What a key begins with that a task may be there under only once, which stands before that: then its 16 bytes, and 6 of a time. */
const KEYED = 0xfc
const KEY_HEAD = 23
/** What a note begins with that stands beside a task: after the key and the time, and before the payload; then its length in 4 bytes. */
const NOTED = 0xfb
const NOTE_HEAD = 5
/** What stands for the task's own id: a character that JSON does not hold as it is. */
const OWN_ID = '\u0001'

/** An id as it is stored: the 22 characters of a uuid in base64url, or marked text. */
export function packId(taskId: string): string {
  return packUuid(taskId) ?? TEXT + checkText(taskId, 'taskId')
}

export function unpackId(id: string): string {
  return id.startsWith(TEXT) ? id.slice(1) : unpackUuid(id)
}

/**
 * A payload as it is stored, which cannot change any more: text, in which the task's own id is left out since it is there
 * anyway, and anything else with a mark.
 *
 * @throws PayloadTooLargeError, InvalidArgumentError
 */
export function packData(data: Payload, taskId: string): string | Buffer {
  checkPayload(data, taskId, MAX_PAYLOAD)
  if (typeof data !== 'string') return Buffer.concat([Buffer.of(BYTES), data])
  checkText(data, 'data')
  if (data.includes(OWN_ID)) return Buffer.concat([Buffer.of(WHOLE_TEXT), Buffer.from(data)])
  const at = data.indexOf(taskId)
  return at < 0 ? data : data.slice(0, at) + OWN_ID + data.slice(at + taskId.length)
}

/** The same, with the time at which the task was enqueued. */
export function withTime(data: string | Buffer, enqueuedAt: number): Buffer {
  const head = Buffer.alloc(HEAD, TIMED)
  head.writeUIntBE(toMilliseconds(enqueuedAt), 1, 6)
  return Buffer.concat([head, typeof data === 'string' ? Buffer.from(data) : data])
}

/** The same, with a key, and room for the Unix milliseconds when it is due at the latest. */
export function withKey(data: string | Buffer, key: string): Buffer {
  const head = Buffer.alloc(KEY_HEAD)
  head[0] = KEYED
  head.write(key, 1, 'hex')
  return Buffer.concat([head, typeof data === 'string' ? Buffer.from(data) : data])
}

/** Whether a key stands before a payload. */
export function hasKey(data: Buffer): boolean {
  return data[0] === KEYED
}

/** The Unix time in seconds that stands before a payload, if it does. */
export function timeIn(data: Buffer): number | undefined {
  if (data[0] === KEYED) return timeIn(data.subarray(KEY_HEAD))
  return data[0] === TIMED ? data.readUIntBE(1, 6) / 1000 : undefined
}

/** The note that stands before a payload, if it does, as it was packed. */
export function noteIn(data: Buffer): Buffer | undefined {
  if (data[0] === KEYED) return noteIn(data.subarray(KEY_HEAD))
  if (data[0] === TIMED) return noteIn(data.subarray(HEAD))
  return data[0] === NOTED ? data.subarray(NOTE_HEAD, endOfNote(data)) : undefined
}

function endOfNote(data: Buffer): number {
  return NOTE_HEAD + data.readUInt32BE(1)
}

/** A payload as it was pushed. */
export function unpackData(data: Buffer, taskId: string): Payload {
  if (data[0] === NOTED) return unpackData(data.subarray(endOfNote(data)), taskId)
  if (data[0] === KEYED) return unpackData(data.subarray(KEY_HEAD), taskId)
  if (data[0] === TIMED) return unpackData(data.subarray(HEAD), taskId)
  if (data[0] === BYTES) return Uint8Array.from(data.subarray(1))
  if (data[0] === WHOLE_TEXT) return data.toString('utf8', 1)
  const text = data.toString()
  const at = text.indexOf(OWN_ID)
  return at < 0 ? text : text.slice(0, at) + taskId + text.slice(at + 1)
}

/** A moment or a length of time in whole milliseconds, never earlier or shorter. */
export function toMilliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000)
}
