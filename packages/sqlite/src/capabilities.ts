import type { Capabilities } from '@alligator/core'
import { MAX_PAYLOAD } from './stored.js'

/** What this backend can do. */
export const CAPABILITIES: Capabilities = {
  leases: true,
  waits: true,
  reserveById: true,
  remove: true,
  cancelRunning: true,
  find: true,
  list: true,
  workers: true,
  deadLetters: true,
  exactCounts: true,
  customIds: true,
  ordered: true,
  anyQueueName: true,
  lateSettling: true,
  restartsDeliveries: true,
  delayPrecision: 0.001,
  maxDelay: Number.POSITIVE_INFINITY,
  maxPayload: MAX_PAYLOAD,
}
