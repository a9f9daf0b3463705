import type { DeathReason } from '../contract.js'

/** Characters of a message, and of a stack, that are kept: what is longer is a response or a payload, and fills the store. */
const LONGEST = { message: 4096, stack: 16_384 }

/**
 * A reason as JSON, of a length that any number of dead letters may have.
 *
 * @example
 * ```ts no-check
 * statement.run(reasonText(reason), delivery.receipt)
 * ```
 */
export function reasonText(reason: DeathReason): string {
  const message = cut(reason.message, LONGEST.message)
  return JSON.stringify({ ...reason, message, stack: reason.stack && cut(reason.stack, LONGEST.stack) })
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}
