import type { Task } from '@alligator/core'
import { type Exception, type Span, SpanStatusCode } from '@opentelemetry/api'

/** Of an error that says nothing of itself. */
const OTHER = '_OTHER'
/** The code of what asks for a pause, which is no failure. */
export const SNOOZE = 'SNOOZE'

/** The kind of an error, of which there are few: its code, else its name. */
export function typeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  if (typeof code === 'string' && code !== '') return code
  return typeof name === 'string' && name !== '' ? name : OTHER
}

export function endWithError(span: Span, error: unknown): void {
  span.recordException(exceptionOf(error))
  span.setAttribute('error.type', typeOf(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) })
  span.end()
}

/** Ends the span of a try that has failed, or asked for a pause, and tells what follows. */
export function tellFailure(span: Span, task: Task, error: unknown): void {
  const type = typeOf(error)
  if (type === SNOOZE) {
    span.addEvent('alligator.snooze', secondsOf(error))
    span.end()
    return
  }
  if (type === 'GIVE_UP' || task.retries === 0) span.addEvent('alligator.dead_letter')
  else span.addEvent('alligator.retry', { ...secondsOf(error), 'alligator.task.retries_left': task.retries })
  endWithError(span, error)
}

/** The pause that was asked for. */
function secondsOf(error: unknown): { 'alligator.pause'?: number } {
  const { seconds } = (error ?? {}) as { readonly seconds?: unknown }
  return typeof seconds === 'number' ? { 'alligator.pause': seconds } : {}
}

function exceptionOf(error: unknown): Exception {
  return error instanceof Error ? error : messageOf(error)
}

/** Anything may be thrown, also what has no text. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'a value that has no text'
  }
}
