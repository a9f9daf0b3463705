import type { Fault } from './fault.js'
import { killWorker } from './kill-worker.js'
import { none } from './none.js'

/** In the order of the table. */
export const FAULTS: readonly Fault[] = [none, killWorker]
