import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a task does: ends at once, goes on for a while, is delayed, fails at its first try, or fails at each try; or makes steps, and keeps
 * its result, for which the producer waits.
 */
export type Kind = 'quick' | 'slow' | 'delayed' | 'once-failing' | 'doomed' | 'stepped'

/** One line of a journal. All times are seconds of the machine's monotonic clock, which no fault touches. */
export type Line = { readonly at: number } & (
  | {
      readonly what: 'enqueueing'
      readonly id: string
      readonly kind: Kind
      readonly delay: number
      readonly key?: string
    }
  | { readonly what: 'enqueued' | 'refused' | 'duplicate'; readonly id: string; readonly code?: string }
  | { readonly what: 'buried'; readonly id: string; readonly code: string }
  /** A step is made, and has been kept. */
  | { readonly what: 'step' | 'kept'; readonly id: string; readonly step: string }
  /** Who waited for its result has it (no code), or was told why not. */
  | { readonly what: 'answered'; readonly id: string; readonly code?: string }
  | { readonly what: 'started' | 'failed' | 'ended'; readonly id: string; readonly attempt: number }
  /** The process itself stood still until now. */
  | { readonly what: 'stood-still'; readonly since: number }
)

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

let file: number | undefined

/** Seconds of a clock that all processes of this machine share and that cannot be set. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e9
}

/**
 * Writes lines to the journal of this process, in one write: they are in the file when this returns, also if the process
 * is killed right afterwards.
 */
export function note(...lines: readonly WithoutTime<Line>[]): void {
  const folder = process.env['CHAOS_JOURNALS']
  if (folder === undefined) throw new Error('CHAOS_JOURNALS does not name the folder of the journals.')
  file ??= openSync(join(folder, `${process.pid}.jsonl`), 'a')
  const at = now()
  writeSync(file, lines.map((line) => `${JSON.stringify({ ...line, at })}\n`).join(''))
}
