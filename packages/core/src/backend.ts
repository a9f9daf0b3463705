// What the author of a backend needs, and no app does.
export { checkSource } from './backend/kit/check-source.js'
export { checkCursor } from './backend/kit/check-cursor.js'
export { checkPayload } from './backend/kit/check-payload.js'
export { checkText } from './backend/kit/check-text.js'
export { inBatches } from './backend/kit/in-batches.js'
export { type Insistence, insist, insistAfter } from './backend/kit/insist.js'
export { type LevelClocks, LevelShares, STRICT_CLOCKS, turns } from './backend/kit/level-shares.js'
export { Lifecycle } from './backend/kit/lifecycle.js'
export { loadDriver } from './backend/kit/load-driver.js'
export { News } from './backend/kit/news.js'
export { drizzleQuery, kyselyQuery, rowsOf } from './backend/kit/raw-queries.js'
export { readKnobs } from './backend/kit/read-knobs.js'
export { type KeyedSteps, KeyedTasks } from './backend/kit/keyed-tasks.js'
export { type StateFacets, type StateSteps, stateFacets } from './backend/kit/state-facets.js'
export { StatePausing } from './backend/kit/state-pausing.js'
export { type HoldingClient, StateNotes, StateResults } from './backend/kit/state-results.js'
export { StateSchedules } from './backend/kit/state-schedules.js'
export { reasonText } from './backend/kit/reason-text.js'
export { whileOpen } from './backend/kit/while-open.js'
export { Silence } from './backend/kit/silence.js'
export { LeaseKeeper } from './execution/lease-keeper.js'
export { CLIENT_OPTIONS } from './backend/contract.js'
export { MOST_STATE, checkedState } from './backend/state-store.js'
export { BATCH_KEPT, MOST_DUE, MOST_MEMBERS, MOST_REMOVED, MOST_SHOWN } from './backend/facets.js'
export { LeasingClient } from './backend/leasing-client.js'
export {
  TALLY_NAMES,
  TALLY_SPANS,
  type TallyRow,
  keptTallies,
  startOf,
  tallyNumbers,
  tallyOf,
} from './backend/tally.js'
export { readWorkerInfo } from './backend/worker-info.js'
export { isReady } from './base/awaitable.js'
export { checkCount } from './base/count.js'
export { NORMAL, PRIORITIES, SHARES, levelOf, priorityAt } from './base/priorities.js'
export { type OptionNames, checkNames } from './base/option-names.js'
export { checkTaskId, timeOfId } from './base/ids.js'
export { readDeathReason } from './backend/read-death-reason.js'
export {
  clearImmediate,
  clearInterval,
  clearTimeout,
  pause,
  performance,
  setImmediate,
  setInterval,
  setTimeout,
  turn,
} from './base/timers.js'
