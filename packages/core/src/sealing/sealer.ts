import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Payload } from '../contract.js'
import {
  BadSignatureError,
  InvalidPayloadError,
  SecretMissingError,
  UnsignedPayloadError,
} from '../errors.js'
import { unwrap, wrap } from './envelope.js'
import { type Keys, makeKeys } from './keyring.js'
import { readSecrets } from './secrets.js'

/** Half of a pair, which UTF-8 cannot hold: a signature could not tell one from another. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** What stands between a task class and a store: it puts payloads into envelopes, and checks what it takes out of them. */
export interface Sealer {
  /**
   * What is put on this queue for a payload. The same payload gives the same bytes.
   *
   * @throws InvalidPayloadError for text that cannot be written as UTF-8.
   */
  seal(queue: string, data: Payload): Payload
  /**
   * The payload in what lies on this queue.
   *
   * @throws UnsignedPayloadError, BadSignatureError, SecretMissingError
   */
  open(queue: string, data: Payload): Payload
}

/** The sealer for these secrets, or those of `ALLIGATOR_SECRET`. @throws InvalidOptionError */
export function makeSealer(secret: string | readonly string[] | undefined): Sealer {
  const [first, ...others] = makeKeys(readSecrets(secret))
  return first ? new SigningSealer([first, ...others]) : WITHOUT_SECRET
}

const WITHOUT_SECRET: Sealer = {
  seal(_queue, data) {
    return data
  },
  open(queue, data) {
    if (unwrap(data)) throw new SecretMissingError(queue)
    return data
  },
}

class SigningSealer implements Sealer {
  /** The first signs, all of them verify. */
  readonly #keys: readonly [Keys, ...Keys[]]

  constructor(keys: readonly [Keys, ...Keys[]]) {
    this.#keys = keys
  }

  seal(queue: string, data: Payload): Payload {
    if (isMalformed(data)) throw new InvalidPayloadError('its text holds half of a surrogate pair')
    const [keys] = this.#keys
    return wrap({ keyId: keys.id, signature: sign(keys, queue, data), content: data })
  }

  open(queue: string, data: Payload): Payload {
    const envelope = unwrap(data)
    if (!envelope) throw new UnsignedPayloadError(queue)
    const { keyId, signature, content } = envelope
    const keys = this.#keys.find(({ id }) => id === keyId)
    if (!keys) throw new BadSignatureError(queue, 'this process does not have the secret that signed it')
    const isGenuine = !isMalformed(content) && isEqual(signature, sign(keys, queue, content))
    if (!isGenuine) throw new BadSignatureError(queue, 'it was altered, or signed for another queue')
    return content
  }
}

function isMalformed(data: Payload): boolean {
  return typeof data === 'string' && LONE_SURROGATE.test(data)
}

/** Compares texts of equal length, in a time that does not tell where they differ. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

/** Over the very bytes that are read later, and before them their kind and queue; JSON shows where the name ends. */
function sign(keys: Keys, queue: string, data: Payload): string {
  const hmac = createHmac('sha256', keys.signing)
  const kind = typeof data === 'string' ? 'text' : 'bytes'
  const context = `${kind} ${JSON.stringify(queue)}`
  if (typeof data === 'string') hmac.update(context + data)
  else hmac.update(context).update(data)
  return hmac.digest('base64url')
}
