import { availableParallelism } from 'node:os'
import { toSeconds } from '@alligator/core'
import bytes from 'bytes'
import { InvalidArgumentError } from 'commander'
import type { Address } from './health-server.js'

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of ${least} or more`
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Pass a whole number ${range}.`)
  }
}

/** Reads `30` (seconds), `30s`, `5m` and the like, as seconds. */
export function duration(option: string): (text: string) => number {
  return (text) => toSeconds(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, option)
}

/** Reads how many processes there are to be: a number, or `auto` for one for each core. */
export function processCount(text: string): number {
  return text === 'auto' ? availableParallelism() : wholeNumber(1)(text)
}

/** Reads `9000`, `127.0.0.1:9000` or `[::1]:9000`. */
export function address(text: string): Address {
  const [, bracketed, plain, port = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+)$/.exec(text) ?? []
  return { host: bracketed ?? plain, port: wholeNumber(0, 65_535)(port) }
}

/** Reads `512mb` and the like, as bytes. */
export function size(text: string): number {
  const value = /^\d+(\.\d+)?\s*[kmgt]b$/i.test(text) ? bytes.parse(text) : null
  if (value) return value
  throw new InvalidArgumentError('Pass a size with its unit, such as 512mb or 2gb.')
}

/** Reads `a,b`; given more than once, the lists are joined. */
export function names(text: string, before: readonly string[] = []): string[] {
  const list = text.split(',').map((name) => name.trim())
  if (list.includes('')) throw new InvalidArgumentError('Pass one name, or several with commas between them.')
  return [...before, ...list]
}

/** Reads the name of one queue. */
export function queueName(text: string): string {
  if (text !== '' && text.length <= 255) return text
  throw new InvalidArgumentError('Pass a name of 1 to 255 characters.')
}

/** Collects an option that may be given more than once. */
export function each(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}
