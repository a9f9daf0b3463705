import { toSeconds } from '@alligator/core'
import { InvalidArgumentError } from 'commander'

/** Reads a whole number that is at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`Pass a whole number of ${least} or more.`)
  }
}

/** Reads `30` (seconds), `30s`, `5m` and the like, as seconds. */
export function duration(option: string): (text: string) => number {
  return (text) => toSeconds(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, option)
}

/** Reads `a,b`; given more than once, the lists are joined. */
export function names(text: string, before: readonly string[] = []): string[] {
  const list = text.split(',').map((name) => name.trim())
  if (list.includes('')) throw new InvalidArgumentError('Pass one name, or several with commas between them.')
  return [...before, ...list]
}

/** Collects an option that may be given more than once. */
export function each(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}
