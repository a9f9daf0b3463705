import { type ClientOptions, type Duration, InvalidOptionError, toSeconds } from '@alligator/core'
import type { OptionNames } from '@alligator/core/backend'

/** What a `PostgresClient` takes beside its DSN or pool; a DSN can say the same. */
export interface PostgresClientOptions extends ClientOptions {
  /** The schema that holds the tables; it is created when it is absent. (Default: `'public'`) */
  readonly schema?: string
  /** What the names of all tables and indexes begin with. (Default: `'alligator'`) */
  readonly prefix?: string
  /** How long a statement may go unanswered before its connection is replaced. (Default: 10 s) */
  readonly timeout?: Duration
  /** How often those who wait look by themselves, for what nobody has notified them of. (Default: 250 ms) */
  readonly poll?: Duration
  /**
   * Whether workers are notified, as soon as it commits, of what a transaction of the app enqueues, by a statement more in it. Commits of
   * transactions that notify wait for each other. (Default: `false`, workers find it when they look by themselves)
   */
  readonly notifyInTransaction?: boolean
  /** The most connections that a pool of our own opens, beside the one that listens. (Default: 5) */
  readonly maxConnections?: number
}

/** Their names. */
export const POSTGRES_OPTIONS: OptionNames<PostgresClientOptions> = {
  clock: true,
  schema: true,
  prefix: true,
  timeout: true,
  poll: true,
  notifyInTransaction: true,
  maxConnections: true,
}

/** Those options as they are used: durations in seconds. */
export interface Settings {
  readonly schema: string
  readonly prefix: string
  readonly timeout: number
  readonly poll: number
  readonly notifyInTransaction: boolean
  readonly maxConnections: number
}

/** PostgreSQL cuts longer names; the longest of ours adds 8 to the prefix. */
const LONGEST_NAME = 63
const LONGEST_PREFIX = 50

/** @throws InvalidOptionError */
export function readSettings(options: PostgresClientOptions): Settings {
  const { schema = 'public', prefix = 'alligator', timeout = 10, poll = 0.25, maxConnections = 5 } = options
  const { notifyInTransaction = false } = options
  if (!/^[^\0]+$/.test(schema) || Buffer.byteLength(schema) > LONGEST_NAME)
    throw new InvalidOptionError('schema', schema, `Pass a name of 1 to ${LONGEST_NAME} bytes.`)
  if (!/^[a-z_][a-z0-9_]*$/.test(prefix) || prefix.length > LONGEST_PREFIX)
    throw new InvalidOptionError(
      'prefix',
      prefix,
      `Pass up to ${LONGEST_PREFIX} small letters, digits and underscores, such as "shop".`,
    )
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1)
    throw new InvalidOptionError('maxConnections', maxConnections, 'Pass a whole number of 1 or more.')
  if (typeof notifyInTransaction !== 'boolean')
    throw new InvalidOptionError('notifyInTransaction', notifyInTransaction, 'Pass true or false.')
  return {
    schema,
    prefix,
    timeout: positive(timeout, 'timeout'),
    poll: positive(poll, 'poll'),
    notifyInTransaction,
    maxConnections,
  }
}

function positive(value: Duration, option: string): number {
  const seconds = toSeconds(value, option)
  if (seconds > 0) return seconds
  throw new InvalidOptionError(option, value, 'Pass more than nothing, such as 3.')
}
