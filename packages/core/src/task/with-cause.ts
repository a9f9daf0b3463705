import { isError } from '../errors/index.js'

/** A hook's own failure, which must not hide the error that the hook was called with. */
export function withCause(failure: unknown, error: unknown): unknown {
  if (isError(failure) && failure !== error && failure.cause === undefined && Object.isExtensible(failure))
    Object.defineProperty(failure, 'cause', { value: error, configurable: true, writable: true })
  return failure
}
