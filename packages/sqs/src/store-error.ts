import { AlligatorError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'

/** What is looked at of an error of the SDK. */
interface Told {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly $fault?: unknown
  readonly $retryable?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  /** Of an AggregateError: what happened at each address of a host. */
  readonly errors?: unknown
}

// Some servers put the name of the service before the error's own, so that only the ends are compared.
const MISSING = /(QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently)$/
const NOT_HELD = /(MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue)$/
const THROTTLED = /(Throttl\w*|OverLimit|TooManyRequests\w*|RequestLimitExceeded|SlowDown)$/
const DENIED = /(AccessDenied\w*|InvalidSecurity|KmsAccessDenied|NotAuthorized|UnauthorizedOperation)$/
const UNKNOWN_CALLER =
  /(CredentialsProviderError|InvalidClientTokenId|UnrecognizedClient\w*|SignatureDoesNotMatch|ExpiredToken\w*|InvalidAccessKeyId|MissingAuthenticationToken)$/
const PURGING = /PurgeQueueInProgress$/
/**
 * What the failures of a network are called; some reach us inside the text of another error only. An AggregateError comes
 * from a host of several addresses.
 */
const NETWORK =
  /\b(E(CONN|HOST|NET|AI_|NOTFOUND|PIPE|TIMEDOUT|PROTO)[A-Z]*|A(bort|ggregate)Error|TimeoutError|socket hang up)\b/

/** What answers speaks no HTTP, or no TLS. */
const NO_HTTP = /\bHPE_[A-Z_]+\b|\bParse Error: /
const NO_TLS = /wrong version number|unknown protocol|packet length too long|alert protocol version/
/** What a proxy or a balancer answers while what is behind it has too much to do. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429])

/** Tells that the queue is not there. */
export function isMissingQueue(error: unknown): boolean {
  return MISSING.test(nameOf(error))
}

/** Tells that a purge of this queue has begun less than a minute ago. */
export function isPurging(error: unknown): boolean {
  return error instanceof AlligatorError && PURGING.test(nameOf(error.cause))
}

/** Tells that an entry of a batch was refused because its receipt is not the one that holds the message. */
export function isNotHeld({ Code = '' }: BatchResultErrorEntry): boolean {
  return NOT_HELD.test(Code)
}

/**
 * The SDK's error in the words of this project; errors of our own are passed through. `hasWorked`: SQS has accepted this
 * caller before, so that new credentials are but late.
 */
export function storeError(error: unknown, dsn: string, operation: string, hasWorked = false): unknown {
  if (error instanceof AlligatorError) return error
  const told = (error ?? {}) as Told
  const name = nameOf(error)
  const why = `${operation} failed with ${name}: ${messageOf(told)}`
  if (DENIED.test(name)) return unusable(dsn, why, `Allow sqs:${permission(operation)} on the queue.`, error)
  if (UNKNOWN_CALLER.test(name) && !hasWorked) return unusable(dsn, why, CREDENTIALS, error)
  if (UNKNOWN_CALLER.test(name)) return new StoreUnavailableError(dsn, why, CREDENTIALS, error)
  const stranger = strangerOf(told)
  if (stranger !== undefined) return unusable(dsn, `${operation} failed: ${stranger}`, ENDPOINT, error)
  if (THROTTLED.test(name) || isTransient(told, name))
    return new StoreUnavailableError(dsn, why, 'What was asked may be tried again.', error)
  const wayOut = 'Look at the queue, its region and its settings.'
  return unusable(dsn, why, wayOut, error)
}

/** The failure of one entry of a batch, likewise. */
export function entryError(failure: BatchResultErrorEntry, dsn: string, operation: string): unknown {
  const { Code, Message, SenderFault } = failure
  const told: Told = { name: Code, message: Message, $fault: SenderFault ? 'client' : 'server' }
  return storeError(told, dsn, operation)
}

const CREDENTIALS =
  "Give the process credentials that the SDK finds: environment variables, a profile or the machine's role."

const ENDPOINT = 'Look at `endpoint`: its protocol (http or https), host and port must be those of SQS.'

function isTransient(told: Told, name: string): boolean {
  const { $fault, $retryable, $metadata, errors } = told
  const status = $metadata?.httpStatusCode ?? 0
  if ($fault === 'server' || $retryable !== undefined || status >= 500 || BUSY.has(status)) return true
  if ([name, told.code, told.message].some((text) => NETWORK.test(String(text)))) return true
  return Array.isArray(errors) && errors.some((one: Told) => isTransient(one ?? {}, nameOf(one)))
}

/** Says what somebody else than SQS does who answers in its place, if that is so. */
function strangerOf({ name, code, message, $metadata }: Told): string | undefined {
  const said = `${String(code)} ${String(message)}`
  if (NO_HTTP.test(said)) return 'what answers is not HTTP'
  if (NO_TLS.test(said)) return 'what answers is not TLS'
  const status = $metadata?.httpStatusCode ?? 0
  // The SDK could not read the answer.
  const isPage = name === 'SyntaxError' && status > 0 && status < 500 && !BUSY.has(status)
  return isPage ? `what answers is not SQS (HTTP ${status})` : undefined
}

/** Node.js leaves the message of an error about several addresses empty. */
function messageOf({ message, code, errors }: Told): string {
  if (typeof message === 'string' && message !== '') return message
  const each = Array.isArray(errors) ? errors.map((one: Told) => String(one?.message)) : []
  return each.length > 0 ? each.join('; ') : String(code ?? message)
}

function unusable(dsn: string, why: string, wayOut: string, cause: unknown): StoreUnusableError {
  return new StoreUnusableError(dsn, why, wayOut, cause)
}

/** The permission is named after the request for one message. */
function permission(operation: string): string {
  return operation.replace(/Batch$/, '')
}

function nameOf(error: unknown): string {
  const { name } = (error ?? {}) as Told
  return typeof name === 'string' ? name : 'an unknown error'
}
