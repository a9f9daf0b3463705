import { ClosedError } from '@alligator/core'
import type { Channel, Job } from './channel.js'
import type { Connection } from './connection.js'

/** A connection that holds jobs: the server lets nobody but that very connection settle them. */
export interface Holder {
  readonly channel: Channel
  /** The ids of the jobs that it holds. */
  readonly jobs: Set<string>
  /** How many are about to ask it for jobs. */
  users: number
  /** It waits for a job, and the server reads nothing else from it meanwhile. */
  waits: boolean
}

/**
 * The connections that take jobs. One is enough while nothing waits; to wait takes one that holds nothing, or what it
 * holds could not be settled meanwhile.
 */
export class Holders {
  readonly #connection: Connection
  readonly #onLost: (holder: Holder) => void
  readonly #all = new Set<Holder>()
  #opening: Promise<Holder> | undefined

  constructor(connection: Connection, onLost: (holder: Holder) => void) {
    this.#connection = connection
    this.#onLost = onLost
  }

  /** Takes jobs on a connection that can be asked at once, and on which nobody begins to wait until they are there. */
  async take<T>(step: (holder: Holder) => Promise<T>): Promise<T> {
    const holder = this.#free() ?? (await this.#openFree())
    try {
      return await step(holder)
    } finally {
      holder.users -= 1
    }
  }

  /** Waits for a job on a connection that holds nothing. */
  async wait<T>(step: (holder: Holder) => Promise<T>): Promise<T> {
    const holder = this.#idle() ?? (await this.#open())
    holder.waits = true
    try {
      return await step(holder)
    } finally {
      holder.waits = false
    }
  }

  /** Ends every wait, with its connection. */
  endWaits(): void {
    for (const holder of this.#all) if (holder.waits) end(holder)
  }

  close(): void {
    for (const holder of this.#all) end(holder)
  }

  #free(): Holder | undefined {
    for (const holder of this.#all) {
      if (holder.waits) continue
      holder.users += 1
      return holder
    }
    return undefined
  }

  async #openFree(): Promise<Holder> {
    for (;;) {
      this.#opening ??= this.#open().finally(() => (this.#opening = undefined))
      await this.#opening
      // Somebody else who found it there may wait on it already.
      const holder = this.#free()
      if (holder) return holder
    }
  }

  #idle(): Holder | undefined {
    for (const holder of this.#all)
      if (!holder.waits && holder.users === 0 && holder.jobs.size === 0) return holder
    return undefined
  }

  async #open(): Promise<Holder> {
    const holder: Holder = { channel: await this.#connection.open(), jobs: new Set(), users: 0, waits: false }
    this.#all.add(holder)
    holder.channel.socket.whenLost(() => {
      this.#all.delete(holder)
      this.#onLost(holder)
    })
    return holder
  }
}

/** Remembers that a holder has these jobs. */
export function keep({ jobs }: Holder, taken: readonly Job[]): readonly Job[] {
  for (const { id } of taken) jobs.add(id)
  return taken
}

/** Sends the last command for a job: from then on it is held no more. */
export function settle<T>({ jobs, channel }: Holder, id: string, command: (channel: Channel) => T): T {
  jobs.delete(id)
  return command(channel)
}

/** Ends a holder with its connection; the server hands out again what it held. */
export function end({ channel }: Holder): void {
  channel.socket.lose(new ClosedError('This connection'))
}
