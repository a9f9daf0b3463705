import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Kind, Line } from './app/journal.js'

/** What is known of one task. Times are seconds of the machine's monotonic clock. */
export interface Enqueueing {
  readonly id: string
  readonly pid: number
  readonly kind: Kind
  /** Seconds that it was to be delayed by. */
  readonly delay: number
  readonly begin: number
  /** When its promise was resolved; if it was not, the store may have the task or not. */
  readonly resolved: number | undefined
  /** When its promise was rejected. */
  readonly refused: number | undefined
  /** Of all with the same one no two may be there at once. */
  readonly key?: string | undefined
  /** Another one with its key was there, so that it must never run. */
  readonly isDuplicate?: boolean
}

/** One try of one task in one process. */
export interface Run {
  readonly id: string
  readonly pid: number
  readonly attempt: number
  readonly begin: number
  /** When it ended; `undefined`: it was cut off. */
  readonly end: number | undefined
  /** It came to its end, and did not fail. */
  readonly done: boolean
}

/** Something that went wrong, from then to then. */
export interface Strike {
  readonly begin: number
  readonly end: number
  /** The processes that it struck; `undefined` is all of them. */
  readonly pids: readonly number[] | undefined
  /** The wall clock jumped. */
  readonly jump: boolean
  /** Leases held meanwhile, so that nothing may run twice for it. */
  readonly keepsLeases?: boolean
}

/** A step of a task is made, or has been kept, by some process. */
export interface StepNote {
  readonly id: string
  readonly step: string
  readonly isKept: boolean
  readonly at: number
}

export interface History {
  readonly enqueueings: ReadonlyMap<string, Enqueueing>
  readonly runs: readonly Run[]
  /** The dead letters of a store that ends with its process: of which task, and why. */
  readonly dead: ReadonlyMap<string, string>
  readonly steps: readonly StepNote[]
  /** Of those who waited for a result, by its task: why they have none; empty: they have. */
  readonly answers: ReadonlyMap<string, string>
  /** Times at which processes stood still though nobody had told them to. */
  readonly standstills: readonly Strike[]
}

type Open<T> = { -readonly [K in keyof T]: T[K] }
type RunLine = Line & { what: 'started' | 'failed' | 'ended' }
type EnqueueingLine = Line & { what: 'enqueueing' | 'enqueued' | 'refused' | 'duplicate' }

/** Reads the journals of all processes of a load. */
export function readHistory(folder: string): History {
  const enqueueings = new Map<string, Open<Enqueueing>>()
  const runs = new Map<string, Open<Run>[]>()
  const dead = new Map<string, string>()
  const standstills: Strike[] = []
  const steps: StepNote[] = []
  const answers = new Map<string, string>()
  for (const [pid, line] of readLines(folder)) {
    if (line.what === 'stood-still')
      standstills.push({ begin: line.since, end: line.at, pids: [pid], jump: false })
    else if ('step' in line)
      steps.push({ id: line.id, step: line.step, isKept: line.what === 'kept', at: line.at })
    else if (line.what === 'answered') answers.set(line.id, line.code ?? '')
    else if (line.what === 'buried') dead.set(line.id, line.code)
    else if ('attempt' in line) noteRun(runs, pid, line)
    else noteEnqueueing(enqueueings, pid, line)
  }
  return { enqueueings, runs: [...runs.values()].flat(), dead, steps, answers, standstills }
}

function* readLines(folder: string): Generator<[pid: number, line: Line]> {
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8')
    // What follows the last line break is still being written.
    for (const line of text.split('\n').slice(0, -1))
      yield [Number.parseInt(name, 10), JSON.parse(line) as Line]
  }
}

function noteRun(runs: Map<string, Open<Run>[]>, pid: number, line: RunLine): void {
  const { id, attempt, at } = line
  const ofTask = runs.get(id) ?? []
  runs.set(id, ofTask)
  // One process can have the same try of a task twice at once, when its lease lapsed.
  const open = ofTask.find((run) => run.pid === pid && run.attempt === attempt && run.end === undefined)
  if (line.what === 'started') ofTask.push({ id, pid, attempt, begin: at, end: undefined, done: false })
  else if (open) Object.assign(open, { end: at, done: line.what === 'ended' })
}

function noteEnqueueing(enqueueings: Map<string, Open<Enqueueing>>, pid: number, line: EnqueueingLine): void {
  const { id, at } = line
  if (line.what === 'enqueueing') {
    const { kind, delay, key } = line
    const open = { resolved: undefined, refused: undefined, isDuplicate: false }
    enqueueings.set(id, { id, pid, kind, delay, key, begin: at, ...open })
    return
  }
  const known = enqueueings.get(id)
  if (!known) return
  if (line.what === 'duplicate') known.isDuplicate = true
  else known[line.what === 'enqueued' ? 'resolved' : 'refused'] = at
}
