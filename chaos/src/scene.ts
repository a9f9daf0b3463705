import type { Child } from '@alligator/testbed'
import type { WallClock } from './wall-clock.js'
import type { Crew } from './crew.js'
import type { Random } from './random.js'
import type { Store } from './stores/store.js'

/** What a fault finds to strike. */
export interface Scene {
  readonly store: Store
  readonly crew: Crew
  readonly random: Random
  readonly clocks: Readonly<Record<'clients' | 'server', WallClock>>
  /** Where the store keeps its files. */
  readonly data: string
  /** The ids of tasks that kill whoever runs them. */
  readonly poisons: Set<string>
  /** Does harm to some processes, or to all of them, and writes down from when to when. */
  readonly during: (whom: readonly Child[] | 'all', harm: () => Promise<unknown>) => Promise<void>
}
