/**
 * What a terminal might obey instead of showing it, or show elsewhere than it stands: control characters, also those of
 * eight bits, marks that turn the direction of text, line separators, halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Text that came out of a queue, as it may stand on a terminal: on one line, with whatever is not text escaped. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, escape)
}

/** A value as JSON in which nothing can reach a terminal raw. */
export function printableJson(value: unknown, indent?: number): string {
  // JSON's own line breaks are outside of its strings, where no other unsafe character can stand.
  return (JSON.stringify(value, undefined, indent) ?? 'null').replaceAll(UNSAFE, (character) =>
    character === '\n' ? character : escape(character),
  )
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join('')
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`
}
