import type { Delivery } from './contract.js'
import { messageOf } from './errors.js'
import type { Task } from './task.js'

/** What became of a delivery. */
export type Outcome = 'success' | 'retry' | 'dead' | 'unknown' | 'blocked' | 'released' | 'canceled' | 'lost'

/** Something that happened to a delivery; each becomes one line in a worker's log. */
export interface TaskEvent {
  readonly type: 'start' | Outcome
  readonly delivery: Delivery
  /** Not there when the payload could not be read. */
  readonly task?: Task | undefined
  readonly error?: unknown
  /** Seconds: how long it ran (`success`), or the pause until it may run again. */
  readonly seconds?: number | undefined
}

/** Where log lines go: `console`, pino and most loggers fit. */
export interface Logger {
  debug(message: string, facts?: object): void
  info(message: string, facts?: object): void
  warn(message: string, facts?: object): void
  error(message: string, facts?: object): void
}

/** The method of a logger that leaves a level out; no line is put together for it. */
export const ignore = (): void => undefined

const LEVELS: Readonly<Record<TaskEvent['type'], keyof Logger>> = {
  start: 'debug',
  success: 'info',
  retry: 'warn',
  dead: 'error',
  unknown: 'warn',
  blocked: 'debug',
  released: 'info',
  canceled: 'info',
  lost: 'warn',
}

/** Writes one event as one line. */
export function logEvent(logger: Logger, event: TaskEvent): void {
  const level = LEVELS[event.type]
  if (logger[level] === ignore) return
  const { delivery, task, error, seconds } = event
  const name = task?.func?.name
  const facts = {
    event: `task:${event.type}`,
    queue: delivery.queue,
    taskId: delivery.taskId,
    ...(name !== undefined && { name, attempt: task?.attempt }),
    ...(seconds !== undefined && { seconds: Math.round(seconds * 1000) / 1000 }),
    ...(error !== undefined && { error: messageOf(error) }),
  }
  logger[level](`${name ?? 'task'} ${delivery.taskId} ${describe(event)}`, facts)
}

function describe({ type, task, error, seconds = 0, delivery }: TaskEvent): string {
  const pause = `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  switch (type) {
    case 'start':
      return `starts, try ${task?.attempt ?? 1}`
    case 'success':
      return `done in ${Math.round(seconds * 1000)} ms`
    case 'retry':
      return `failed: ${messageOf(error)}; try ${task?.attempt ?? 2} in ${pause}`
    case 'dead':
      return `is a dead letter: ${messageOf(error)}`
    case 'unknown':
      return `cannot run here: ${messageOf(error)} It goes back on queue ${delivery.queue} for ${pause}, no try charged`
    case 'blocked':
      return `waits for the tasks that it depends on; next look in ${pause}`
    case 'released':
      return 'did not end before the shutdown; it is back on its queue, no try charged'
    case 'canceled':
      return 'was canceled while it ran; what its function still does is discarded'
    case 'lost':
      return 'has lost its lease: another worker may run it; what its function does here is discarded'
  }
}
