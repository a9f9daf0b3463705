import { ClosedError } from '@alligator/core'
import type { Channel, Job } from './channel.js'
import type { Server } from './server.js'

/** A connection that holds jobs: the server lets nobody but that very connection settle them. */
export interface Holder {
  readonly channel: Channel
  /** The ids of the jobs that it holds. */
  readonly jobs: Set<string>
  /** How many more it may come to hold by what was asked. */
  asked: number
  /** It waits for a job, and the server reads nothing else from it meanwhile. */
  waits: boolean
}

/**
 * The connections that take jobs. One is enough while nothing waits; to wait takes one that holds nothing, or what it
 * holds could not be settled meanwhile.
 */
export class Holders {
  readonly #server: Server
  readonly #onLost: (holder: Holder) => void
  readonly #all = new Set<Holder>()
  #opening: Promise<Holder> | undefined

  constructor(server: Server, onLost: (holder: Holder) => void) {
    this.#server = server
    this.#onLost = onLost
  }

  /** One that can be asked at once. */
  async free(): Promise<Holder> {
    for (const holder of this.#all) if (!holder.waits) return holder
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined))
    const holder = await this.#opening
    // Somebody who shared the opening may have begun to wait on it.
    return holder.waits ? this.free() : holder
  }

  /** One that holds nothing, and waits from now on. */
  async waiting(): Promise<Holder> {
    for (const holder of this.#all) if (isIdle(holder)) return wait(holder)
    return wait(await this.#open())
  }

  /** Ends every wait, with its connection. */
  endWaits(): void {
    for (const holder of this.#all) if (holder.waits) end(holder)
  }

  close(): void {
    for (const holder of this.#all) end(holder)
  }

  async #open(): Promise<Holder> {
    const holder: Holder = { channel: await this.#server.open(), jobs: new Set(), asked: 0, waits: false }
    this.#all.add(holder)
    holder.channel.connection.whenLost(() => {
      this.#all.delete(holder)
      this.#onLost(holder)
    })
    return holder
  }
}

/** Sends the last command for a job: from then on it is held no more. */
export function settle<T>({ jobs, channel }: Holder, id: string, command: (channel: Channel) => T): T {
  jobs.delete(id)
  return command(channel)
}

/** Takes jobs, at most so many. */
export async function hold(
  holder: Holder,
  count: number,
  take: () => Promise<readonly Job[]>,
): Promise<readonly Job[]> {
  holder.asked += count
  try {
    const jobs = await take()
    for (const { id } of jobs) holder.jobs.add(id)
    return jobs
  } finally {
    holder.asked -= count
  }
}

/** Ends a holder with its connection; the server hands out again what it held. */
export function end({ channel }: Holder): void {
  channel.connection.lose(new ClosedError('This connection'))
}

function isIdle({ jobs, asked, waits }: Holder): boolean {
  return jobs.size === 0 && asked === 0 && !waits
}

function wait(holder: Holder): Holder {
  holder.waits = true
  return holder
}
