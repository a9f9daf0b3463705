import { printable } from '@alligator/core'

export { printable }

/** A value as JSON in which nothing can reach a terminal raw. */
export function printableJson(value: unknown, indent?: number): string {
  // JSON's own line breaks are outside of its strings, where no other unsafe character can stand.
  const lines = (JSON.stringify(value, undefined, indent) ?? 'null').split('\n')
  return lines.map(printable).join('\n')
}
