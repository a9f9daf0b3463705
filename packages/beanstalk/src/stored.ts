import type { Payload } from '@alligator/core'
import { checkText } from '@alligator/core/backend'

/** What bytes begin with: a byte that no UTF-8 text holds. */
const BYTES = 0xff

/**
 * A payload as a job's body, a character for each byte: text in UTF-8, so that other programs can read it, and bytes with a
 * mark.
 *
 * @throws InvalidArgumentError
 */
export function packData(data: Payload): string {
  if (typeof data !== 'string') return Buffer.concat([Buffer.of(BYTES), data]).toString('latin1')
  if (Buffer.byteLength(data) === data.length) return data
  return Buffer.from(checkText(data, 'data')).toString('latin1')
}

/** The largest payload where a job may have so many bytes. */
export function maxPayloadOf(maxJobSize: number): number {
  return maxJobSize - 1
}

/** A payload as it was pushed. */
export function unpackData(body: Buffer): Payload {
  // A copy, because the driver's buffer holds other answers too.
  return body[0] === BYTES ? Uint8Array.from(body.subarray(1)) : body.toString()
}
