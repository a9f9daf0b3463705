export { type DrainOptions, drain } from './testing/drain.js'
export { assertNotQueued, assertQueued, queued } from './testing/queued.js'
export { TestGator, type TestGatorOptions, testGator } from './testing/test-gator.js'
export { VirtualClock } from './testing/virtual-clock.js'
