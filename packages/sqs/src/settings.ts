import {
  type ClientOptions,
  type Duration,
  InvalidDsnError,
  InvalidOptionError,
  type PushItem,
  toSeconds,
} from '@alligator/core'
import type { OptionNames } from '@alligator/core/backend'
import { EXAMPLE, parseDsn } from './dsn.js'

/** What an {@link SqsClient} takes beside its DSN; each is stronger than the same setting in the DSN. */
export interface SqsClientOptions extends ClientOptions {
  /** The account that owns the queues, when it is not that of the credentials. */
  readonly account?: string
  /** The URL of an emulator or of a private endpoint. (Default: that of the region) */
  readonly endpoint?: string
  /** What every queue's name begins with in SQS. (Default: nothing) */
  readonly prefix?: string
  /** Creates queues that do not exist; for development, where nobody minds. (Default: false) */
  readonly createQueues?: boolean
  /** How long one request waits for a task, and so how long `close()` may take: 1 s to 20 s. (Default: 20 s) */
  readonly longPoll?: Duration
  /** The message group of a task on a FIFO queue; tasks of one group run one after the other. (Default: one for the queue) */
  readonly group?: string | ((item: PushItem) => string)
}

/** Their names. */
export const SQS_OPTIONS: OptionNames<SqsClientOptions> = {
  clock: true,
  account: true,
  endpoint: true,
  prefix: true,
  createQueues: true,
  longPoll: true,
  group: true,
}

/** The settings of one client. */
export interface SqsSettings {
  /** (Default: what the SDK finds in the environment) */
  readonly region: string | undefined
  readonly account: string | undefined
  readonly endpoint: string | undefined
  readonly prefix: string
  readonly createQueues: boolean
  /** Whole seconds. */
  readonly longPoll: number
  readonly groupOf: (item: PushItem) => string
}

/** Seconds that SQS waits for a message at most. */
const LONGEST_POLL = 20

/**
 * Reads what the DSN says, and the options, which are stronger.
 *
 * @throws InvalidDsnError, InvalidOptionError
 */
export function readSettings(dsn: string, options: SqsClientOptions): SqsSettings {
  const { region, knobs } = parseDsn(dsn)
  return {
    region,
    account: options.account ?? knobs.get('account') ?? undefined,
    endpoint: readEndpoint(options.endpoint ?? knobs.get('endpoint') ?? undefined),
    prefix: options.prefix ?? knobs.get('prefix') ?? '',
    createQueues: options.createQueues ?? readFlag(dsn, knobs.get('create_queues')),
    longPoll: readLongPoll(options.longPoll ?? knobs.get('long_poll')),
    groupOf: readGroup(options.group ?? knobs.get('group')),
  }
}

function readEndpoint(url: string | undefined): string | undefined {
  if (url === undefined || (URL.canParse(url) && /^https?:/i.test(url))) return url
  throw new InvalidOptionError(
    'endpoint',
    url,
    "Pass a URL such as 'http://localhost:4566'; ports are 1 to 65535.",
  )
}

function readFlag(dsn: string, value: string | null): boolean {
  if (value === null || value === 'false') return false
  if (value === 'true') return true
  throw new InvalidDsnError(
    dsn,
    `create_queues cannot be "${value}"`,
    `${EXAMPLE}?create_queues=true, or false`,
  )
}

function readLongPoll(value: unknown): number {
  const seconds = toSeconds(value ?? LONGEST_POLL, 'longPoll', 1)
  if (seconds <= LONGEST_POLL) return Math.ceil(seconds)
  throw new InvalidOptionError('longPoll', value, `SQS waits for ${LONGEST_POLL} s at most.`)
}

function readGroup(group: SqsClientOptions['group'] | null): SqsSettings['groupOf'] {
  return typeof group === 'function' ? group : () => group ?? 'alligator'
}
