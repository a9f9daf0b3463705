import { InvalidOptionError } from '../errors.js'

/** Fewer characters than this can be guessed, from a payload and its signature alone. */
const SHORTEST = 32
const WAY_OUT = 'Make one with `openssl rand -base64 32`.'

/**
 * The secrets of a gator, the one to seal with first: as given, else from `ALLIGATOR_SECRET`, where commas separate them.
 *
 * @throws InvalidOptionError, which does not show them.
 */
export function readSecrets(given: string | readonly string[] | undefined): readonly string[] {
  const secrets = given === undefined ? fromEnvironment() : [given].flat()
  if (given !== undefined && secrets.length === 0)
    throw refused(`An empty list would sign nothing. ${WAY_OUT}`)
  for (const secret of secrets) {
    if (typeof secret !== 'string') throw refused(`It is not text. ${WAY_OUT}`)
    if (secret.length < SHORTEST)
      throw refused(
        `It has ${secret.length} characters, and fewer than ${SHORTEST} can be guessed. ${WAY_OUT}`,
      )
  }
  return secrets
}

function fromEnvironment(): string[] {
  const text = process.env['ALLIGATOR_SECRET'] ?? ''
  return text.trim() === '' ? [] : text.split(',').map((secret) => secret.trim())
}

function refused(why: string): InvalidOptionError {
  return new InvalidOptionError('secret', '***', why)
}
