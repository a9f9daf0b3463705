import { AlligatorError, show } from './base.js'

/** A worker with a secret met a payload that nobody signed; it becomes a dead letter, unread. */
export class UnsignedPayloadError extends AlligatorError {
  constructor(queue: string) {
    super(
      'UNSIGNED_PAYLOAD',
      `The payload on queue ${show(queue)} carries no signature, so it was not read. ` +
        'Give every producer the secret of its workers (`secret` or ALLIGATOR_SECRET), and look at who else writes to this queue.',
    )
  }
}

/** A payload was altered, is meant for another queue, or was sealed with another secret; it becomes a dead letter, unread. */
export class BadSignatureError extends AlligatorError {
  constructor(queue: string, why: string) {
    super(
      'BAD_SIGNATURE',
      `The payload on queue ${show(queue)} was not read: ${why}. ` +
        'Give producers and workers the same secrets, the new ones everywhere before one is used first; else look at who else writes to this queue.',
    )
  }
}

/** A process without a secret met a sealed payload; it goes back on its queue, for a worker that has the secret. */
export class SecretMissingError extends AlligatorError {
  constructor(queue: string) {
    super(
      'SECRET_MISSING',
      `The payload on queue ${show(queue)} is sealed, and this process has no secret to check it with. ` +
        'Give it the one that the producers have, as `secret` or in ALLIGATOR_SECRET.',
    )
  }
}
