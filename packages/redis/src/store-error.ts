import { AlligatorError, StoreFullError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'

type Known = readonly [start: RegExp, why: string, wayOut: string]

/** What somebody must put right, in the DSN or at the server: it may have been right before, and be so again. */
const MISCONFIGURED: readonly Known[] = [
  [/^WRONGPASS|^ERR (AUTH|invalid password)/, 'its user or password is wrong', 'Correct them in the DSN'],
  [/^NOAUTH/, 'it asks for a password', 'Add it to the DSN: redis://:password@host'],
  [
    /^NOPERM/,
    'its user may not do what this needs',
    'Give that user the commands and keys listed in docs/redis.md',
  ],
]

/** Trying again will not help. */
const UNUSABLE: readonly Known[] = [
  [
    /^WRONGTYPE/,
    'a key that belongs to this queue holds something else',
    'Delete or rename it, or choose another prefix',
  ],
  [/^ERR DB index is out of range/, 'it has no such database', 'Correct the number in the DSN'],
  [/^(MOVED|ASK|CROSSSLOT) /, 'it is a node of a cluster', 'Add ?cluster to the DSN'],
  [
    /^(Unknown RESP type|Protocol error)/,
    'what listens there is no Redis',
    'Correct the host and port in the DSN, or write rediss:// if it speaks TLS',
  ],
  [
    /wrong version number|packet length too long/,
    'what listens there does not speak TLS',
    'Write redis:// in the DSN, or correct the port',
  ],
  [
    /^ERR (?!max number of clients|Error (running|compiling) script)/,
    'it refuses a command',
    'Use Redis 6.2 or newer, with scripts enabled',
  ],
]

/** What will be over, or can be put right, without us. */
const PASSING: readonly Known[] = [
  [/^LOADING/, 'it is reading its data', 'What was asked may be tried again'],
  [
    /^(READONLY|MASTERDOWN)/,
    'it is a replica',
    'See that the DSN leads to the master, and that there is one',
  ],
  [/^CLUSTERDOWN/, 'its cluster is down', 'See that all slots are served'],
  [/^NOREPLICAS/, 'too few replicas are up', 'See that they run'],
  [/^MISCONF/, 'it cannot write to its disk', 'See to its disk and folder; its log says more'],
]

/**
 * The driver's error, or the server's answer, in the words of this project; errors of our own are passed through.
 * `hasWorked`: what is misconfigured was not so before, and so may be put right while we try again.
 */
export function storeError(error: unknown, dsn: string, hasWorked: boolean = false): unknown {
  if (error instanceof AlligatorError || error instanceof TypeError) return error
  withoutArguments(error)
  const answer = messageOf(error)
  const find = (list: readonly Known[]) => list.find(([start]) => start.test(answer))
  const unusable = find(hasWorked ? UNUSABLE : [...MISCONFIGURED, ...UNUSABLE])
  if (unusable) return new StoreUnusableError(dsn, `${unusable[1]} (${answer})`, `${unusable[2]}.`, error)
  if (answer.startsWith('OOM')) return new StoreFullError(dsn, 'its maxmemory is reached', error)
  const passing = find([...MISCONFIGURED, ...PASSING])
  if (passing) return new StoreUnavailableError(dsn, `${passing[1]} (${answer})`, `${passing[2]}.`, error)
  const wayOut = 'Check that it runs and can be reached; what was asked may be tried again.'
  return new StoreUnavailableError(dsn, answer, wayOut, error)
}

/** The driver hangs onto its error what the server was sent, payloads and passwords too, and whoever prints the error shows that. */
function withoutArguments(error: unknown): void {
  const { command } = (error ?? {}) as { command?: { name?: unknown } }
  if (command) Object.assign(error as object, { command: { name: command.name } })
}

/** Whether the server has answered, and asking again will not change that. */
export function isFinal(error: unknown, hasWorked: boolean): boolean {
  const answer = messageOf(error)
  return (hasWorked ? UNUSABLE : [...MISCONFIGURED, ...UNUSABLE]).some(([start]) => start.test(answer))
}

/** Whether the server takes no writes, because it is a replica: only a new connection may find the master. */
export function isReplica(error: unknown): boolean {
  return messageOf(error).startsWith('READONLY')
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
  return plain(message ?? String(error))
}

/** What a command within a script has met: Redis 6.2 puts words around it, and 7 puts some behind it. */
function plain(message: string): string {
  return message
    .replace(/^ERR Error running script \(call to f_[0-9a-f]{40}\): (?:@\w+: ?\d+: )*-?(?=[A-Z]{2,} )/, '')
    .replace(/\s+script: [0-9a-f]{40}.*$/s, '')
    .replace(/\.$/, '')
}
