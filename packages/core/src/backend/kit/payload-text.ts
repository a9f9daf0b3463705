import type { Payload } from '../../base/payload.js'

/** What tells a payload of text from one of bytes. */
const TEXT = 't'
const BYTES = 'b'

/** An empty payload, packed. */
export const NO_PAYLOAD: string = TEXT

/** A payload as text, for a state store. */
export function packPayload(data: Payload): string {
  return typeof data === 'string' ? TEXT + data : BYTES + Buffer.from(data).toString('base64')
}

export function unpackPayload(text: string): Payload {
  const rest = text.slice(1)
  return text.startsWith(BYTES) ? new Uint8Array(Buffer.from(rest, 'base64')) : rest
}
