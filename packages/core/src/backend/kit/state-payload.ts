import type { Payload } from '../../base/payload.js'

/** What tells a payload of text from one of bytes. */
const TEXT = 't'
const BYTES = 'b'

/** A payload as a state store keeps it: text. */
export function payloadText(data: Payload): string {
  return typeof data === 'string' ? TEXT + data : BYTES + Buffer.from(data).toString('base64')
}

export function readPayloadText(text: string): Payload {
  const rest = text.slice(1)
  return text.startsWith(BYTES) ? new Uint8Array(Buffer.from(rest, 'base64')) : rest
}
