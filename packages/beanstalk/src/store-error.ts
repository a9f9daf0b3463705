import { AlligatorError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'
import type { NoAnswerError } from './answer.js'

const WAY_OUT = 'Check that it runs and can be reached; what was asked may be tried again.'

/** The words with which a server refuses a command. No other word may come instead of the expected one. */
const REFUSALS: ReadonlySet<string> = new Set([
  'BAD_FORMAT',
  'BURIED',
  'DEADLINE_SOON',
  'DRAINING',
  'EXPECTED_CRLF',
  'INTERNAL_ERROR',
  'JOB_TOO_BIG',
  'NOT_FOUND',
  'NOT_IGNORED',
  'OUT_OF_MEMORY',
  'TIMED_OUT',
  'UNKNOWN_COMMAND',
])

export function isRefusal(word: string): boolean {
  return REFUSALS.has(word)
}

/** The server's refusal in the words of this project, when it is none that its asker expected. */
export function answerError(problem: string, dsn: string): AlligatorError {
  const cause = new Error(problem)
  switch (problem) {
    case 'OUT_OF_MEMORY':
      return new StoreFullError(dsn, 'it has no memory left, or no room for its log (OUT_OF_MEMORY)')
    case 'BURIED':
      return new StoreFullError(dsn, 'it has no memory left (BURIED)')
    case 'DRAINING':
      return new StoreUnavailableError(
        dsn,
        'it is shutting down and takes no tasks (DRAINING)',
        WAY_OUT,
        cause,
      )
    case 'UNKNOWN_COMMAND':
      return new StoreUnusableError(dsn, 'it does not know a command', 'Use beanstalkd 1.12 or newer.')
    case 'INTERNAL_ERROR':
      return new StoreUnavailableError(dsn, 'it failed (INTERNAL_ERROR)', WAY_OUT)
    default:
      return unusable(dsn, `it answered ${JSON.stringify(problem)}`)
  }
}

/** Whether the server takes no new jobs, for it is to end when it is empty. */
export function isDraining(error: unknown): boolean {
  return error instanceof AlligatorError && error.cause instanceof Error && error.cause.message === 'DRAINING'
}

/** What is no answer to what was asked. */
export function strangeAnswer({ message }: NoAnswerError, dsn: string): AlligatorError {
  return unusable(dsn, message)
}

/** Why there is no connection, in the words of this project; errors of our own are passed through. */
export function connectionError(error: unknown, dsn: string): AlligatorError {
  if (error instanceof AlligatorError) return error
  const { message, code } = error as { message?: string; code?: string }
  return new StoreUnavailableError(dsn, message || code || String(error), WAY_OUT, error)
}

function unusable(dsn: string, why: string): StoreUnusableError {
  return new StoreUnusableError(dsn, why, 'Check that the DSN names a beanstalkd.')
}
