import type { Payload } from '../../base/payload.js'

/**
 * What is in a store when there is a secret: `signed1:KEY-ID:SIGNATURE:` and then the payload as it was, so that text stays
 * text that people can read; or `encrypted1:KEY-ID:` and then its cipher, base64url where the payload was text. Ids and
 * signatures are base64url of fixed length: nothing has to be parsed to check one.
 */
export type Envelope = Signed | Encrypted

interface Signed {
  readonly kind: 'signed'
  readonly keyId: string
  readonly signature: string
  readonly content: Payload
}

interface Encrypted {
  readonly kind: 'encrypted'
  readonly keyId: string
  readonly cipher: Payload
}

const SIGNED = /^signed1:([\w-]{8}):([\w-]{43}):/
const ENCRYPTED = /^encrypted1:([\w-]{8}):/
/** Characters of the longer header. */
const LONGEST_HEADER = 61

/** Writes an envelope. */
export function wrap(envelope: Envelope): Payload {
  return envelope.kind === 'signed'
    ? join(`signed1:${envelope.keyId}:${envelope.signature}:`, envelope.content)
    : join(`encrypted1:${envelope.keyId}:`, envelope.cipher)
}

/** Reads an envelope without checking it; `undefined` when there is none. */
export function unwrap(data: Payload): Envelope | undefined {
  const head = typeof data === 'string' ? data : headOf(data)
  // Most are JSON, and need no more than a look at their first letter.
  if (head.startsWith('{')) return undefined
  const [header = '', keyId, signature] = SIGNED.exec(head) ?? ENCRYPTED.exec(head) ?? []
  if (keyId === undefined) return undefined
  const rest = typeof data === 'string' ? data.slice(header.length) : data.subarray(header.length)
  return signature === undefined
    ? { kind: 'encrypted', keyId, cipher: rest }
    : { kind: 'signed', keyId, signature, content: rest }
}

function join(header: string, rest: Payload): Payload {
  return typeof rest === 'string' ? header + rest : Buffer.concat([Buffer.from(header), rest])
}

function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, LONGEST_HEADER)).toString('latin1')
}
