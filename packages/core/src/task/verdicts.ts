import { type Duration, toSeconds } from '../base/duration.js'
import { AlligatorError, hasCode, messageOf } from '../errors/index.js'
import { propertyOf } from '../errors/thrown.js'

/**
 * Thrown by a task's function or a hook: this attempt has failed, and the next one is to come after this pause, whatever the task's
 * `backoff` says. It takes one of the task's `retries`; where none is left, the task fails for good.
 *
 * @throws InvalidOptionError when `pause` is no duration.
 *
 * @example
 * ```ts
 * export async function fetchPage(url: string): Promise<string> {
 *   const response = await fetch(url)
 *   if (response.status === 503) throw new RetryIn(`${Number(response.headers.get('retry-after') ?? 30)}s`)
 *   return response.text()
 * }
 * ```
 */
export class RetryIn extends AlligatorError {
  readonly seconds: number

  constructor(pause: Duration, options?: ErrorOptions) {
    const seconds = toSeconds(pause, 'RetryIn')
    super('RETRY_IN', `The task asks for its next attempt in ${seconds} s${causeOf(options)}.`, options)
    this.seconds = seconds
  }
}

/**
 * Thrown by a task's function or its `onStart`: not now, but after this pause. It is no failure: no attempt is charged and `onError`
 * is not called.
 *
 * @throws InvalidOptionError when `pause` is no duration.
 *
 * @example
 * ```ts
 * export async function sendReminder(userId: number): Promise<void> {
 *   if (new Date().getHours() < 8) throw new Snooze('1h')
 *   console.log(`reminding user ${userId}`)
 * }
 * ```
 */
export class Snooze extends AlligatorError {
  readonly seconds: number

  constructor(pause: Duration, options?: ErrorOptions) {
    const seconds = toSeconds(pause, 'Snooze')
    super(
      'SNOOZE',
      `The task asks to be run again in ${seconds} s, no attempt charged${causeOf(options)}.`,
      options,
    )
    this.seconds = seconds
  }
}

/**
 * Thrown by a task's function or a hook: trying again will not help. The task fails for good at once, whatever retries are
 * left, and becomes a dead letter with this message.
 *
 * @example
 * ```ts
 * export async function charge(customerId: string): Promise<void> {
 *   if (!customerId.startsWith('cus_')) throw new GiveUp(`${customerId} is no customer`)
 * }
 * ```
 */
export class GiveUp extends AlligatorError {
  constructor(why: string, options?: ErrorOptions) {
    super('GIVE_UP', why, options)
  }
}

/** What a task says of its own future by what it throws. */
export type OwnVerdict =
  { readonly type: 'retry' | 'snooze'; readonly seconds: number } | { readonly type: 'give-up' }

/** Reads a verdict from what was thrown, in whichever copy of this package or thread it was made. */
export function ownVerdict(error: unknown): OwnVerdict | undefined {
  if (hasCode(error, 'GIVE_UP')) return { type: 'give-up' }
  if (!hasCode(error, 'RETRY_IN', 'SNOOZE')) return undefined
  const seconds = propertyOf(error, 'seconds')
  if (!Number.isFinite(seconds) || (seconds as number) < 0) return undefined
  return { type: error.code === 'SNOOZE' ? 'snooze' : 'retry', seconds: seconds as number }
}

function causeOf(options: ErrorOptions | undefined): string {
  return options?.cause === undefined ? '' : `: ${messageOf(options.cause)}`
}
