import type { DeathReason } from '../backend/contract.js'
import { cut, propertyOf, stackOf, textOf } from '../errors/thrown.js'

/** Characters of a code, and of how a worker names itself. */
const LONGEST_NAME = 256

/**
 * What is kept with a dead letter: what was thrown, when (Unix seconds), in which worker, at which attempt. Whatever was thrown, it is
 * text that every store can write, of a bounded length.
 */
export function deathReason(error: unknown, at: number, worker: string, attempt: number): DeathReason {
  const code = propertyOf(error, 'code')
  return {
    code: typeof code === 'string' ? wellFormed(cut(code, LONGEST_NAME)) : 'ERROR',
    message: wellFormed(textOf(error)),
    stack: wellFormed(stackOf(error)),
    at,
    worker: wellFormed(cut(worker, LONGEST_NAME)),
    attempt,
  }
}

/** Half of a surrogate pair has no UTF-8; and what was cut out of an endless text would keep all of it in memory. */
function wellFormed<T extends string | undefined>(text: T): T {
  return (text === undefined ? text : Buffer.from(text).toString()) as T
}
