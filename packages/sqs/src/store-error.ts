import { AlligatorError, StoreUnavailableError, StoreUnusableError } from '@alligator/core'
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'

/** What is looked at of an error of the SDK. */
interface Told {
  readonly name?: unknown
  readonly message?: unknown
  readonly $fault?: unknown
  readonly $retryable?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

// Some servers put the name of the service before the error's own, so that only the ends are compared.
const MISSING = /(QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently)$/
const NOT_HELD = /(MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue)$/
const THROTTLED = /(Throttl\w*|OverLimit|TooManyRequests\w*|RequestLimitExceeded|SlowDown)$/
const DENIED = /(AccessDenied\w*|InvalidSecurity|KmsAccessDenied|NotAuthorized|UnauthorizedOperation)$/
const UNKNOWN_CALLER =
  /(CredentialsProviderError|InvalidClientTokenId|UnrecognizedClient\w*|SignatureDoesNotMatch|ExpiredToken\w*|InvalidAccessKeyId|MissingAuthenticationToken)$/
const PURGING = /PurgeQueueInProgress$/
/** What the failures of a network are called; some reach us inside the text of another error only. */
const NETWORK =
  /\b(E(CONN|HOST|NET|AI_|NOTFOUND|PIPE|TIMEDOUT|PROTO)[A-Z]*|AbortError|TimeoutError|socket hang up)\b/

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

/** The SDK's error in the words of this project; errors of our own are passed through. */
export function storeError(error: unknown, dsn: string, operation: string): unknown {
  if (error instanceof AlligatorError) return error
  const told = (error ?? {}) as Told
  const name = nameOf(error)
  const why = `${operation} failed with ${name}: ${String(told.message)}`
  if (DENIED.test(name)) return unusable(dsn, why, `Allow sqs:${permission(operation)} on the queue.`, error)
  if (UNKNOWN_CALLER.test(name)) return unusable(dsn, why, CREDENTIALS, error)
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

function isTransient({ $fault, $retryable, $metadata, message }: Told, name: string): boolean {
  if ($fault === 'server' || $retryable !== undefined || ($metadata?.httpStatusCode ?? 0) >= 500) return true
  return NETWORK.test(name) || NETWORK.test(String(message))
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
