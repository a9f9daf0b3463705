import type { Payload } from '../base/payload.js'
import { InvalidPayloadError } from '../errors/index.js'
import { textOf } from './limits.js'

/**
 * What is kept of a task that has ended: what its function returned, or why that could not be kept; or, where its store could not show it
 * otherwise, that it ended without success.
 */
export type KeptResult =
  | { readonly result?: unknown }
  | { readonly refused: { readonly code: string; readonly message: string } }
  | { readonly ended: KeptEnd }

/** How a task ended without success; one that was canceled has no reason. */
export interface KeptEnd {
  /** Why it is a dead letter, as JSON. */
  readonly reason?: string | undefined
  /** What its function is called. */
  readonly name?: string | undefined
}

/** One line of a task's log. */
export interface LogLine {
  /** Unix time in seconds. */
  readonly at: number
  readonly line: string
}

/** What stands beside a task: what it has reported, and the results of its steps. */
export interface Note {
  /** From 0 to 1. */
  readonly progress?: number | undefined
  readonly text?: string | undefined
  readonly log: readonly LogLine[]
  /** By the names of the steps, what each has returned. */
  readonly steps: ReadonlyMap<string, unknown>
}

export const NO_NOTE: Note = { log: [], steps: new Map() }

export function encodeResult(kept: KeptResult): string {
  return JSON.stringify(kept)
}

/** @throws InvalidPayloadError */
export function decodeResult(data: Payload): KeptResult {
  const kept = parse(data)
  const { refused, ended } = kept as {
    readonly refused?: Partial<Record<'code' | 'message', unknown>> | null
    readonly ended?: Partial<Record<keyof KeptEnd, unknown>> | null
  }
  if (refused !== undefined)
    return { refused: { code: String(refused?.code), message: String(refused?.message) } }
  if (ended === undefined) return { result: kept['result'] }
  const [reason, name] = [ended?.reason, ended?.name].map((text) =>
    typeof text === 'string' ? text : undefined,
  )
  return { ended: { reason, name } }
}

export function encodeNote({ progress, text, log, steps }: Note): string {
  return JSON.stringify({
    progress,
    text,
    log: log.length > 0 ? log.map(({ at, line }) => [at, line]) : undefined,
    // What is undefined must stay so: a list of one.
    steps: steps.size > 0 ? [...steps].map((pair) => (pair[1] === undefined ? [pair[0]] : pair)) : undefined,
  })
}

/** @throws InvalidPayloadError */
export function decodeNote(data: Payload): Note {
  const { progress, text, log, steps } = parse(data)
  return {
    progress: typeof progress === 'number' ? progress : undefined,
    text: typeof text === 'string' ? text : undefined,
    log: listOf(log).map(([at, line]) => ({ at: Number(at), line: String(line) })),
    steps: new Map(listOf(steps).map(([name, value]) => [String(name), value])),
  }
}

function listOf(value: unknown): unknown[][] {
  return Array.isArray(value) ? value.filter((each) => Array.isArray(each)) : []
}

function parse(data: Payload): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(textOf(data))
  } catch (error) {
    throw new InvalidPayloadError('what is kept beside it is not JSON', error)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new InvalidPayloadError('what is kept beside it is not an object')
}
