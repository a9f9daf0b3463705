import { setTimeout as pause } from 'node:timers/promises'
import type { Gator, Task, TaskOptions } from '@alligator/core'
import type { Random } from '../random.js'
import { type Kind, note } from './journal.js'
import { KEYS } from './keys.js'
import { resultOf, work } from './tasks.js'

/** How many enqueueings are under way at once. */
const LANES = 3
/** How many tasks one `taskMany` enqueues. */
const BATCH = 5
/** Seconds that a lane rests when an enqueueing was refused. */
const REST = 0.1

const KINDS: readonly Kind[] = [
  ...Array<Kind>(10).fill('quick'),
  ...Array<Kind>(4).fill('slow'),
  ...Array<Kind>(3).fill('delayed'),
  ...Array<Kind>(2).fill('once-failing'),
  'doomed',
]

/** Where the store keeps results and steps. */
const ALL_KINDS: readonly Kind[] = [...KINDS, ...Array<Kind>(3).fill('stepped')]

/** Seconds that somebody waits for a result at most: as long as no fault can keep it. */
const PATIENCE = 100

export interface LoadSettings {
  /** What its tasks are called by; no other load of the same trial has it. */
  readonly name: string
  /** Tasks a second. */
  readonly rate: number
  readonly random: Random
  /** Whether there are tasks with keys beside the others. */
  readonly hasKeys: boolean
}

/** Enqueues about a number of tasks a second until it is stopped; whatever is resolved or refused is in the journal by then. */
export class Load {
  readonly #gator: Gator
  readonly #settings: LoadSettings
  #stopped = false
  #count = 0
  readonly #kinds: readonly Kind[]
  readonly #waiting = new Set<Promise<void>>()

  constructor(gator: Gator, settings: LoadSettings) {
    this.#gator = gator
    this.#settings = settings
    this.#kinds = gator.backend.results && gator.backend.notes ? ALL_KINDS : KINDS
  }

  stop(): void {
    this.#stopped = true
  }

  async run(): Promise<void> {
    const keyed = this.#settings.hasKeys ? [this.#keyedLane(), this.#keyedLane()] : []
    await Promise.all([...Array.from({ length: LANES }, () => this.#lane()), ...keyed])
    await Promise.all(this.#waiting)
  }

  /** Two of them, so that the same key is pushed at the same moment. */
  async #keyedLane(): Promise<void> {
    const { random } = this.#settings
    while (!this.#stopped) {
      const accepted = await this.#enqueueKeyed(random.one(KEYS))
      await pause(accepted ? random.between(0, 40) : REST * 1000)
    }
  }

  async #enqueueKeyed(key: string): Promise<boolean> {
    const { name, random } = this.#settings
    const id = `${name}-${(this.#count += 1)}`
    note({ what: 'enqueueing', id, kind: 'quick', delay: 0, key })
    const seconds = random.one([0, 0, 0.3])
    try {
      const options = this.#gator.options({ unique: { key, until: 'finished' } })
      const { isDuplicate } = await options.task(work, id, 'quick', seconds)
      note({ what: isDuplicate ? 'duplicate' : 'enqueued', id })
    } catch (error) {
      note({ what: 'refused', id, code: codeOf(error) })
      return false
    }
    return true
  }

  async #lane(): Promise<void> {
    const { random, rate } = this.#settings
    while (!this.#stopped) {
      const kind = random.one(this.#kinds)
      const size = kind === 'quick' && random.next() < 0.2 ? BATCH : 1
      const accepted = await this.#enqueue(kind, size)
      await pause(accepted ? random.between(0, (2000 * LANES * size) / rate) : REST * 1000)
    }
  }

  async #enqueue(kind: Kind, size: number): Promise<boolean> {
    const { name, random } = this.#settings
    const delay = kind === 'delayed' ? Math.ceil(random.between(0, 2)) : 0
    const seconds = kind === 'slow' || kind === 'stepped' ? random.between(0.2, 1.5) : random.between(0, 0.02)
    const ids = Array.from({ length: size }, () => `${name}-${(this.#count += 1)}`)
    note(...ids.map((id) => ({ what: 'enqueueing', id, kind, delay }) as const))
    try {
      const options = this.#gator.options(optionsOf(kind, delay))
      const [first = ''] = ids
      if (size === 1) {
        const task = await options.task(work, first, kind, seconds)
        if (kind === 'stepped') this.#wait(first, task)
      } else
        await options.taskMany(
          work,
          ids.map((id): [string, Kind, number] => [id, kind, seconds]),
        )
    } catch (error) {
      const code = codeOf(error)
      note(...ids.map((id) => ({ what: 'refused', id, code }) as const))
      return false
    }
    note(...ids.map((id) => ({ what: 'enqueued', id }) as const))
    return true
  }

  #wait(id: string, task: Task<string>): void {
    const answered = answerTo(id, task).finally(() => this.#waiting.delete(answered))
    this.#waiting.add(answered)
  }
}

async function answerTo(id: string, task: Task<string>): Promise<void> {
  try {
    const result = await task.finished({ timeout: PATIENCE })
    note({ what: 'answered', id, ...(result !== resultOf(id) && { code: `the result ${result}` }) })
  } catch (error) {
    note({ what: 'answered', id, code: String((error as { code?: unknown }).code ?? error) })
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error)
}

function optionsOf(kind: Kind, delay: number): TaskOptions {
  if (kind === 'once-failing' || kind === 'doomed') return { retries: 1, backoff: 0.2 }
  // A step that could not be kept fails its try, and rightly so.
  if (kind === 'stepped') return { retries: 20, backoff: 0.2, keepResult: '10m' }
  // Without retries, a try that is charged for what is not the task's fault makes a dead letter.
  return delay > 0 ? { delayBy: delay } : {}
}
