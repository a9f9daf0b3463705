import { isUtf8 } from 'node:buffer'
import type { Payload } from '../base/payload.js'
import { InvalidPayloadError, PayloadTooLargeError } from '../errors/index.js'

/** The most bytes of a payload, unless a gator says otherwise. */
export const DEFAULT_MAX_PAYLOAD: number = 16 * 1024 * 1024
/** The most bytes of a result, unless a gator says otherwise. */
export const DEFAULT_MAX_RESULT: number = 64 * 1024
/** The most entries of each list in a payload but its arguments: what it depends on, and its pauses. */
export const LONGEST_LIST = 1000
/** Levels of lists and objects: those that arguments may have, and the task around them. */
const MOST_LEVELS = 512

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** How many bytes a payload has, if they are more than `limit`; else 0. */
export function sizeOver(data: Payload, limit: number): number {
  // A UTF-16 unit takes at most 3 bytes, so that short payloads need no count.
  if (data.length * 3 <= limit) return 0
  const size = Buffer.byteLength(data)
  return size > limit ? size : 0
}

/** Refuses a payload of more than `limit` bytes. @throws PayloadTooLargeError naming its function. */
export function checkSize(name: string | undefined, data: Payload, limit: number): void {
  const size = sizeOver(data, limit)
  if (size > 0) throw new PayloadTooLargeError(name ?? 'the task', size, limit)
}

/** A payload as text. @throws InvalidPayloadError for bytes that are not UTF-8. */
export function textOf(data: Payload): string {
  if (typeof data === 'string') return data
  if (!isUtf8(data)) throw new InvalidPayloadError('its bytes are not UTF-8')
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()
}

/**
 * Refuses JSON that is nested so deeply that writing it again would overflow the stack, without parsing it.
 *
 * @throws InvalidPayloadError
 */
export function checkDepth(json: string): void {
  if (mayBeDeep(json) && isDeep(json))
    throw new InvalidPayloadError(`it is nested more than ${MOST_LEVELS} levels deep`)
}

/** Whether it has brackets enough, which is found much faster. */
function mayBeDeep(json: string): boolean {
  let brackets = 0
  for (const bracket of '[{') {
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1)) {
      brackets += 1
      if (brackets > MOST_LEVELS) return true
    }
  }
  return false
}

function isDeep(json: string): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at)
    if (unit === QUOTE) at = endOfText(json, at)
    else if (unit === 0x5b || unit === 0x7b) depth += 1
    else if (unit === 0x5d || unit === 0x7d) depth -= 1
    if (depth > MOST_LEVELS) return true
  }
  return false
}

/** Where the quote is that closes this one; in what is not JSON, the end. */
function endOfText(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let before = at - 1
    while (json.charCodeAt(before) === BACKSLASH) before -= 1
    if ((at - before) % 2 === 1) return at
  }
  return json.length
}
