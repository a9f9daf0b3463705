import type { DeathReason } from '../backend/contract.js'
import { isError } from '../errors/index.js'

/** What is kept with a dead letter: what was thrown, when (Unix seconds), in which worker, at which try. */
export function deathReason(error: unknown, at: number, worker: string, attempt: number): DeathReason {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return {
    code: typeof code === 'string' ? code : 'ERROR',
    message: isError(error) ? error.message : String(error),
    stack: isError(error) ? error.stack : undefined,
    at,
    worker,
    attempt,
  }
}
