import { tracingChannel } from 'node:diagnostics_channel'
import type { RunStep, Task } from '../task/task.js'
import type { EnqueueStep } from './middleware.js'

/** The message of the tracing channel `alligator:enqueue`, for each call that puts tasks on a queue. */
export interface EnqueueTrace {
  /** As the app made them: middleware comes after this. */
  readonly tasks: readonly Task[]
  /** The name of the queue. */
  readonly queue: string | undefined
  /** What was put there. */
  readonly result?: readonly Task[]
  readonly error?: unknown
}

/** The message of the tracing channel `alligator:run`, for each attempt: its function, and the middleware around it. */
export interface RunTrace {
  readonly task: Task
  readonly result?: unknown
  readonly error?: unknown
}

// Channels belong to the process, by their names, whichever copy of this package publishes on them.
const enqueueing = tracingChannel<unknown, EnqueueTrace>('alligator:enqueue')
const running = tracingChannel<unknown, RunTrace>('alligator:run')

export function isEnqueueTraced(): boolean {
  return enqueueing.hasSubscribers
}

export function isRunTraced(): boolean {
  return running.hasSubscribers
}

export const traceEnqueue: EnqueueStep = (tasks, next) =>
  enqueueing.tracePromise(() => next(tasks), { tasks, queue: tasks[0]?.queue })

export const traceRun: RunStep = (task, next) => running.tracePromise(next, { task })
