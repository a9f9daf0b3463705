import { AlligatorError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'

/** The start of a server's answer to what it means and what to do; trying again will not help. */
const UNUSABLE: readonly (readonly [start: RegExp, why: string, wayOut: string])[] = [
  [/^WRONGPASS|^ERR (AUTH|invalid password)/, 'its user or password is wrong', 'Correct them in the DSN'],
  [/^NOAUTH/, 'it asks for a password', 'Add it to the DSN: redis://:password@host'],
  [
    /^NOPERM/,
    'its user may not do what this needs',
    'Give that user the commands and keys listed in docs/redis.md',
  ],
  [
    /^WRONGTYPE/,
    'a key that belongs to this queue holds something else',
    'Delete or rename it, or choose another prefix',
  ],
  [/^ERR DB index is out of range/, 'it has no such database', 'Correct the number in the DSN'],
  [/^ERR (?!max number of clients)/, 'it refuses a command', 'Use Redis 6.2 or newer, with scripts enabled'],
]

/** The driver's error, or the server's answer, in the words of this project; errors of our own are passed through. */
export function storeError(error: unknown, dsn: string): unknown {
  if (error instanceof AlligatorError || error instanceof TypeError) return error
  withoutArguments(error)
  const why = messageOf(error)
  const known = UNUSABLE.find(([start]) => start.test(why))
  if (known) return new StoreUnusableError(dsn, `${known[1]} (${why})`, `${known[2]}.`, error)
  if (/^OOM/.test(why)) return new StoreFullError(dsn, 'its maxmemory is reached', error)
  const wayOut = 'Check that it runs and can be reached; what was asked may be tried again.'
  return new StoreUnavailableError(dsn, why, wayOut, error)
}

/** The driver hangs onto its error what the server was sent, payloads and passwords too, and whoever prints the error shows that. */
function withoutArguments(error: unknown): void {
  const { command } = (error ?? {}) as { command?: { name?: unknown } }
  if (command) Object.assign(error as object, { command: { name: command.name } })
}

/** Whether the server has answered, and asking again will not change that. */
export function isFinal(error: unknown): boolean {
  return UNUSABLE.some(([start]) => start.test(messageOf(error)))
}

/** Whether the server does not have the script that was named, and so has done nothing. */
export function isUnknownScript(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT')
}

/** What went wrong: of several nodes or addresses, with the last one. */
function messageOf(error: unknown): string {
  const { lastNodeError, errors, message } = (error ?? {}) as {
    lastNodeError?: unknown
    errors?: readonly unknown[]
    message?: string
  }
  if (lastNodeError) return messageOf(lastNodeError)
  if (errors?.length) return messageOf(errors[0])
  return (message ?? String(error)).replace(/\s+script: [0-9a-f]{40}.*$/s, '').replace(/\.$/, '')
}
