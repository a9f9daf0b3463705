import type { Crew } from '../crew.js'
import type { Random } from '../random.js'

/** Seconds for which something must stand still if leases are to lapse meanwhile. */
export function beyondLease({ settings }: Crew, random: Random): number {
  return settings.lease * random.between(1.2, 1.6)
}
