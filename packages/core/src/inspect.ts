// How to look into a store, and to change many tasks of it at once: what the command line and a page of the queues share.
export {
  type BatchOptions,
  type BatchView,
  type CallbackView,
  type CancelOptions,
  cancelBatchPart,
  readBatch,
} from './inspect/batches.js'
export {
  type Census,
  type CountedTasks,
  type StepOptions,
  type TasksChosen,
  cancelTasks,
  countTasks,
  expediteTasks,
  retryTasks,
} from './inspect/bulk.js'
export { type DeathGroup, type DeathOptions, type Deaths, deathsOf } from './inspect/death-groups.js'
export { type TaskFilter, createFilter } from './inspect/filter.js'
export { MOST_ON_PAGE, STATES, pagesOf } from './inspect/pages.js'
export { type QueueStatus, queueStatusOf } from './inspect/queue-status.js'
export {
  type Change,
  type Found,
  type SearchOptions,
  type SearchPlace,
  type Stepped,
  changeById,
  changeFound,
  searchTasks,
} from './inspect/search.js'
export {
  type TaskView,
  enqueuedAtOf,
  locate,
  oldestOf,
  queuesOf,
  readTask,
  viewTask,
  viewTasks,
  withNote,
} from './inspect/task-view.js'
export { type Figures, type Throughput, livelyQueuesOf, throughputOf } from './inspect/throughput.js'
export { type Why, whyItWaits } from './inspect/why.js'
