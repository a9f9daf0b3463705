import { isCount } from '../base/count.js'
import type { Payload } from '../base/payload.js'
import { InvalidPayloadError } from '../errors/index.js'
import type { FunctionRef } from '../function-ref/types.js'
import { type TaskHeaders, findHeadersProblem } from './headers.js'
import { LONGEST_LIST, checkDepth, textOf } from './limits.js'
import { unwrap } from './sealing/envelope.js'

/**
 * The wire format: JSON with the keys of the seeds' `Task.serialize`, so that another Alligator can read it. What is not
 * in the seeds is optional, and keys that are not known are ignored. No other file knows this format.
 */
export interface WireTask {
  readonly task_id: string
  /** Retries left. */
  readonly retries: number
  readonly is_async: boolean
  readonly module: string
  readonly callable: string
  /** The function's own name, where it says something; a function of another name is not run in its place. */
  readonly name?: string | undefined
  /** The app whose module it is, where the module's id does not say; no other app runs it. */
  readonly app?: string | undefined
  readonly args: readonly unknown[]
  /** Only written by languages that have keyword arguments; they arrive as one last object argument. */
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
  /** The next attempt, from 1; left out for the first. */
  readonly attempt?: number | undefined
  /** The tick of the schedule that it is of, in Unix seconds. */
  readonly scheduled_for?: number | null | undefined
  readonly options?: WireOptions | undefined
  /** What middleware adds, such as `traceparent`; left out when there is none. */
  readonly headers?: TaskHeaders | undefined
}

/** The optional part of a {@link WireTask}. */
export interface WireOptions {
  readonly on_start?: FunctionRef | null | undefined
  readonly on_success?: FunctionRef | null | undefined
  readonly on_error?: FunctionRef | null | undefined
  readonly delay_until?: number | null | undefined
  readonly depends_on?: readonly string[] | null | undefined
  /** As the task's option has it; the task checks it. */
  readonly backoff?: unknown
  readonly timeout?: number | null | undefined
  /** Left out for normal; the task checks it. */
  readonly priority?: string | null | undefined
  /** The id of a task that must have ended, in whatever way. */
  readonly after?: string | null | undefined
  /** Seconds for which its result is kept. */
  readonly keep_result?: number | null | undefined
  /** Arguments whose place is taken by what other tasks gave: their numbers, from 0, and the ids of these tasks. */
  readonly outputs?: readonly (readonly [at: number, taskId: string])[] | null | undefined
  /** The id of the batch that it is a member of. */
  readonly batch?: string | null | undefined
  /** `run`: it also runs where one of `depends_on` has not succeeded. */
  readonly on_failed_dependency?: string | null | undefined
}

/** Of a module or a function; no path is longer. */
const LONGEST_NAME = 1024

/** Writes a task as text. Keys that are `undefined` are left out, and so are the options when there are none. */
export function encode(wire: WireTask): string {
  return JSON.stringify(isEmpty(wire.options) ? { ...wire, options: undefined } : wire)
}

function isEmpty(options: WireOptions = {}): boolean {
  for (const key in options) if (options[key as keyof WireOptions] !== undefined) return false
  return true
}

/**
 * Reads a task and checks the shape of what the engine relies on.
 *
 * @throws InvalidPayloadError when it is not JSON, or not a task.
 */
export function decode(data: Payload): WireTask {
  const wire = parse(textOf(data))
  const problem = isRecord(wire) ? findProblem(wire) : 'it is not an object'
  if (problem !== undefined) throw new InvalidPayloadError(problem)
  const task = wire as WireTask
  return task.args ? task : { ...task, args: [] }
}

/**
 * What a payload of this project says, signed by anybody: to be shown, never to be run.
 *
 * @throws InvalidPayloadError when it is not JSON, not a task, or encrypted.
 */
export function peekTask(data: Payload): WireTask {
  const envelope = unwrap(data)
  if (envelope?.kind === 'encrypted') throw new InvalidPayloadError('it is encrypted')
  return decode(envelope?.content ?? data)
}

/** The id of the task in a payload of ours, if that can be read; its signature is not checked. */
export function peekTaskId(data: Payload): string | undefined {
  try {
    return peekTask(data).task_id
  } catch {
    return undefined
  }
}

/** Characters of a payload that is parsed to tell what it is, and of that name. */
const SHORT_PAYLOAD = 16 * 1024
const SHORT_NAME = 255

/** The name of the function in a payload, `module#callable`, where that is told to anybody and takes little to read. */
export function peekName(data: Payload): string | undefined {
  if (data.length > SHORT_PAYLOAD) return undefined
  try {
    const { module, callable } = peekTask(data)
    const name = `${module}#${callable}`
    return name.length <= SHORT_NAME ? name : undefined
  } catch {
    return undefined
  }
}

/**
 * When a worker first met a task that it could not find, in Unix seconds: kept in the payload, so that it outlives
 * workers. Payloads that are not our JSON cannot carry it.
 */
export function unknownSince(data: Payload): number | undefined {
  const since = record(data)?.['unknown_since']
  return typeof since === 'number' ? since : undefined
}

/** The same payload, with the time at which it was first met unknown. */
export function markUnknown(data: Payload, since: number): Payload {
  const wire = record(data)
  return wire ? JSON.stringify({ ...wire, unknown_since: since }) : data
}

/**
 * Until when a task was parked, in Unix seconds, because its function is paused. It is kept in the payload, so that a resume knows
 * it from one that is delayed for another reason. Payloads that are not our JSON cannot carry it.
 */
export function parkedUntil(data: Payload): number | undefined {
  const until = record(data)?.['parked_until']
  return typeof until === 'number' ? until : undefined
}

/** The same payload, with the time until which it is parked. */
export function markParked(data: Payload, until: number): Payload {
  const wire = record(data)
  return wire ? JSON.stringify({ ...wire, parked_until: until }) : data
}

function record(data: Payload): Record<string, unknown> | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const wire = parse(data)
    return isRecord(wire) ? wire : undefined
  } catch {
    return undefined
  }
}

function parse(text: string): unknown {
  checkDepth(text)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new InvalidPayloadError('it is not JSON', error)
  }
}

function findProblem(wire: Record<string, unknown>): string | undefined {
  const { options, headers } = wire
  if (typeof wire['task_id'] !== 'string' || wire['task_id'] === '') return 'task_id is not text'
  if (!isCount(wire['retries'])) return 'retries is not a whole number of 0 or more'
  const refProblem = findRefProblem(wire)
  if (refProblem !== undefined) return refProblem
  if (wire['args'] !== undefined && !Array.isArray(wire['args'])) return 'args is not a list'
  if (wire['kwargs'] !== undefined && !isRecord(wire['kwargs'])) return 'kwargs is not an object'
  if (wire['attempt'] !== undefined && (!isCount(wire['attempt']) || wire['attempt'] === 0))
    return 'attempt is not a whole number of 1 or more'
  if (wire['scheduled_for'] != null && !isTime(wire['scheduled_for'])) return 'scheduled_for is not a time'
  const problem = headers === undefined ? undefined : findHeadersProblem(headers)
  if (problem !== undefined || options === undefined) return problem
  return isRecord(options) ? findOptionsProblem(options, wire['task_id']) : 'options is not an object'
}

function findRefProblem(ref: Record<string, unknown>): string | undefined {
  if (!isName(ref['module']) || !isName(ref['callable'])) return 'module and callable are not names'
  const { name = '', app = '' } = ref
  return isName(name) && isName(app) ? undefined : 'name and app are not names'
}

function findOptionsProblem(options: Record<string, unknown>, taskId: unknown): string | undefined {
  for (const hook of ['on_start', 'on_success', 'on_error']) {
    const ref = options[hook]
    if (ref === undefined || ref === null) continue
    if (!isRecord(ref) || findRefProblem(ref) !== undefined)
      return `options.${hook} is not { module, callable }`
  }
  const { depends_on: dependsOn, after, batch, outputs } = options
  if (outputs !== undefined && outputs !== null && !isOutputs(outputs))
    return 'options.outputs is not a list of arguments and ids'
  if (after !== undefined && after !== null && !isId(after)) return 'options.after is not the id of a task'
  if (batch !== undefined && batch !== null && !isId(batch)) return 'options.batch is not the id of a batch'
  return dependsOn === undefined || dependsOn === null ? undefined : findDependencyProblem(dependsOn, taskId)
}

function findDependencyProblem(dependsOn: unknown, taskId: unknown): string | undefined {
  if (!Array.isArray(dependsOn)) return 'options.depends_on is not a list of task ids'
  if (dependsOn.length > LONGEST_LIST) return `options.depends_on has more than ${LONGEST_LIST} ids`
  if (!dependsOn.every(isId)) return 'options.depends_on is not a list of task ids'
  return dependsOn.includes(taskId) ? 'options.depends_on names the task itself' : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names are kept for a while when they cannot be found, so they must not be endless. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_NAME
}

/** Unix seconds that a `Date` can have. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= 8.64e12
}

function isOutputs(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > LONGEST_LIST) return false
  return value.every((pair) => Array.isArray(pair) && pair.length === 2 && isCount(pair[0]) && isId(pair[1]))
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 255
}
