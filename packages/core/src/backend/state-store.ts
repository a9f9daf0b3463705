import type { Awaitable } from '../base/awaitable.js'
import { InvalidArgumentError, InvalidOptionError, PayloadTooLargeError } from '../errors/index.js'
import { checkText } from './kit/check-text.js'

/** How {@link StateStore.put} puts a value. */
export interface PutOptions {
  /** Only where this is kept now; `null`: only where nothing is. (Default: whatever there is) */
  readonly ifValue?: string | null | undefined
  /** Seconds after which it is forgotten, by the clock of the store. (Default: it is not) */
  readonly ttl?: number | undefined
}

/**
 * Small values by name, that may expire: what a queue's own store cannot hold may live here, beside it. Each call is one atomic
 * step. One whose answer was lost is repeated, and then gets what the first call did.
 */
export interface StateStore {
  /** What time it is by the store, in Unix seconds: the clock that a time to live goes by. */
  now(): Awaitable<number>
  /** What is kept under a key. */
  get(key: string): Awaitable<string | undefined>
  /**
   * Keeps a value under a key, with a time of its own. `false`: something else than `ifValue` is kept there, which stays. (Also where an
   * answer was lost, and what was put is gone again by the time that it is asked for.)
   */
  put(key: string, value: string, options?: PutOptions): Awaitable<boolean>
  /** Forgets what is kept under a key: whatever it is, or only `ifValue`. `false`: there was no such thing. */
  delete(key: string, ifValue?: string): Awaitable<boolean>
}

/** Characters of a key, so that the index of every database has room for it. */
const LONGEST_KEY = 600
/** Bytes of a value. */
export const MOST_STATE: number = 2 ** 20

/**
 * Gives a key that every store can hold.
 *
 * @throws InvalidArgumentError
 */
function checkStateKey(key: string): string {
  if (key !== '' && key.length <= LONGEST_KEY) return checkText(key, 'key')
  throw new InvalidArgumentError(
    'key',
    `it must have 1 to ${LONGEST_KEY} characters. Pass a hash of what is longer.`,
  )
}

/**
 * Gives a value that every store can hold.
 *
 * @throws InvalidArgumentError, PayloadTooLargeError
 */
function checkStateValue(value: string, path: string): string {
  const size = Buffer.byteLength(value)
  if (size > MOST_STATE) throw new PayloadTooLargeError(path, size, MOST_STATE)
  return checkText(value, path)
}

/**
 * A state store that checks what it is given before the real one, which may so rely on it.
 *
 * @throws InvalidArgumentError, InvalidOptionError, PayloadTooLargeError from its calls.
 */
export function checkedState(store: StateStore): StateStore {
  return {
    now: async () => store.now(),
    get: async (key) => store.get(checkStateKey(key)),
    put: async (key, value, { ifValue, ttl } = {}) => {
      if (ttl !== undefined && !(ttl > 0 && Number.isFinite(ttl)))
        throw new InvalidOptionError('ttl', ttl, 'Pass seconds above 0, or leave it out.')
      const expected = typeof ifValue === 'string' ? checkStateValue(ifValue, 'ifValue') : ifValue
      return store.put(checkStateKey(key), checkStateValue(value, 'value'), { ifValue: expected, ttl })
    },
    delete: async (key, ifValue) =>
      store.delete(
        checkStateKey(key),
        ifValue === undefined ? undefined : checkStateValue(ifValue, 'ifValue'),
      ),
  }
}
