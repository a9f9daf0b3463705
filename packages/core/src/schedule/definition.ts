import { createHash } from 'node:crypto'
import type { Payload } from '../base/payload.js'
import { InvalidPayloadError } from '../errors/index.js'
import { textOf } from '../wire/limits.js'
import {
  type Policy,
  type ScheduleOptions,
  type ScheduleSpec,
  type Timing,
  readPolicy,
  readTiming,
} from './spec.js'

/** What a schedule is, as its queue keeps it, sealed. */
export interface Definition {
  readonly timing: Timing
  readonly policy: Policy
  /** A serialized task: each tick pushes one like it. */
  readonly task: Payload
}

/** How far a schedule is. It is no part of what is sealed, since each tick changes it. */
export interface Progress {
  /** Unix time in seconds of the last tick that pushed a task. */
  readonly last?: number | undefined
  /** How many tasks it has pushed. */
  readonly runs: number
  /** How many ticks it has dropped; of a long gap no more than the last hundred or thousand are counted. */
  readonly dropped: number
  readonly isPaused: boolean
}

export const BEGINNING: Progress = { runs: 0, dropped: 0, isPaused: false }

/** The same definition gives the same text, by which an unchanged one is known. */
export function writeDefinition({ timing, policy, task }: Definition): string {
  return JSON.stringify({
    cron: timing.cron,
    every: timing.every,
    at: timing.at,
    time_zone: timing.timeZone,
    start_at: timing.startAt,
    end_at: timing.endAt,
    missed: policy.missed,
    jitter: policy.jitter,
    overlap: policy.overlap,
    limit: policy.limit,
    ...(typeof task === 'string' ? { task } : { task_bytes: Buffer.from(task).toString('base64') }),
  })
}

/** What somebody else may have written is checked as what an app says. @throws InvalidPayloadError, InvalidOptionError */
export function readDefinition(data: Payload): Definition {
  const { task, task_bytes: bytes, ...kept } = parse(textOf(data))
  const payload = typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : task
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array))
    throw new InvalidPayloadError('it is no schedule: it has no task')
  const { cron, every, at, time_zone: timeZone, start_at: startAt, end_at: endAt, ...rest } = kept
  const spec = cron ?? { every, at }
  return {
    timing: readTiming(spec as ScheduleSpec, { timeZone, startAt, endAt } as ScheduleOptions),
    policy: readPolicy(rest as ScheduleOptions),
    task: payload,
  }
}

export function writeProgress({ last, runs, dropped, isPaused }: Progress): string {
  return JSON.stringify({ last, runs, dropped, paused: isPaused || undefined })
}

/** What cannot be read is taken for a beginning: it decides no more than what is counted. */
export function readProgress(state: string): Progress {
  const { last, runs, dropped, paused } = parse(state)
  const count = (value: unknown) => (typeof value === 'number' ? value : 0)
  return {
    last: typeof last === 'number' ? last : undefined,
    runs: count(runs),
    dropped: count(dropped),
    isPaused: paused === true,
  }
}

/** The id of the task of a tick: to push it twice pushes the same task. */
export function tickId(id: string, tick: number): string {
  return `schedule:${id}@${new Date(tick * 1000).toISOString().replace('.000Z', 'Z')}`
}

/** A part of a jitter that is always the same for a tick. */
export function jitterOf(taskId: string, jitter: number): number {
  if (jitter === 0) return 0
  const part = createHash('sha256').update(taskId).digest().readUInt32BE() / 2 ** 32
  return Math.round(part * jitter * 1000) / 1000
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
