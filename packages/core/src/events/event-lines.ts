import { hasCode, messageOf, propertyOf, stackOf } from '../errors/index.js'
import type { Task } from '../task/task.js'
import type { WorkerEvent, WorkerEventOf, WorkerEventType } from './events.js'
import { type Logger, ignore } from './logger.js'
import { describeQueues } from '../base/queues.js'
import { isStopSignal } from '../base/stop-signals.js'

type Level = keyof Logger
type AboutWorker = WorkerEventOf<Extract<WorkerEventType, `worker:${string}`>>
type AboutTask = Exclude<WorkerEvent, AboutWorker>

const LEVELS: Readonly<Record<WorkerEventType, Level>> = {
  'task:start': 'debug',
  'task:success': 'info',
  'task:progress': 'debug',
  'task:log': 'info',
  'task:unkept': 'error',
  'task:retry': 'warn',
  'task:snoozed': 'info',
  'task:dead': 'error',
  'task:unknown': 'warn',
  'task:blocked': 'debug',
  'task:released': 'info',
  'task:canceled': 'info',
  'task:lost': 'warn',
  'task:unsettled': 'error',
  'task:timeout': 'warn',
  'task:late': 'warn',
  'worker:start': 'info',
  'worker:stopping': 'info',
  'worker:stop': 'info',
  'worker:idle': 'debug',
  'worker:paused': 'info',
  'worker:disconnect': 'error',
  'worker:reconnect': 'info',
  'worker:overflow': 'error',
  'worker:dropped': 'warn',
  'worker:unscheduled': 'error',
  'worker:undeclared': 'warn',
  'worker:stuck': 'error',
  'worker:blocked': 'warn',
}

/** Their names. */
export const EVENT_NAMES: readonly string[] = Object.keys(LEVELS)

/** Whether a logger wants the line of such an event. */
export function isLogged(logger: Logger, type: WorkerEventType): boolean {
  return logger[LEVELS[type]] !== ignore
}

/** Writes one event as one line: a message for people, and its facts for machines. `ident` names the worker, where there is one. */
export function logEvent(logger: Logger, event: WorkerEvent, ident?: () => string): void {
  const level = levelOf(event)
  if (logger[level] === ignore) return
  const isVerbose = logger.debug !== ignore
  if (isAboutWorker(event))
    logger[level](`${event.worker} ${describeWorker(event)}`, factsOf(event, isVerbose))
  else {
    const facts = { ...factsOf(event, isVerbose), ...(ident && { worker: ident() }) }
    logger[level](`${nameOf(event)} ${event.delivery.taskId} ${describeTask(event)}`, facts)
  }
}

function levelOf(event: WorkerEvent): Level {
  if (event.type === 'worker:start' && (event.atMostOnce || event.registeredOnly)) return 'warn'
  // An end that was asked for when it was started is no news.
  if (event.type === 'worker:stopping' && ['burst', 'maxTasks'].includes(event.reason)) return 'debug'
  return LEVELS[event.type]
}

function isAboutWorker(event: WorkerEvent): event is AboutWorker {
  return 'worker' in event
}

function nameOf({ task }: AboutTask): string {
  return task?.func?.name ?? 'task'
}

/** What may be a fact of an event. */
interface Facts {
  readonly error?: unknown
  readonly seconds?: number
  readonly pause?: number
  /** Unix seconds. */
  readonly since?: number
  readonly until?: number
}

function factsOf(event: WorkerEvent, isVerbose: boolean): object {
  const { type, ...facts } = event
  const { error, seconds, pause, since, until } = facts as Facts
  return {
    event: type,
    ...(isAboutWorker(event) ? facts : taskFacts(event)),
    ...(seconds !== undefined && { seconds: toMilliseconds(seconds) }),
    ...(pause !== undefined && { pause: toMilliseconds(pause) }),
    ...(since !== undefined && { since: momentOf(since) }),
    ...(until !== undefined && { until: momentOf(until) }),
    ...(error !== undefined && errorFacts(error, isVerbose)),
  }
}

function errorFacts(error: unknown, isVerbose: boolean): object {
  const code = propertyOf(error, 'code')
  const stack = isVerbose ? stackOf(error) : undefined
  return {
    error: messageOf(error),
    ...(typeof code === 'string' && { code }),
    ...(stack !== undefined && { stack }),
  }
}

function momentOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString()
}

function taskFacts({ delivery, task }: AboutTask): object {
  const { queue, taskId } = delivery
  const { func, attempt } = task ?? {}
  const module = moduleOf(task)
  return { queue, taskId, ...(func && { name: func.name, ...(module !== undefined && { module }), attempt }) }
}

/** Of a function that was loaded by its name it is known. */
function moduleOf(task: Task | undefined): string | undefined {
  try {
    return task?.func && task.context?.refs.findAgain(task.func).module
  } catch {
    return undefined
  }
}

/** Seconds with three digits. */
function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
}

function describeTask(event: AboutTask): string {
  switch (event.type) {
    case 'task:start':
      return `starts, attempt ${event.task.attempt}`
    case 'task:success':
      return `done in ${Math.round(event.seconds * 1000)} ms`
    case 'task:progress':
      return `is at ${Math.floor(event.progress * 100)} %${event.text === undefined ? '' : `: ${event.text}`}`
    case 'task:log':
      return event.line
    case 'task:unkept':
      return `keeps no result: ${messageOf(event.error)} It is done all the same`
    case 'task:retry':
      return `failed: ${messageOf(event.error)}; attempt ${event.task.attempt} in ${inSeconds(event.pause)}`
    case 'task:snoozed':
      return `asks for a pause: next look in ${inSeconds(event.pause)}, no attempt charged`
    case 'task:dead':
      return `is a dead letter: ${messageOf(event.error)}`
    case 'task:unknown':
      return `cannot run here: ${messageOf(event.error)} It goes back on queue ${event.delivery.queue} for ${inSeconds(event.pause)}, no attempt charged`
    case 'task:blocked':
      return `waits for the tasks that it depends on; next look in ${inSeconds(event.pause)}`
    case 'task:released':
      return `${event.seconds === undefined ? 'was not begun' : 'did not end before the shutdown'}; it is back on its queue, no attempt charged`
    case 'task:canceled':
      return 'was canceled while it ran; what its function still does is discarded'
    case 'task:lost':
      return hasCode(event.error, 'TASK_GONE')
        ? 'is off its queue, although nobody canceled it: its store has lost it, or its queue was dropped; what its function still does is discarded'
        : 'has lost its lease: another worker may run it; what its function does here is discarded'
    case 'task:unsettled':
      return `could not be settled: ${messageOf(event.error)} ${event.atMostOnce ? 'This backend delivers at most once, so it will not run again' : 'It runs again when its lease ends'}`
    case 'task:timeout':
      return `is still running after ${inSeconds(event.seconds)}, over its timeout: it ignores its signal, and its result is discarded`
    case 'task:late':
      return `has ended after ${inSeconds(event.seconds)}, long after its timeout; its result is discarded`
  }
}

function describeWorker(event: AboutWorker): string {
  switch (event.type) {
    case 'worker:start':
      return describeStart(event)
    case 'worker:stopping':
      return describeStopping(event)
    case 'worker:stop':
      return `has stopped after ${event.tasksComplete} tasks.`
    case 'worker:idle':
      return 'has nothing to run, and waits.'
    case 'worker:paused':
      return `finds ${event.task === undefined ? '' : `${event.task} on `}queue ${event.queue} paused${describeEnd(event)}${event.reason ? `: ${event.reason}` : '.'}`
    case 'worker:disconnect':
      return `waits for its store: ${messageOf(event.error)} The next attempt is ${event.pause === 0 ? 'under way' : `in ${inSeconds(event.pause)}`}.`
    case 'worker:reconnect':
      return `has its store back after ${inSeconds(event.seconds)}.`
    case 'worker:overflow':
      return `finds ${event.limit} dead letters on queue ${event.queue}, the most that are kept: the oldest are dropped. Retry or drop some, or raise maxDeadLetters.`
    case 'worker:dropped':
      return `has dropped ${event.ticks} ticks of schedule ${event.schedule} on queue ${event.queue}: they were missed, and are not made up for.`
    case 'worker:unscheduled':
      return `cannot make the ticks of schedule ${event.schedule} on queue ${event.queue}: ${messageOf(event.error)}`
    case 'worker:undeclared':
      return `finds schedules on queue ${event.queue} that this code does not declare: ${event.schedules.join(', ')}. They go on; \`alligator schedules rm\` removes them.`
    case 'worker:stuck':
      return `can start nothing new: ${event.running} functions go on although their timeouts are over, or their tasks canceled. Restart it, let them heed \`currentTask().signal\`, or run them with --isolate.`
    case 'worker:blocked':
      return describeBlocked(event)
  }
}

function describeEnd({ until }: WorkerEventOf<'worker:paused'>): string {
  return until === undefined ? ' until somebody resumes it' : ` until ${new Date(until * 1000).toISOString()}`
}

function describeBlocked({ seconds, lease, kept }: WorkerEventOf<'worker:blocked'>): string {
  const what = `could do nothing else for ${inSeconds(seconds)} and more: something kept its event loop busy.`
  const wayOut = 'Run functions that compute with --isolate.'
  if (kept) return `${what} It still holds its tasks, but nothing else ran meanwhile. ${wayOut}`
  return `${what} Leases of ${inSeconds(lease)} may have lapsed meanwhile, and another worker may have its tasks. ${wayOut}`
}

function describeStart(event: WorkerEventOf<'worker:start'>): string {
  const { toConsume, maxTasks, maxMemory, burst, atMostOnce, registeredOnly } = event
  const ends = [
    ...(maxTasks > 0 ? [`after ${maxTasks} tasks`] : []),
    ...(maxMemory > 0 ? [`at ${maxMemory} bytes of memory`] : []),
    ...(burst ? ['when nothing is due'] : []),
  ]
  const until = ends.length > 0 ? `and ends ${ends.join(' or ')}` : 'until it is stopped'
  const risk = atMostOnce
    ? ' This backend delivers at most once: tasks that run when the worker dies are lost.'
    : ''
  const bound = registeredOnly
    ? ' This process has no inspector: it runs what registerTasks has named, and puts all else back on its queue for other workers.'
    : ''
  return `consumes "${describeQueues(toConsume)}" ${until}.${risk}${bound}`
}

function describeStopping({ reason, running }: WorkerEventOf<'worker:stopping'>): string {
  const tasks = `${running} running tasks may end`
  if (reason === 'maxMemory') return `has reached its maxMemory and takes nothing new: ${tasks}.`
  return `stops: ${tasks}${isStopSignal(reason) ? '; a second signal hands them back' : ''}.`
}
