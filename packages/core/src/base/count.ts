import { InvalidOptionError } from '../errors/index.js'

/** Whether it is a whole number that can be counted to. */
export function isCount(value: unknown, least: number = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

/**
 * Gives a whole number back when it is large enough: the one check of every option that counts something.
 *
 * @throws InvalidOptionError
 */
export function checkCount(option: string, value: unknown, least: number = 0): number {
  if (isCount(value, least)) return value
  throw new InvalidOptionError(option, value, `Pass a whole number of ${least} or more.`)
}
