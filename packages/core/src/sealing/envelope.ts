import type { Payload } from '../contract.js'

/**
 * A signed payload is `signed1:KEY-ID:SIGNATURE:` and then the payload as it was, so that text stays text that people can
 * read. Id and signature are base64url of fixed length: nothing has to be parsed to check it.
 */
export interface Envelope {
  readonly keyId: string
  readonly signature: string
  readonly content: Payload
}

/** Characters, and bytes, that stand before the payload. */
const HEADER_SIZE = 61
const HEADER = /^signed1:([\w-]{8}):([\w-]{43}):/

/** Puts a payload into an envelope. */
export function wrap({ keyId, signature, content }: Envelope): Payload {
  const header = `signed1:${keyId}:${signature}:`
  return typeof content === 'string' ? header + content : Buffer.concat([Buffer.from(header), content])
}

/** Reads an envelope without checking it; `undefined` when there is none. */
export function unwrap(data: Payload): Envelope | undefined {
  const [, keyId, signature] = HEADER.exec(typeof data === 'string' ? data : headOf(data)) ?? []
  if (keyId === undefined || signature === undefined) return undefined
  const content = typeof data === 'string' ? data.slice(HEADER_SIZE) : data.subarray(HEADER_SIZE)
  return { keyId, signature, content }
}

function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, HEADER_SIZE)).toString('latin1')
}
