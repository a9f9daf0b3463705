import { InvalidOptionError } from '../../errors/index.js'

/** Fewer characters than this can be guessed, from a payload and its signature alone. */
const SHORTEST = 32
const LEAVE_OUT = 'Leave the option out to sign nothing.'
const WAY_OUT = 'Make one with `openssl rand -base64 32`.'

/** Where a gator's secrets may stand. */
export interface SecretOptions {
  readonly secret?: string | readonly string[]
}

/**
 * The secrets of a gator, the one to seal with first: as given, else from `ALLIGATOR_SECRET`, where commas separate them.
 * Space around one, such as the end of the line in a file, is no part of it. A secret that is asked for but not there is refused:
 * taken for none, it would let a worker run what nobody signed.
 *
 * @throws InvalidOptionError, which does not show them.
 */
export function readSecrets(options: SecretOptions): readonly string[] {
  if (!('secret' in options)) return fromEnvironment().map(checked)
  const { secret } = options
  if (secret === undefined) throw refused(`It is undefined: is its environment variable set? ${LEAVE_OUT}`)
  const secrets = [secret].flat()
  if (secrets.length === 0) throw refused(`An empty list would sign nothing. ${WAY_OUT}`)
  return secrets.map(checked)
}

function checked(given: unknown): string {
  if (typeof given !== 'string') throw refused(`It is not text. ${WAY_OUT}`)
  const secret = given.trim()
  if (secret.length >= SHORTEST) return secret
  throw refused(`It has ${secret.length} characters, and fewer than ${SHORTEST} can be guessed. ${WAY_OUT}`)
}

function fromEnvironment(): string[] {
  const text = process.env['ALLIGATOR_SECRET']
  if (text === undefined) return []
  if (text.trim() === '')
    throw refused('ALLIGATOR_SECRET is set, but empty. Fill it, or unset it to sign nothing.')
  return text.split(',')
}

function refused(why: string): InvalidOptionError {
  return new InvalidOptionError('secret', '***', why)
}
