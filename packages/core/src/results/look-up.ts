import type { DeathReason, StoredState } from '../backend/contract.js'
import { need } from '../backend/need.js'
import { readDeathReason } from '../backend/read-death-reason.js'
import { timeOfId } from '../base/ids.js'
import type { Payload } from '../base/payload.js'
import { placeOf } from '../errors/sealed-places.js'
import { type LogLine, type Note, NO_NOTE, decodeNote, decodeResult } from '../wire/kept.js'
import { peekTask } from '../wire/payload.js'
import type { WaitingHost } from './waiting-room.js'

/** A task, as `gator.lookUp` finds it. */
export interface TaskReport {
  readonly queue: string
  readonly taskId: string
  /**
   * Where it stands; `done`: it has succeeded, and its result is kept; `removed`: it was canceled, or dropped as a dead letter; `begun`: it has
   * told something, and its store cannot show where it stands.
   */
  readonly state: StoredState | 'done' | 'removed' | 'begun'
  /** Which attempt it is at, or the next one, from 1; absent once it is off the queue, or where its payload cannot be read. */
  readonly attempt?: number | undefined
  /** Tries left after that. */
  readonly retries?: number | undefined
  /** What it reported last by `currentTask().progress`: from 0 to 1. */
  readonly progress?: number | undefined
  /** What it was at by then. */
  readonly text?: string | undefined
  /** Its last lines of `currentTask().log`. */
  readonly log: readonly LogLine[]
  /** The names of the steps that it need not make again. */
  readonly steps: readonly string[]
  /** Unix time in seconds, as far as its id or its store says. */
  readonly enqueuedAt?: number | undefined
  /** Unix time in seconds: when it is due, or when its lease ends. */
  readonly until?: number | undefined
  /** Why it is a dead letter. */
  readonly reason?: DeathReason | undefined
  /** What its function returned, once it is `done`; absent where that could not be kept. */
  readonly result?: unknown
}

/** Looks for a task on a queue; `undefined`: nothing is known of it. */
export async function lookUp(
  host: WaitingHost,
  taskId: string,
  queue: string,
): Promise<TaskReport | undefined> {
  const { backend } = host
  const listing = backend.notes ? backend.listing : need(backend, 'listing', 'gator.lookUp')
  const place = { queue, taskId }
  const stored = await listing?.get(queue, taskId)
  if (stored) {
    const { state, until, reason, data, enqueuedAt = timeOfId(taskId) } = stored
    const told = toldIn(readNote(host, queue, taskId, await backend.notes?.get(queue, taskId)))
    return { ...place, state, ...tryIn(host, data, queue), ...told, enqueuedAt, until, reason }
  }
  const off = { ...place, log: [], steps: [], enqueuedAt: timeOfId(taskId) }
  const result = (await backend.results?.get(queue, [taskId]))?.get(taskId)
  const note = listing ? undefined : await backend.notes?.get(queue, taskId)
  const told = note === undefined ? undefined : toldIn(readNote(host, queue, taskId, note))
  if (result !== undefined) return { ...off, ...told, ...endIn(host, place, result) }
  if (told) return { ...off, ...told, state: 'begun' }
  return (await listing?.removed(queue, [taskId]))?.has(taskId) ? { ...off, state: 'removed' } : undefined
}

/** How a task has ended, by what is kept of it. */
function endIn(
  host: WaitingHost,
  { queue, taskId }: Pick<TaskReport, 'queue' | 'taskId'>,
  data: Payload,
): Pick<TaskReport, 'state' | 'result' | 'reason'> {
  const kept = decodeResult(host.open(data, placeOf('result', queue, taskId)))
  if ('refused' in kept) return { state: 'done' }
  if (!('ended' in kept)) return { state: 'done', result: kept.result }
  const { reason } = kept.ended
  return reason === undefined ? { state: 'removed' } : { state: 'dead', reason: readDeathReason(reason) }
}

function toldIn({
  progress,
  text,
  log,
  steps,
}: Note): Pick<TaskReport, 'progress' | 'text' | 'log' | 'steps'> {
  return { progress, text, log, steps: [...steps.keys()] }
}

/** What stands beside a task; nothing where it cannot be read, which is no reason not to show the rest. */
export function readNote(
  host: Pick<WaitingHost, 'open'>,
  queue: string,
  taskId: string,
  note: Payload | undefined,
): Note {
  if (note === undefined) return NO_NOTE
  try {
    return decodeNote(host.open(note, placeOf('note', queue, taskId)))
  } catch {
    return NO_NOTE
  }
}

function tryIn(
  host: WaitingHost,
  data: Payload,
  queue: string,
): { readonly attempt?: number; readonly retries?: number } {
  try {
    const { attempt = 1, retries } = peekTask(host.open(data, queue))
    return { attempt, retries }
  } catch {
    return {}
  }
}
