import type { Contender } from './contender.js'
import type { Consumer, Producer } from './crew.js'
import type { Probe } from './stores/store.js'

/** How long a run may take. */
export interface Effort {
  /** How often every contender has its turn. */
  readonly rounds: number
  /** About how many seconds one figure is measured for. */
  readonly seconds: number
  /** The most waiting tasks that `growth` goes up to. */
  readonly backlog: number
  /** Seconds for which `horizon` lasts. */
  readonly horizon: number
}

/** What a scenario has to work with, in a process of its own and on an empty store. */
export interface Stage {
  readonly contender: Contender
  readonly probe: Probe
  readonly effort: Effort
  /** Seconds to watch an idle worker for. */
  readonly idle: number
  /** Workers in processes of their own; `undefined` where the store is one process's own. */
  readonly consume: ((concurrency: number) => Promise<Consumer>) | undefined
  /** A producer in a process of its own. */
  readonly produce: (() => Promise<Producer>) | undefined
}

/** What is measured; only of tasks per second is more better. */
export type Unit = 'tasks/s' | 'ms' | 'µs' | 'bytes' | 'MB' | '%' | '1/h' | 'tasks' | 'commands'

/** One thing to measure. A row that a contender cannot do is left out of its figures. */
export interface Scenario {
  readonly title: string
  readonly rows: Readonly<Record<string, Unit>>
  /** It takes minutes: it is played once, and only when it is named. */
  readonly isLong?: boolean
  run(stage: Stage): Promise<Readonly<Record<string, number>>>
}
