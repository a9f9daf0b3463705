import type { Scenario } from '../scenario.js'
import { bytes } from './bytes.js'
import { cpu } from './cpu.js'
import { delayed } from './delayed.js'
import { drainScenario } from './drain.js'
import { enqueue } from './enqueue.js'
import { features } from './features.js'
import { growth } from './growth.js'
import { horizon } from './horizon.js'
import { latency } from './latency.js'
import { together } from './together.js'

/** By the name that `--scenario` takes, in the order of the report. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  enqueue,
  drain: drainScenario,
  together,
  latency,
  delayed,
  cpu,
  bytes,
  features,
  growth,
  horizon,
}
