import type { Clock } from '../../base/clock.js'
import type { Delivery, PushItem, ReleaseOptions, ReserveOptions } from '../contract.js'
import type { EndNews, Uniqueness } from '../facets.js'
import type { StateStore } from '../state-store.js'
import type { KeyedTasks } from './keyed-tasks.js'
import { type HoldingClient, StateNotes, StateResults } from './state-results.js'
import { StatePausing } from './state-pausing.js'
import { StateSchedules } from './state-schedules.js'

/** What a client does with its own store for what another store keeps. */
export interface StateSteps {
  readonly clock: Clock
  readonly keys: KeyedTasks
  readonly holds: HoldingClient['holds']
  readonly ack: HoldingClient['ack']
  pushMany(queue: string, items: readonly PushItem[]): Promise<string[]>
  /** As if nothing was paused. */
  reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]>
  release(delivery: Delivery, options: ReleaseOptions): Promise<unknown>
}

/** What a client has once a state store stands beside its own: pauses, schedules, keys, results and notes. */
export interface StateFacets {
  readonly results: StateResults
  readonly notes: StateNotes
  readonly pausing: StatePausing
  readonly schedules: StateSchedules
  readonly uniqueness: Uniqueness
}

/** Makes them. Without `news` callers that wait for a result look now and then. */
export function stateFacets(state: StateStore, news: EndNews | undefined, steps: StateSteps): StateFacets {
  const { clock, keys } = steps
  return {
    results: new StateResults(state, steps, news),
    notes: new StateNotes(state, steps),
    pausing: new StatePausing(state, {
      clock,
      reserve: (queues, options) => steps.reserve(queues, options),
      giveBack: (delivery) => steps.release(delivery, { deliveries: delivery.deliveries - 1 }),
    }),
    schedules: new StateSchedules(state, (queue, items) => steps.pushMany(queue, items)),
    uniqueness: keys.keepIn(state),
  }
}
