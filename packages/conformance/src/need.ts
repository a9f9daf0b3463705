import type { Capabilities } from '@alligator/core'

/** A capability that a scenario needs. */
export type Need = Exclude<keyof Capabilities, 'delayPrecision' | 'maxDelay' | 'maxPayload'>
