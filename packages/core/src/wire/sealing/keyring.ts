import { type KeyObject, createSecretKey, hkdfSync } from 'node:crypto'
import type { Payload } from '../../base/payload.js'

/** What is made of one secret: a key for each purpose, so that none can be used for another. */
export interface Keys {
  /** Eight characters that name the secret which sealed a payload; they say nothing about the secret itself. */
  readonly id: string
  readonly signing: KeyObject
  readonly encryption: KeyObject
  readonly nonces: KeyObject
  readonly digests: KeyObject
}

/** Derives the keys of each secret, in the same order. */
export function makeKeys(secrets: readonly string[]): readonly Keys[] {
  return secrets.map((secret) => ({
    id: derive(secret, 'key id', 6).toString('base64url'),
    signing: createSecretKey(derive(secret, 'signing', 32)),
    encryption: createSecretKey(derive(secret, 'encryption', 32)),
    nonces: createSecretKey(derive(secret, 'nonces', 32)),
    digests: createSecretKey(derive(secret, 'digests', 32)),
  }))
}

/** What a payload is bound to besides its bytes: whether they are text, and whose they are. JSON shows where the name ends. */
export function contextOf(queue: string, data: Payload): string {
  return `${typeof data === 'string' ? 'text' : 'bytes'} ${JSON.stringify(queue)}`
}

/** HKDF with SHA-256 and no salt. */
function derive(secret: string, purpose: string, size: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `alligator 1 ${purpose}`, size))
}
