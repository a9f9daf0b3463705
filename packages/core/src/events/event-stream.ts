import { EventEmitter } from 'node:events'
import { type Awaitable, chain, isReady } from '../base/awaitable.js'
import { isLogged, logEvent } from './event-lines.js'
import type { WorkerEvent, WorkerEventOf, WorkerEventType } from './events.js'
import { type Logger, messageFirst } from './logger.js'
import { warnOfFailure } from '../base/warning.js'

/** The name of an event, or `'*'` for all of them. */
export type EventName = WorkerEventType | '*'

/** Is called with each event of that name. What it throws, or rejects with, is a process warning and disturbs nothing. */
export type EventListener<T extends EventName> = (
  event: WorkerEventOf<T extends WorkerEventType ? T : WorkerEventType>,
) => unknown

/** The events of a worker, on their way to its log and to listeners. */
export class EventStream {
  readonly #emitter = new EventEmitter()
  readonly #getLog: () => Logger
  readonly #ident: (() => string) | undefined
  readonly #log = (event: WorkerEvent): void => logEvent(this.logger, event, this.#ident)
  #given: Logger | undefined
  #logger: Logger | undefined

  /** `ident`: how the worker names itself, where there is one. */
  constructor(getLog: () => Logger, ident?: () => string) {
    this.#getLog = getLog
    this.#ident = ident
  }

  /** Where lines are written now: the log, as it is called here. */
  get logger(): Logger {
    const given = this.#getLog()
    if (this.#logger && given === this.#given) return this.#logger
    this.#given = given
    return (this.#logger = messageFirst(given))
  }

  on<T extends EventName>(name: T, listener: EventListener<T>): void {
    this.#emitter.on(name, listener)
  }

  off<T extends EventName>(name: T, listener: EventListener<T>): void {
    this.#emitter.off(name, listener)
  }

  /** Whether anybody listens to such events, or logs them: what happens for each task is not even put together otherwise. */
  wants(type: WorkerEventType): boolean {
    return (
      isLogged(this.logger, type) ||
      this.#emitter.listenerCount(type) > 0 ||
      this.#emitter.listenerCount('*') > 0
    )
  }

  emit(event: WorkerEvent): void {
    this.log(event)
    this.tell(event)
  }

  /** To the log alone. */
  log(event: WorkerEvent): void {
    notify('log', this.#log, event)
  }

  /** To the listeners alone. */
  tell(event: WorkerEvent): void {
    for (const name of [event.type, '*'])
      for (const listener of this.#emitter.listeners(name)) notify(name, listener as Listener, event)
  }
}

type Listener<T = WorkerEvent> = (value: T) => unknown

/** Tells somebody something. What comes of it is theirs: a failure is a process warning, and must not disturb the worker. */
export function notify<T>(what: string, listener: Listener<T>, value: T): void {
  let result: unknown
  try {
    result = listener(value)
  } catch (error) {
    return warn(what, error)
  }
  if (!isReady(result)) watch(what, result)
}

function watch(what: string, result: Awaitable<unknown>): void {
  void chain(result, done, (error) => warn(what, error))
}

function done(): void {}

function warn(what: string, error: unknown): void {
  warnOfFailure('AlligatorListenerWarning', `A listener of a worker (${what})`, error)
}
