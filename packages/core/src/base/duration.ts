import ms from 'ms'
import { InvalidOptionError } from '../errors/index.js'

/** A length of time: a number of seconds, or text with a unit such as `'500ms'`, `'30s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${'' | ' '}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`

const TEXT = /^-?\d+(\.\d+)? ?(ms|s|m|h|d|w)$/
/** More seconds than 100 years can only be milliseconds by mistake. */
const MAX_SECONDS = 100 * 365 * 86_400

/**
 * Gives a duration in seconds. `option` is the name for the error message, `least` the fewest seconds that it takes.
 *
 * @throws InvalidOptionError when it is neither a number of seconds nor text with a unit, or too short.
 */
export function toSeconds(value: unknown, option: string, least: number = 0): number {
  const seconds = typeof value === 'number' ? value : parse(value)
  if (seconds === undefined || !Number.isFinite(seconds) || seconds < least) {
    const bound = least > 0 ? `, of ${least} s or more` : ''
    const wayOut = `Pass a number of seconds, or text with a unit such as '500ms' or '5m'${bound}.`
    throw new InvalidOptionError(option, value, wayOut)
  }
  if (seconds > MAX_SECONDS) {
    const wayOut = 'That is more than 100 years in seconds: divide milliseconds by 1000.'
    throw new InvalidOptionError(option, value, wayOut)
  }
  return seconds
}

function parse(value: unknown): number | undefined {
  if (typeof value !== 'string' || !TEXT.test(value)) return undefined
  return ms(value as ms.StringValue) / 1000
}
