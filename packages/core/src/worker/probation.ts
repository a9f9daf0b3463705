import type { Delivery } from '../backend/contract.js'
import type { Execution } from '../execution/execution.js'
import type { Slots } from './slots.js'

/**
 * Sees to it that nobody dies for another. A task that was handed out before and never settled is a *suspect*: perhaps its worker
 * died of it, perhaps it merely stood beside the one that did. It runs on probation: alone in its worker, which holds nothing
 * else meanwhile, so that only a task that kills its worker is handed out again and again, until it is a dead letter.
 *
 * Of the suspects in a batch the first is kept, while what runs may end and nothing new is taken; the others go back at once,
 * uncharged. After a suspect, tasks are taken one by one until one comes that is none: what died together stands together.
 */
export class Probation {
  readonly #slots: Slots
  /** The most `deliveries` of a task that is no suspect. */
  readonly #fresh: number
  /** Waits until it is alone, or runs. */
  #suspect: Execution | undefined
  #isCareful = false

  constructor(slots: Slots, fresh: number) {
    this.#slots = slots
    this.#fresh = fresh
  }

  get suspect(): Execution | undefined {
    return this.#suspect
  }

  /** Most tasks that may be taken now; none while a suspect waits to be alone. */
  get limit(): number {
    if (this.#suspect) return 0
    return this.#isCareful ? 1 : Number.POSITIVE_INFINITY
  }

  /** Holds what was taken from the store; gives those that may run beside others. */
  admit(deliveries: readonly Delivery[]): Execution[] {
    const taken = this.#slots.take(deliveries)
    this.#isCareful = taken.some((execution) => this.#isSuspect(execution))
    if (!this.#isCareful) return taken
    const suspects = taken.filter((execution) => this.#isSuspect(execution))
    const first = this.#suspect ? undefined : suspects.shift()
    this.#suspect ??= first
    this.#slots.putBack(suspects)
    return taken.filter((execution) => !this.#isSuspect(execution))
  }

  /** Runs a suspect once nothing else does; not at all, if the signal aborts before. */
  async run(suspect: Execution, stopTaking: AbortSignal): Promise<void> {
    while (this.#slots.running > 1 && !stopTaking.aborted) await this.#slots.change()
    if (stopTaking.aborted) return
    await this.#slots.run(suspect)
    this.#suspect = undefined
  }

  /** Nothing is to be begun any more: a suspect that still waits goes back on its queue. */
  end(): void {
    if (this.#suspect) this.#slots.putBack([this.#suspect])
    this.#suspect = undefined
  }

  #isSuspect({ delivery }: Execution): boolean {
    return delivery.deliveries > this.#fresh
  }
}
