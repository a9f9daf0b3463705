import { AlligatorError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'

const MEND = 'Check that it runs and can be reached; what was asked may be tried again.'

/** The server's answer in the words of this project, when it is none that its asker expected. */
export function answerError(problem: string, dsn: string): AlligatorError {
  switch (problem) {
    case 'OUT_OF_MEMORY':
      return new StoreFullError(dsn, 'it has no memory left, or no room for its log (OUT_OF_MEMORY)')
    case 'DRAINING':
      return new StoreUnavailableError(dsn, 'it is shutting down and takes no tasks (DRAINING)', MEND)
    case 'UNKNOWN_COMMAND':
      return new StoreUnusableError(dsn, 'it does not know a command', 'Use beanstalkd 1.12 or newer.')
    case 'INTERNAL_ERROR':
      return new StoreUnavailableError(dsn, 'it failed (INTERNAL_ERROR)', MEND)
    default:
      return new StoreUnusableError(
        dsn,
        `it answered ${JSON.stringify(problem.slice(0, 40))}`,
        'Check that the DSN names a beanstalkd.',
      )
  }
}

/** Why there is no connection, in the words of this project; errors of our own are passed through. */
export function connectionError(error: unknown, dsn: string): AlligatorError {
  if (error instanceof AlligatorError) return error
  const { message, code } = error as { message?: string; code?: string }
  return new StoreUnavailableError(dsn, message || code || String(error), MEND, error)
}
