export type { Awaitable } from './base/awaitable.js'
export { type KnownBackend, knownBackend, registerBackend } from './backend/known-backends.js'
export type { Backoff, BackoffCurve } from './task/backoff.js'
export type { Debounce, Guard, GuardOptions, Throttle, Unique } from './task/guards.js'
export { cancelTask } from './backend/cancel-task.js'
export { type BackendClass, Client } from './backend/client.js'
export { type Clock, sleep, systemClock } from './base/clock.js'
export { endsForAReason, whileImporting } from './base/while-importing.js'
export { type StopSignal, onStopSignal } from './base/stop-signals.js'
export {
  ALL,
  CANCELED,
  DELAYED,
  FAILED,
  RETRYING,
  SUCCESS,
  type TaskStatus,
  type TaskStatusName,
  WAITING,
} from './task/constants.js'
export type * from './backend/contract.js'
export type * from './backend/facets.js'
export type { KeptTallies, Tally, TallySpan } from './backend/tally.js'
export type { PutOptions, StateStore } from './backend/state-store.js'
export { currentTask } from './task/current-task.js'
export { type Duration, toSeconds } from './base/duration.js'
export * from './errors/index.js'
export type { EventListener, EventName } from './events/event-stream.js'
export type {
  EventFacts,
  Outcome,
  StopReason,
  WorkerEvent,
  WorkerEventOf,
  WorkerEventType,
} from './events/events.js'
export type { Engine } from './execution/engine.js'
export { type DeliveryResult, type RunDeliveryOptions, runDelivery } from './execution/run-delivery.js'
export {
  type AnyFunction,
  type FunctionRef,
  FunctionRefs,
  type FunctionRefsOptions,
  type RegisterOptions,
  determineModule,
  determineName,
  importAttr,
  importModule,
  registerTasks,
} from './function-ref/index.js'
export { Gator } from './gator/gator.js'
export type { TaskReport } from './results/look-up.js'
export type { LogLine } from './wire/kept.js'
export type { PausedOptions, QueuePauseOptions } from './gator/pause-options.js'
export type { TaskPause } from './gator/task-pauses.js'
export type { TaskDefaults } from './gator/defaults.js'
export type { GatorOptions } from './gator/gator-options.js'
export type { IfStorable, JsonArguments } from './arguments/json-arguments.js'
export { need } from './backend/need.js'
export { LocmemClient } from './locmem/client.js'
export { type Logger, type LoggerOptions, jsonLogger, silentLogger, textLogger } from './events/logger.js'
export type { EnqueueTrace, RunTrace } from './middleware/diagnostics.js'
export type { EnqueueNext, Middleware } from './middleware/middleware.js'
export { type EnqueueOptions, Options } from './gator/options.js'
export type { TaskHeaders } from './wire/headers.js'
export { type WireOptions, type WireTask, peekTask } from './wire/payload.js'
export { Schedule, Scheduling } from './schedule/schedule.js'
export type { Missed, ScheduleOptions, ScheduleSpec } from './schedule/spec.js'
export { printable } from './base/printable.js'
export type { ToConsume } from './base/queues.js'
export { type RunStep, Task, type TaskClass, type TaskContext, type TaskJson } from './task/task.js'
export type { FinishedOptions, TaskOptions } from './task/task.js'
export type { TaskSource, Told } from './task/task-source.js'
export type { TaskRunner } from './execution/task-runner.js'
export { GiveUp, RetryIn, Snooze } from './task/verdicts.js'
export { Worker } from './worker/worker.js'
export type { WorkerOptions } from './worker/worker-options.js'
