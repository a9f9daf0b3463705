import { InvalidDsnError } from '../../errors/index.js'

/**
 * Reads the settings after the `?` of a DSN that may hold a password, of those that are `known`.
 *
 * @throws InvalidDsnError, which gives `example` as the way out.
 *
 * @example
 * ```ts no-check
 * const knobs = readKnobs(dsn, 'prefix=shop', new Set(['prefix']), 'redis://localhost:6379/0')
 * ```
 */
export function readKnobs(
  dsn: string,
  query: string,
  known: ReadonlySet<string>,
  example: string,
): Map<string, string> {
  // It may be the rest of a password, and must not be shown as a setting.
  if (query.includes('@'))
    throw new InvalidDsnError(
      dsn,
      'an @ stands after its ?',
      `${example}, and ? in a password as %3F, @ as %40`,
    )
  const knobs = new Map(new URLSearchParams(query))
  for (const knob of knobs.keys()) {
    if (!known.has(knob)) throw new InvalidDsnError(dsn, `${knob} is no setting of it`, example)
  }
  return knobs
}
