import { createHash, createHmac } from 'node:crypto'
import type { Payload } from '../../base/payload.js'
import {
  BadSignatureError,
  InvalidOptionError,
  InvalidPayloadError,
  SecretMissingError,
  UnsignedPayloadError,
} from '../../errors/index.js'
import { decrypt, encrypt } from './cipher.js'
import { type Envelope, unwrap, wrap } from './envelope.js'
import { type Keys, makeKeys } from './keyring.js'
import { type SecretOptions, readSecrets } from './secrets.js'
import { isSignedBy, sign } from './signature.js'

/** Half of a pair, which UTF-8 cannot hold: a signature could not distinguish one from another. */
const LONE_SURROGATE = /\p{Surrogate}/u
/** Of a digest, hexadecimal. */
const DIGITS = 32

/** What stands between a task class and a store: it puts payloads into envelopes, and checks what it takes out of them. */
export interface Sealer {
  /**
   * What is put on this queue for a payload; encrypted if what it takes the place of was. The same payload gives the same
   * bytes.
   *
   * @throws InvalidPayloadError for text that cannot be written as UTF-8.
   */
  seal(queue: string, data: Payload, former?: Payload): Payload
  /**
   * The payload in what lies on this queue.
   *
   * @throws UnsignedPayloadError, BadSignatureError, SecretMissingError
   */
  open(queue: string, data: Payload): Payload
  /** A digest of text, in 32 hexadecimal digits: with a secret, nobody without it can know the text. */
  digest(text: string): string
}

/** How payloads are sealed: the part of a gator's options. */
export interface SealerOptions extends SecretOptions {
  readonly encrypt?: boolean
}

/** The sealer for these secrets, or those of `ALLIGATOR_SECRET`. @throws InvalidOptionError */
export function makeSealer(options: SealerOptions): Sealer {
  const { encrypt: encrypts = false } = options
  const [first, ...others] = makeKeys(readSecrets(options))
  if (first) return new KeyedSealer([first, ...others], encrypts)
  if (encrypts) throw new InvalidOptionError('encrypt', true, 'It takes a `secret` too, or ALLIGATOR_SECRET.')
  return WITHOUT_SECRET
}

const WITHOUT_SECRET: Sealer = {
  seal(_queue, data) {
    return data
  },
  open(queue, data) {
    if (unwrap(data)) throw new SecretMissingError(queue)
    return data
  },
  digest(text) {
    return createHash('sha256').update(text).digest('hex').slice(0, DIGITS)
  },
}

class KeyedSealer implements Sealer {
  /** The first seals, all of them open. */
  readonly #keys: readonly [Keys, ...Keys[]]
  readonly #encrypts: boolean

  constructor(keys: readonly [Keys, ...Keys[]], encrypts: boolean) {
    this.#keys = keys
    this.#encrypts = encrypts
  }

  seal(queue: string, data: Payload, former?: Payload): Payload {
    if (isMalformed(data)) throw new InvalidPayloadError('its text holds half of a surrogate pair')
    const [keys] = this.#keys
    const encrypts = this.#encrypts || (former !== undefined && unwrap(former)?.kind === 'encrypted')
    return encrypts
      ? wrap({ kind: 'encrypted', keyId: keys.id, cipher: encrypt(keys, queue, data) })
      : wrap({ kind: 'signed', keyId: keys.id, signature: sign(keys, queue, data), content: data })
  }

  open(queue: string, data: Payload): Payload {
    const envelope = unwrap(data)
    if (!envelope) throw new UnsignedPayloadError(queue)
    const keys = this.#keys.find(({ id }) => id === envelope.keyId)
    if (!keys) throw new BadSignatureError(queue, 'this process does not have the secret that sealed it')
    const content = contentOf(keys, queue, envelope)
    if (content === undefined)
      throw new BadSignatureError(queue, 'it was altered, or sealed for another queue or task')
    return content
  }

  digest(text: string): string {
    return createHmac('sha256', this.#keys[0].digests).update(text).digest('hex').slice(0, DIGITS)
  }
}

/** What an envelope holds, if it is genuine. */
function contentOf(keys: Keys, queue: string, envelope: Envelope): Payload | undefined {
  if (envelope.kind === 'encrypted') return decrypt(keys, queue, envelope.cipher)
  const { content, signature } = envelope
  return !isMalformed(content) && isSignedBy(keys, queue, content, signature) ? content : undefined
}

function isMalformed(data: Payload): boolean {
  return typeof data === 'string' && LONE_SURROGATE.test(data)
}
