import { type KeyObject, createHmac, timingSafeEqual } from 'node:crypto'
import type { Payload } from '../../base/payload.js'
import { type Keys, contextOf } from './keyring.js'

/** HMAC-SHA256 over the context of a payload and its very bytes. */
export function authenticate(key: KeyObject, context: string, data: Payload): Buffer {
  const hmac = createHmac('sha256', key)
  return (typeof data === 'string' ? hmac.update(context + data) : hmac.update(context).update(data)).digest()
}

/** The signature of a payload for this queue, in base64url. */
export function sign(keys: Keys, queue: string, data: Payload): string {
  return authenticate(keys.signing, contextOf(queue, data), data).toString('base64url')
}

/** Whether this is the signature of these bytes, found out in a time that does not reveal where they differ. */
export function isSignedBy(keys: Keys, queue: string, data: Payload, signature: string): boolean {
  return timingSafeEqual(Buffer.from(sign(keys, queue, data)), Buffer.from(signature))
}
