import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Payload } from '../../base/payload.js'
import { type Keys, contextOf } from './keyring.js'
import { authenticate } from './signature.js'

const ALGORITHM = 'aes-256-gcm'
const NONCE_SIZE = 12
const TAG_SIZE = 16

/**
 * Encrypts a payload for this queue, with AES-256-GCM: nonce, cipher and tag, in base64url where it is text.
 *
 * The nonce is not drawn but made of the payload and its queue, by an HMAC with a key of its own, so that a push that is
 * repeated gives the same bytes and is no conflict. GCM breaks when two payloads share a nonce. The same payload on the same
 * queue does, and gives the same bytes: that shows that they are equal, and nothing else. Two that differ share one
 * only if 96 bits of the HMAC collide, which is as rare as with nonces that are drawn, and cannot be brought about without
 * the key. NIST's bound for those holds here too: 2^32 payloads for a key, to keep the odds below one in 2^32.
 */
export function encrypt(keys: Keys, queue: string, data: Payload): Payload {
  const context = contextOf(queue, data)
  const nonce = authenticate(keys.nonces, context, data).subarray(0, NONCE_SIZE)
  const cipher = createCipheriv(ALGORITHM, keys.encryption, nonce, { authTagLength: TAG_SIZE })
  cipher.setAAD(Buffer.from(context))
  const body = typeof data === 'string' ? cipher.update(data, 'utf8') : cipher.update(data)
  const bytes = Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()])
  return typeof data === 'string' ? bytes.toString('base64url') : bytes
}

/** Decrypts what `encrypt` gave for this queue; `undefined` for anything else. */
export function decrypt(keys: Keys, queue: string, data: Payload): Payload | undefined {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64url') : data
  if (bytes.length < NONCE_SIZE + TAG_SIZE) return undefined
  const decipher = createDecipheriv(ALGORITHM, keys.encryption, bytes.subarray(0, NONCE_SIZE), {
    authTagLength: TAG_SIZE,
  })
  decipher.setAAD(Buffer.from(contextOf(queue, data)))
  decipher.setAuthTag(bytes.subarray(-TAG_SIZE))
  try {
    const content = Buffer.concat([decipher.update(bytes.subarray(NONCE_SIZE, -TAG_SIZE)), decipher.final()])
    return typeof data === 'string' ? content.toString() : content
  } catch {
    return undefined
  }
}
