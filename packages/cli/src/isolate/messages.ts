import type { Payload, TaskStatus } from '@alligator/core'
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
}

/** To a thread; `abort` is for the task that runs. */
export type ToThread = RunMessage | { readonly type: 'abort'; readonly reason: WireError }

/** From a thread. */
export type FromThread =
  | { readonly type: 'ready' }
  /** The thread cannot go on: the app could not be loaded, or nobody caught an error. */
  | { readonly type: 'broken'; readonly error: WireError }
  /** The function of a task with a timeout is called, and has ended. */
  | { readonly type: 'called' }
  | { readonly type: 'returned' }
  | ({ readonly type: 'done' } & Outcome)

/** How a try ended, and what it left on its task. */
export interface Outcome {
  readonly left: { readonly status: TaskStatus; readonly retries: number } | undefined
  /** Whether the thread can be used no more: a function goes on in it, or nobody caught what one has left behind. */
  readonly spent: boolean
  readonly result?: unknown
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
    }

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { thrown: isCloneable(error) ? error : String(error) }
  const { name, message, stack } = error
  const facts = Object.entries(error).filter(([, fact]) => isCloneable(fact))
  return { name, message, stack, facts: Object.fromEntries(facts) }
}

export function fromWire(wire: WireError): unknown {
  if ('thrown' in wire) return wire.thrown
  const { name, message, stack, facts } = wire
  const error = Object.assign(new Error(message), facts)
  Object.defineProperties(error, {
    name: { value: name, configurable: true, writable: true },
    stack: { value: stack, configurable: true, writable: true },
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
