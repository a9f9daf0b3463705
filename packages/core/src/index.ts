export type { Awaitable } from './awaitable.js'
export { backendPackage, registerBackend } from './backends.js'
export type { Backoff, BackoffCurve } from './backoff.js'
export { AT_MOST_ONCE, type BackendClass, Client } from './client.js'
export { type Clock, sleep, systemClock } from './clock.js'
export { ALL, CANCELED, DELAYED, FAILED, RETRYING, SUCCESS, type TaskStatus, WAITING } from './constants.js'
export type * from './contract.js'
export { currentTask } from './current-task.js'
export { type Duration, toSeconds } from './duration.js'
export * from './errors.js'
export { type EventListener, type EventName, EventStream } from './event-stream.js'
export type {
  EventFacts,
  Outcome,
  StopReason,
  WorkerEvent,
  WorkerEventOf,
  WorkerEventType,
} from './events.js'
export { Execution, type ExecutionHost } from './execution.js'
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
export { Gator } from './gator.js'
export type { GatorOptions } from './gator-options.js'
export type { JsonArguments } from './json-arguments.js'
export { LeaseKeeper } from './lease-keeper.js'
export { LeasingClient } from './leasing-client.js'
export { LocmemClient } from './locmem.js'
export { type Logger, type LoggerOptions, jsonLogger, silentLogger, textLogger } from './logger.js'
export { Options } from './options.js'
export { type WireOptions, type WireTask, peekTask } from './payload.js'
export { printable } from './printable.js'
export type { ToConsume } from './queue-order.js'
export { Task, type TaskClass, type TaskContext } from './task.js'
export type { TaskOptions } from './task-options.js'
export type { TaskRunner } from './task-runner.js'
export { Worker } from './worker.js'
export { readWorkerInfo } from './worker-info.js'
export type { WorkerOptions } from './worker-options.js'
