export { describeClient } from './describe-client.js'
export type {
  AppTransaction,
  ConformanceOptions,
  DescribeFunction,
  Harness,
  ItFunction,
  ManualClock,
} from './harness.js'
export type { Qualities } from './need.js'
