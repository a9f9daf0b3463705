import { setTimeout as pause } from 'node:timers/promises'
import type { Gator, TaskOptions } from '@alligator/core'
import type { Random } from '../random.js'
import { type Kind, note } from './journal.js'
import { KEYS } from './keys.js'
import { work } from './tasks.js'

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

  constructor(gator: Gator, settings: LoadSettings) {
    this.#gator = gator
    this.#settings = settings
  }

  stop(): void {
    this.#stopped = true
  }

  async run(): Promise<void> {
    const keyed = this.#settings.hasKeys ? [this.#keyedLane(), this.#keyedLane()] : []
    await Promise.all([...Array.from({ length: LANES }, () => this.#lane()), ...keyed])
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
      const kind = random.one(KINDS)
      const size = kind === 'quick' && random.next() < 0.2 ? BATCH : 1
      const accepted = await this.#enqueue(kind, size)
      await pause(accepted ? random.between(0, (2000 * LANES * size) / rate) : REST * 1000)
    }
  }

  async #enqueue(kind: Kind, size: number): Promise<boolean> {
    const { name, random } = this.#settings
    const delay = kind === 'delayed' ? Math.ceil(random.between(0, 2)) : 0
    const seconds = kind === 'slow' ? random.between(0.2, 1.5) : random.between(0, 0.02)
    const ids = Array.from({ length: size }, () => `${name}-${(this.#count += 1)}`)
    note(...ids.map((id) => ({ what: 'enqueueing', id, kind, delay }) as const))
    try {
      const options = this.#gator.options(optionsOf(kind, delay))
      const [first = ''] = ids
      if (size === 1) await options.task(work, first, kind, seconds)
      else
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
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error)
}

function optionsOf(kind: Kind, delay: number): TaskOptions {
  if (kind === 'once-failing' || kind === 'doomed') return { retries: 1, backoff: 0.2 }
  // Without retries, a try that is charged for what is not the task's fault makes a dead letter.
  return delay > 0 ? { delayBy: delay } : {}
}
