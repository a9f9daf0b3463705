import type { Payload } from '@alligator/core'
import { NORMAL, checkText } from '@alligator/core/backend'

/** What bytes begin with: like the marks below, a byte that no UTF-8 text holds. */
const BYTES = 0xff
/** What text, and bytes, of another level than the usual one begin with: the first of as many marks as there are levels. */
const TEXT_OF_LEVEL = 0xf5
const BYTES_OF_LEVEL = 0xfa

/** What the body of a job begins with that took the place of another one, before the id of the first and the end of that line. */
const FIRST_ID = /^\x80([1-9]\d{0,18})\n/
const LONGEST_ID = 19

/**
 * A payload as a job's body, a character for each byte: text in UTF-8, so that other programs can read it, and anything else with a
 * mark. Of a level, as its place among all, the server tells nothing with a job: so the mark does.
 *
 * @throws InvalidArgumentError
 */
export function packData(data: Payload, level: number = NORMAL): string {
  if (typeof data !== 'string')
    return Buffer.concat([Buffer.of(level === NORMAL ? BYTES : BYTES_OF_LEVEL + level), data]).toString(
      'latin1',
    )
  const text =
    Buffer.byteLength(data) === data.length ? data : Buffer.from(checkText(data, 'data')).toString('latin1')
  return level === NORMAL ? text : String.fromCharCode(TEXT_OF_LEVEL + level) + text
}

/** A job's body, with the id that its task had at first. */
export function withFirstId(body: string, firstId: string): string {
  return `\x80${firstId}\n${body}`
}

/** The id that a task had at first, if that was another one. */
export function firstIdOf(body: Buffer): string | undefined {
  // No text begins so.
  if (body[0] !== 0x80) return undefined
  return FIRST_ID.exec(body.toString('latin1', 0, LONGEST_ID + 2))?.[1]
}

function withoutFirstId(body: Buffer): Buffer {
  const firstId = firstIdOf(body)
  return firstId === undefined ? body : body.subarray(firstId.length + 2)
}

/** The level of a job, as its place among all. */
export function levelOfBody(whole: Buffer): number {
  const mark = withoutFirstId(whole)[0] ?? 0
  if (mark < TEXT_OF_LEVEL || mark === BYTES) return NORMAL
  return mark < BYTES_OF_LEVEL ? mark - TEXT_OF_LEVEL : mark - BYTES_OF_LEVEL
}

/** The largest payload where a job may have so many bytes. */
export function maxPayloadOf(maxJobSize: number): number {
  return maxJobSize - 1
}

/** A payload as it was pushed. */
export function unpackData(whole: Buffer): Payload {
  const body = withoutFirstId(whole)
  const mark = body[0] ?? 0
  if (mark < TEXT_OF_LEVEL) return body.toString()
  // A copy, because the driver's buffer holds other answers too.
  return mark < BYTES_OF_LEVEL ? body.toString('utf8', 1) : Uint8Array.from(body.subarray(1))
}
