/**
 * What a terminal might obey instead of showing it, or show elsewhere than it stands: control characters, also those of
 * eight bits, marks that turn the direction of text, line separators, halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Text that came out of a queue, as it may stand in a log or on a terminal: on one line, with whatever is not text escaped.
 *
 * @example
 * ```ts
 * printable('one\n\u001b[2J') // 'one\\u000a\\u001b[2J'
 * ```
 */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, escape)
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join('')
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`
}
