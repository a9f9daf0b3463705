import type { ConformanceOptions, DescribeFunction, ItFunction } from './harness.js'
import { type Scenario, play } from './scenario.js'
import { basics } from './scenarios/basics.js'
import { byId } from './scenarios/by-id.js'
import { cancellation } from './scenarios/cancellation.js'
import { concurrency } from './scenarios/concurrency.js'
import { deadLetters } from './scenarios/dead-letters.js'
import { delay } from './scenarios/delay.js'
import { directory } from './scenarios/directory.js'
import { expediting } from './scenarios/expediting.js'
import { health } from './scenarios/health.js'
import { hostile } from './scenarios/hostile.js'
import { lease } from './scenarios/lease.js'
import { lifecycle } from './scenarios/lifecycle.js'
import { listing } from './scenarios/listing.js'
import { migrations } from './scenarios/migrations.js'
import { pausing } from './scenarios/pausing.js'
import { notes } from './scenarios/notes.js'
import { payload } from './scenarios/payload.js'
import { priorities } from './scenarios/priorities.js'
import { properties } from './scenarios/properties.js'
import { push } from './scenarios/push.js'
import { renewal } from './scenarios/renewal.js'
import { results } from './scenarios/results.js'
import { schedules } from './scenarios/schedules.js'
import { settle } from './scenarios/settle.js'
import { state } from './scenarios/state.js'
import { tallies } from './scenarios/tallies.js'
import { transactions } from './scenarios/transactions.js'
import { uniqueness } from './scenarios/uniqueness.js'
import { wait } from './scenarios/wait.js'

/** Milliseconds that one scenario may take before the test runner gives it up. */
const TIMEOUT = 60_000

/**
 * Declares the tests that prove a backend: every promise of the contract in a test of its own, and random histories played
 * against a model. Where the client lacks a facet, the engine must refuse what needs it; where the store is less than others in
 * a quality, it must keep the lesser promise.
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
    concurrency,
    lifecycle,
    'by id': byId,
    listing,
    'dead letters': deadLetters,
    cancellation,
    directory,
    results,
    notes,
    tallies,
    schedules,
    transactions,
    uniqueness,
    migrations,
    health,
    state,
    priorities,
    pausing,
    expediting,
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
