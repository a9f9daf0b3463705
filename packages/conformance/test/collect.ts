import { type Harness, describeClient } from '@alligator/conformance'

/** Declares the suite for a backend and gives its scenarios by what they promise, to be played one by one. */
export function collect(create: () => Harness): ReadonlyMap<string, () => Promise<void>> {
  const scenarios = new Map<string, () => Promise<void>>()
  describeClient('collected', {
    create,
    runs: 200,
    // One with which every fault is noticed in so many histories.
    seed: 4,
    describe: (_name, body) => body(),
    it: (promise, play) => scenarios.set(promise, play),
  })
  return scenarios
}
