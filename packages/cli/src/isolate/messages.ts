import { type Payload, type TaskStatus, type Told, isError, messageOf } from '@alligator/core'
import type { AppOptions } from '../open-gator.js'

/** Seconds for a function to heed its signal before its thread is ended. */
export const GRACE = 1

/** What a thread is started with: where the app's tasks are. */
export interface ThreadData {
  readonly target: string | undefined
  readonly options: AppOptions
  /** Whether the main thread can load TypeScript. */
  readonly typescript: boolean
}

/** Make a try of this task. */
export interface RunMessage {
  readonly type: 'run'
  readonly data: Payload
  readonly queue: string
  /** Its arguments, where the payload does not have all of them. */
  readonly args?: readonly unknown[] | undefined
}

/** To a thread; `abort` is for the task that runs. */
export type ToThread =
  | RunMessage
  | { readonly type: 'abort'; readonly reason: WireError }
  | { readonly type: 'answer'; readonly number: number; readonly answer: Answer }

/** What a thread asks on behalf of the task that it runs. */
export type Question =
  | { readonly type: 'recall'; readonly step: string }
  | { readonly type: 'keep'; readonly step: string; readonly value: unknown }

/** What it is told: of a step what is kept, if anything is. */
export interface Answer {
  readonly kept?: { readonly value: unknown } | undefined
  readonly error?: WireError
}

/** From a thread. */
export type FromThread =
  | { readonly type: 'ready' }
  /** The thread cannot go on: the app could not be loaded, or nobody caught an error. */
  | { readonly type: 'broken'; readonly error: WireError }
  /** The function of a task with a timeout is called, and has ended. */
  | { readonly type: 'called' }
  | { readonly type: 'returned' }
  | { readonly type: 'tell'; readonly told: Told }
  | { readonly type: 'ask'; readonly number: number; readonly question: Question }
  | ({ readonly type: 'done' } & Outcome)

/** How a try ended, and what it left on its task. */
export interface Outcome {
  readonly left: { readonly status: TaskStatus; readonly retries: number } | undefined
  /** Whether the thread can be used no more: a function goes on in it, or nobody caught what one has left behind. */
  readonly spent: boolean
  readonly result?: unknown
  /** Whether the result stays there, since it cannot be sent. */
  readonly isUnsent?: boolean
  readonly error?: WireError
}

/** What was thrown, as it can be sent to another thread: an error keeps its name, message, stack and facts, not its class. */
export type WireError =
  | { readonly thrown: unknown }
  | {
      readonly name: string
      readonly message: string
      readonly stack: string | undefined
      readonly facts: object
      /** Its cause, and the errors of an AggregateError: what an error has that is no fact of its own. */
      readonly related: Readonly<Partial<Record<Related, readonly WireError[]>>>
    }

type Related = 'cause' | 'errors'

/** Causes of causes that are sent. */
const DEEPEST = 8

/** Whatever was thrown: it may have no text, or throw again when it is looked at. */
export function toWire(error: unknown, depth = 0): WireError {
  if (!isError(error)) return { thrown: isCloneable(error) ? error : messageOf(error) }
  const { name, message, stack, cause, errors } = read(error, ['name', 'message', 'stack', 'cause', 'errors'])
  const others = (list: readonly unknown[]) =>
    depth < DEEPEST ? list.slice(0, DEEPEST).map((other) => toWire(other, depth + 1)) : []
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : messageOf(error),
    stack: typeof stack === 'string' ? stack : undefined,
    facts: Object.fromEntries(
      Object.entries(read(error, Object.keys(error))).filter(
        ([key, fact]) => key !== 'cause' && key !== 'errors' && isCloneable(fact),
      ),
    ),
    related: {
      ...(cause !== undefined && { cause: others([cause]) }),
      ...(Array.isArray(errors) && { errors: others(errors) }),
    },
  }
}

/** The properties of an error, as far as they can be read. */
function read<K extends string>(error: Error, keys: readonly K[]): Partial<Record<K, unknown>> {
  const found: Partial<Record<K, unknown>> = {}
  for (const key of keys) {
    try {
      found[key] = (error as unknown as Readonly<Record<K, unknown>>)[key]
    } catch {
      // It is told without that one.
    }
  }
  return found
}

export function fromWire(wire: WireError): unknown {
  if ('thrown' in wire) return wire.thrown
  const { name, message, stack, facts, related } = wire
  const error = Object.assign(new Error(message), facts)
  const hidden = (value: unknown) => ({ value, configurable: true, writable: true })
  Object.defineProperties(error, {
    name: hidden(name),
    stack: hidden(stack),
    ...(related.cause?.[0] && { cause: hidden(fromWire(related.cause[0])) }),
    ...(related.errors && { errors: hidden(related.errors.map(fromWire)) }),
  })
  return error
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
