import type { Client, FacetName } from '@alligator/core'

/** The facets, all of which have scenarios. */
export type ProvenFacet = FacetName

/** What a client says of its store, `true` being the more. */
type ClientQuality = keyof Pick<Client, 'leases' | 'waits' | 'customIds' | 'exactCounts'>

/** What a store is like that only its proof must know. */
export interface Qualities {
  /** Tasks that are neither delayed nor retried are handed out in the order of pushing. (Default: true) */
  readonly ordered?: boolean
  /** Queues may have any name of up to 255 characters; else one that the store cannot have is refused. (Default: true) */
  readonly anyQueueName?: boolean
  /**
   * A worker whose lease has lapsed may still settle a task that nobody else was given; else it is no longer held.
   * (Default: true)
   */
  readonly lateSettling?: boolean
  /** Whoever waits for tasks hears of a cancel at once; else with its next `extend`. (Default: true) */
  readonly hearsOfCancels?: boolean
  /** Seconds by which a delay may be late because of the store's resolution. (Default: 0.001) */
  readonly delayPrecision?: number
}

/**
 * What a scenario needs: a facet, or a quality. `restartsDeliveries`: a task that is released is as fresh as one that was just
 * pushed, since a release never counts as a hand-out.
 */
export type Need =
  ProvenFacet | ClientQuality | keyof Omit<Qualities, 'delayPrecision'> | 'restartsDeliveries'
