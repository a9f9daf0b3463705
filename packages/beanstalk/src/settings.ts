import { type ClientOptions, type Duration, InvalidOptionError, toSeconds } from '@alligator/core'
import type { OptionNames } from '@alligator/core/backend'

/** What a `BeanstalkClient` takes beside its DSN; the DSN can say the same. */
export interface BeanstalkClientOptions extends ClientOptions {
  /** How long a command may go unanswered before its connection is replaced. (Default: 3 s) */
  readonly timeout?: Duration
  /**
   * After how many whole seconds of silence the server itself hands out again what was pushed here: its *time to run*. A
   * worker whose lease is longer renews it meanwhile. (Default: 30 s)
   */
  readonly ttr?: Duration
}

/** Their names. */
export const BEANSTALK_OPTIONS: OptionNames<BeanstalkClientOptions> = {
  clock: true,
  timeout: true,
  ttr: true,
}

/** Those options as they are used, in seconds. */
export interface Settings {
  readonly timeout: number
  readonly ttr: number
}

/** @throws InvalidOptionError */
export function readSettings({ timeout = 3, ttr = 30 }: BeanstalkClientOptions): Settings {
  const seconds = toSeconds(timeout, 'timeout')
  if (seconds <= 0) throw new InvalidOptionError('timeout', timeout, 'Pass more than nothing, such as 3.')
  return { timeout: seconds, ttr: Math.ceil(toSeconds(ttr, 'ttr', 1)) }
}
