import type { ConformanceOptions, DescribeFunction, ItFunction } from './harness.js'
import { type Scenario, play } from './scenario.js'
import { basics } from './scenarios/basics.js'
import { cancel } from './scenarios/cancel.js'
import { concurrency } from './scenarios/concurrency.js'
import { deadLetters } from './scenarios/dead-letters.js'
import { delay } from './scenarios/delay.js'
import { hostile } from './scenarios/hostile.js'
import { inspect } from './scenarios/inspect.js'
import { lease } from './scenarios/lease.js'
import { lifecycle } from './scenarios/lifecycle.js'
import { payload } from './scenarios/payload.js'
import { properties } from './scenarios/properties.js'
import { push } from './scenarios/push.js'
import { renewal } from './scenarios/renewal.js'
import { settle } from './scenarios/settle.js'
import { wait } from './scenarios/wait.js'
import { workers } from './scenarios/workers.js'

/** Milliseconds that one scenario may take before the test runner gives it up. */
const TIMEOUT = 60_000

/**
 * Declares the tests that prove a backend: every promise of the contract in a test of its own, and random histories played
 * against a model. What the client's `capabilities` deny, it must refuse.
 *
 * @throws Error when there is neither a global `describe` and `it` nor one in the options.
 *
 * @example
 * ```ts
 * describeClient('locmem', {
 *   create() {
 *     const clock = new VirtualClock()
 *     const dsn = `locmem://${randomUUID()}`
 *     return { clock, client: () => new LocmemClient(dsn, { clock }) }
 *   },
 * })
 * ```
 */
export function describeClient(name: string, options: ConformanceOptions): void {
  const describe = options.describe ?? fromRunner<DescribeFunction>('describe')
  const it = options.it ?? fromRunner<ItFunction>('it')
  describe(`${name} keeps what a backend promises`, () => {
    for (const [concern, scenarios] of Object.entries(scenariosByConcern(options))) {
      describe(concern, () => {
        for (const scenario of scenarios) it(scenario.promise, () => play(scenario, options), TIMEOUT)
      })
    }
  })
}

function scenariosByConcern({
  runs,
  seed,
}: ConformanceOptions): Readonly<Record<string, readonly Scenario[]>> {
  return {
    basics,
    push,
    payload,
    hostile,
    delay,
    lease,
    renewal,
    wait,
    settle,
    cancel,
    'dead letters': deadLetters,
    inspect,
    workers,
    concurrency,
    lifecycle,
    properties: properties(runs, seed),
  }
}

function fromRunner<T>(name: 'describe' | 'it'): T {
  const found = (globalThis as unknown as Record<string, T | undefined>)[name]
  if (found) return found
  throw new Error(
    `There is no global ${name}(). Pass it in the options: describeClient(name, { create, describe, it }).`,
  )
}
