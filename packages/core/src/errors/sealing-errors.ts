import { AlligatorError } from './base.js'
import { placeText } from './sealed-places.js'

/** A worker with a secret met a payload that nobody signed; it becomes a dead letter, unread. */
export class UnsignedPayloadError extends AlligatorError {
  constructor(place: string) {
    super(
      'UNSIGNED_PAYLOAD',
      `${placeText(place)} carries no signature, so it was not read. ` +
        'Give every producer the secret of its workers (`secret` or ALLIGATOR_SECRET), and look at who else writes there.',
    )
  }
}

/** A payload was altered, is meant for another queue, or was sealed with another secret; it becomes a dead letter, unread. So it may be with a
 * result, and with what stands beside a task. */
export class BadSignatureError extends AlligatorError {
  constructor(place: string, why: string) {
    super(
      'BAD_SIGNATURE',
      `${placeText(place)} was not read: ${why}. ` +
        'Give producers and workers the same secrets, the new ones everywhere before one is used first; else look at who else writes there.',
    )
  }
}

/** A process without a secret met a sealed payload; it goes back on its queue, for a worker that has the secret. */
export class SecretMissingError extends AlligatorError {
  constructor(place: string) {
    super(
      'SECRET_MISSING',
      `${placeText(place)} is sealed, and this process has no secret to check it with. ` +
        'Give it the one that the producers have, as `secret` or in ALLIGATOR_SECRET.',
    )
  }
}
