import { randomUUID } from 'node:crypto'
import { performance } from '../../../base/timers.js'
import { isPassing } from '../../../errors/index.js'
import type { StateStore } from '../../state-store.js'
import { type Entry, type Record, readEntries } from './record.js'

/** What time it is, and what mark a queue has. */
export type Moment = Pick<Record, 'now' | 'drop'>

/** What becomes of the entries of a key; `undefined`: they stay. */
export type Change = (record: Record) => readonly Entry[] | undefined

/**
 * The records of keys in a state store, one for each key of a queue. Each changes by compare-and-put, so that of many who want a
 * key at the same moment one gets it.
 */
export class KeyRecords {
  readonly #state: StateStore

  constructor(state: StateStore) {
    this.#state = state
  }

  /** What time it is, and what mark the queue has now. */
  async moment(queue: string): Promise<Moment> {
    const [now, drop = ''] = await Promise.all([this.#state.now(), this.#state.get(markOf(queue))])
    return { now, drop }
  }

  async read(queue: string, key: string, moment: Promise<Moment> = this.moment(queue)): Promise<Record> {
    const [text, { now, drop }] = await Promise.all([this.#state.get(recordOf(queue, key)), moment])
    return { text, now, drop, entries: readEntries(text, now, drop) }
  }

  /** Puts others in the place of what was read. `undefined`: somebody else was faster. */
  async write(
    queue: string,
    key: string,
    { text, now, drop }: Record,
    entries: readonly Entry[],
  ): Promise<Record | undefined> {
    const name = recordOf(queue, key)
    if (entries.length === 0) {
      const isGone = text === undefined || (await this.#state.delete(name, text))
      return isGone ? { text: undefined, now, drop, entries } : undefined
    }
    const next = JSON.stringify(entries)
    const ttl = Math.max(...entries.map(({ until }) => until)) - now
    const isKept = ttl > 0 && (await this.#state.put(name, next, { ifValue: text ?? null, ttl }))
    return isKept ? { text: next, now, drop, entries } : undefined
  }

  /**
   * Changes a record, again and again while somebody else is faster. Gives what it was changed from and to; `undefined`: it was not
   * changed.
   */
  async change(
    queue: string,
    key: string,
    make: Change,
    known?: KnownRecord,
  ): Promise<KnownRecord | undefined> {
    for (let record = known?.get(); ; record = undefined) {
      record ??= await this.read(queue, key)
      const entries = make(record)
      if (!entries) return undefined
      const written = await this.write(queue, key, record, entries)
      if (written) return new KnownRecord(written)
    }
  }

  /** From now on nothing that was pushed on a queue before is in anybody's way. */
  async drop(queue: string): Promise<void> {
    await this.#state.put(markOf(queue), randomUUID())
  }

  /** Keeps what replaces a payload, under a name that nobody else uses. */
  async keepPayload(name: string, text: string, ttl: number): Promise<void> {
    await this.#state.put(name, text, { ttl })
  }

  async payload(name: string): Promise<string | undefined> {
    return this.#state.get(name)
  }

  /** Where that fails, its time to live ends it. */
  async forgetPayload(name: string | undefined): Promise<void> {
    if (name === undefined) return
    await unlessAway(async () => this.#state.delete(name))
  }
}

/** A record as it was a while ago, which is the first guess of how it is. */
export class KnownRecord {
  readonly #record: Record
  readonly #at = performance.now()

  constructor(record: Record) {
    this.#record = record
  }

  get(): Record {
    return { ...this.#record, now: this.#record.now + (performance.now() - this.#at) / 1000 }
  }
}

/** Does what a time to live does too, if later. */
export async function unlessAway(step: () => Promise<unknown>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!isPassing(error)) throw error
  }
}

export function newPayloadName(): string {
  return `unique-payload:${randomUUID()}`
}

function recordOf(queue: string, key: string): string {
  return `unique:${queue}:${key}`
}

function markOf(queue: string): string {
  return `unique-drops:${queue}`
}
