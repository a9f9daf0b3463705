import { InvalidOptionError } from '../../errors/index.js'

/** Fewer characters than this can be guessed, from a payload and its signature alone. */
const SHORTEST = 32
const WAY_OUT = 'Make one with `openssl rand -base64 32`.'

/**
 * The secrets of a gator, the one to seal with first: as given, else from `ALLIGATOR_SECRET`, where commas separate them.
 * Space around one, such as the end of the line in a file, is no part of it.
 *
 * @throws InvalidOptionError, which does not show them.
 */
export function readSecrets(given: string | readonly string[] | undefined): readonly string[] {
  const secrets = given === undefined ? fromEnvironment() : [given].flat()
  if (given !== undefined && secrets.length === 0)
    throw refused(`An empty list would sign nothing. ${WAY_OUT}`)
  return secrets.map(checked)
}

function checked(given: unknown): string {
  if (typeof given !== 'string') throw refused(`It is not text. ${WAY_OUT}`)
  const secret = given.trim()
  if (secret.length >= SHORTEST) return secret
  throw refused(`It has ${secret.length} characters, and fewer than ${SHORTEST} can be guessed. ${WAY_OUT}`)
}

function fromEnvironment(): string[] {
  const text = process.env['ALLIGATOR_SECRET'] ?? ''
  return text.trim() === '' ? [] : text.split(',')
}

function refused(why: string): InvalidOptionError {
  return new InvalidOptionError('secret', '***', why)
}
