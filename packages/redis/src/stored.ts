import { toUSVString } from 'node:util'
import { InvalidArgumentError, PayloadTooLargeError, type Payload } from '@alligator/core'

/** Bytes. Redis would take 512 MB, but it serves nobody else while it reads and writes one. */
export const MAX_PAYLOAD: number = 64 * 2 ** 20

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** What ids begin with that are kept as text: no character of base64url. */
const TEXT = ':'
/** What bytes begin with: a byte that no UTF-8 text holds. */
const BYTES = 0xff

/** Gives text that the store keeps as it is. A lone surrogate has no UTF-8, and would come back as another character. */
export function checkText(text: string, path: string): string {
  if (toUSVString(text) === text) return text
  throw new InvalidArgumentError(
    path,
    'it holds half of a surrogate pair, which cannot be stored. Pass well-formed text.',
  )
}

/** An id as it is stored: the 22 characters of a uuid in base64url, or marked text. */
export function packId(taskId: string): string {
  if (UUID.test(taskId)) return Buffer.from(taskId.replaceAll('-', ''), 'hex').toString('base64url')
  return TEXT + checkText(taskId, 'taskId')
}

export function unpackId(id: string): string {
  if (id.startsWith(TEXT)) return id.slice(1)
  const hex = Buffer.from(id, 'base64url').toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * A payload as it is stored, which cannot change any more: text as it is, bytes with a mark.
 *
 * @throws PayloadTooLargeError, InvalidArgumentError
 */
export function packData(data: Payload, taskId: string): string | Buffer {
  // A UTF-16 unit takes at most 3 bytes, so that short payloads need no count.
  const size = data.length * 3 > MAX_PAYLOAD ? Buffer.byteLength(data) : 0
  if (size > MAX_PAYLOAD) throw new PayloadTooLargeError(`task ${taskId}`, size, MAX_PAYLOAD)
  return typeof data === 'string' ? checkText(data, 'data') : Buffer.concat([Buffer.of(BYTES), data])
}

/** A payload as it was pushed. */
export function unpackData(data: Buffer): Payload {
  return data[0] === BYTES ? Uint8Array.from(data.subarray(1)) : data.toString()
}

/** A moment or a length of time in whole milliseconds, never earlier or shorter. */
export function toMilliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000)
}
