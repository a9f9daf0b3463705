import type { ConformanceOptions } from './harness.js'
import type { Need } from './need.js'
import { REFUSALS } from './refusals.js'
import { Trial } from './trial.js'

/** One promise of a backend, and what proves it. */
export interface Scenario {
  readonly promise: string
  readonly needs: readonly Need[]
  readonly prove: (trial: Trial) => Promise<void>
}

/** Declares a scenario. */
export function proves(promise: string, needs: readonly Need[], prove: Scenario['prove']): Scenario {
  return { promise, needs, prove }
}

/** Plays a scenario on a store of its own; where the client lacks what it needs, sees that it refuses instead. */
export async function play({ needs, prove }: Scenario, options: ConformanceOptions): Promise<void> {
  const trial = await Trial.open(options)
  const missing = needs.find((need) => !trial.has(need))
  try {
    await (missing ? REFUSALS[missing] : prove)(trial)
  } catch (error) {
    // Cleaning up after a failure may fail too, and must not hide it.
    await trial.close().catch(() => {})
    throw error
  }
  await trial.close()
}
