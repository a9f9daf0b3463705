import { setTimeout as pause } from 'node:timers/promises'
import type { Gator } from '@alligator/core'
import { pagesOf } from '@alligator/core/inspect'
import type { Random } from '../random.js'
import { type Kind, note, now } from './journal.js'
import { work } from './tasks.js'

/** Seconds between two batches. */
const EVERY = 1
/** Seconds between two looks at those that nobody fills any more. */
const REST = 0.2
/** Seconds that it may take to cancel them once no fault strikes any more. */
const END_LIMIT = 60
const KINDS: readonly Kind[] = ['quick', 'quick', 'slow', 'once-failing', 'doomed']
/** What comes behind others is no task that others overtake. */
const BEHIND = 0.001

/** Makes batches until it is stopped. Each has two callbacks that must run once, of which one tells how it went. */
export class BatchLoad {
  readonly #gator: Gator
  readonly #name: string
  readonly #random: Random
  #stopped = false
  #count = 0

  constructor(gator: Gator, name: string, random: Random) {
    this.#gator = gator
    this.#name = name
    this.#random = random
  }

  stop(): void {
    this.#stopped = true
  }

  /** Where the store has batches. Those of a producer that was killed while it filled them are canceled at the end. */
  async run(): Promise<void> {
    if (!this.#gator.backend.batches) return
    while (!this.#stopped) {
      await this.#make()
      await pause(1000 * EVERY)
    }
    await this.#cancelOpen()
  }

  async #make(): Promise<void> {
    const name = `${this.#name}-batch-${(this.#count += 1)}`
    const size = Math.floor(this.#random.between(0, 6))
    const members = Array.from({ length: size }, (_, at) => ({
      id: `${name}-${at}`,
      kind: this.#random.one(KINDS),
    }))
    const callbacks = [`${name}-outcome`, `${name}-end`].map((id) => ({ id, kind: 'quick' as Kind }))
    const all = [...members, ...callbacks]
    note(...all.map(({ id, kind }) => ({ what: 'enqueueing', id, kind, delay: BEHIND }) as const))
    const [outcome, end] = callbacks.map(({ id, kind }) => [work, id, kind, 0] as const)
    if (!outcome || !end) return
    try {
      await this.#gator.batch({ onSuccess: outcome, onFailure: outcome, onDone: end }, async (b) => {
        const options = b.options({ retries: 1, backoff: 0.2 })
        for (const { id, kind } of members) await options.task(work, id, kind, kind === 'slow' ? 0.5 : 0.01)
      })
      note(...all.map(({ id }) => ({ what: 'enqueued', id }) as const))
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? error)
      note(...all.map(({ id }) => ({ what: 'refused', id, code }) as const))
    }
  }

  /** @throws when that takes too long. */
  async #cancelOpen(): Promise<void> {
    for (const end = now() + END_LIMIT; ; await pause(1000 * REST)) {
      try {
        return await this.#cancelAll()
      } catch (error) {
        if (now() > end) throw error
      }
    }
  }

  async #cancelAll(): Promise<void> {
    const { backend, queueName: queue } = this.#gator
    const { listing, dependents } = backend
    if (!listing || !dependents) return
    const open = new Set<string>()
    for await (const tasks of pagesOf(listing, { queue, state: 'delayed' }, 100)) {
      const waits = await dependents.waitsFor(
        queue,
        tasks.map(({ taskId }) => taskId),
      )
      for (const [id] of waits.values()) if (id !== undefined) open.add(id)
    }
    for (const id of open) {
      const state = await this.#gator.lookUpBatch(id)
      if (state && !state.isFull) await this.#gator.cancelBatch(id)
    }
  }
}
