import { messageOf } from '../errors/index.js'
import { stackOf } from '../errors/thrown.js'

/** Warns the process of code of the app that failed, where the failure must not disturb anything: `what` did. */
export function warnOfFailure(type: string, what: string, error: unknown): void {
  const detail = stackOf(error)
  process.emitWarning(`${what} failed: ${messageOf(error)}`, {
    type,
    ...(detail !== undefined && { detail }),
  })
}
