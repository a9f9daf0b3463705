import { type ClientOptions, type Duration, InvalidOptionError, toSeconds } from '@alligator/core'
import { type OptionNames, checkCount } from '@alligator/core/backend'

/** What a `RedisClient` takes beside its DSN or connection; a DSN can say the same. */
export interface RedisClientOptions extends ClientOptions {
  /** What every key begins with. (Default: `'alligator'`) */
  readonly prefix?: string
  /** How long a command may go unanswered before its connection is replaced. (Default: 3 s) */
  readonly timeout?: Duration
  /**
   * How many replicas must have a task before its push resolves, so that it outlives a failover; not on a cluster.
   * (Default: 0)
   */
  readonly ackReplicas?: number
  /** How many dead letters a queue keeps: beyond that the oldest are dropped. (Default: 10,000) */
  readonly maxDeadLetters?: number
  /** How long a dead letter is kept. (Default: 30 days) */
  readonly deadLetterTtl?: Duration
}

/** Their names. */
export const REDIS_OPTIONS: OptionNames<RedisClientOptions> = {
  clock: true,
  prefix: true,
  timeout: true,
  ackReplicas: true,
  maxDeadLetters: true,
  deadLetterTtl: true,
}

/** Those options as they are used: durations in seconds. */
export interface Settings {
  readonly prefix: string
  readonly timeout: number
  readonly ackReplicas: number
  readonly maxDeadLetters: number
  readonly deadLetterTtl: number
}

/** @throws InvalidOptionError */
export function readSettings(options: RedisClientOptions): Settings {
  const { prefix = 'alligator', timeout = 3, deadLetterTtl = '30d' } = options
  const { ackReplicas = 0, maxDeadLetters = 10_000 } = options
  if (prefix === '' || /[{}]/.test(prefix))
    throw new InvalidOptionError('prefix', prefix, 'Pass some text without braces.')
  const seconds = toSeconds(timeout, 'timeout')
  if (seconds <= 0) throw new InvalidOptionError('timeout', timeout, 'Pass more than nothing, such as 3.')
  return {
    prefix,
    timeout: seconds,
    ackReplicas: checkCount('ackReplicas', ackReplicas),
    maxDeadLetters: checkCount('maxDeadLetters', maxDeadLetters),
    deadLetterTtl: toSeconds(deadLetterTtl, 'deadLetterTtl'),
  }
}
