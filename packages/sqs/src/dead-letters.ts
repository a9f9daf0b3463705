import type { DeathReason, Payload } from '@alligator/core'
import type { Mailbox } from './mailbox.js'
import { LARGEST_RECEIVE } from './poll.js'
import type { Queue, Queues } from './queues.js'
import type { Receiver } from './receiver.js'
import type { Received } from './stored.js'

/** Seconds for which dead letters are hidden while they are looked through. */
const LOOK = 60
/** All servers are asked only by a request that waits. */
const WAIT = 1

/** Which dead letters are to go back, and who is told of each that does. */
interface Kick {
  /** (Default: all) */
  readonly ids: ReadonlySet<string> | undefined
  onKick(id: string, data: Payload): Promise<void>
}

/** The dead letters of a queue: in its redrive target, which other queues may share, or in `<queue>-dead`. */
export class DeadLetters {
  readonly #queues: Queues
  readonly #mailbox: Mailbox
  readonly #receiver: Receiver

  constructor(queues: Queues, mailbox: Mailbox, receiver: Receiver) {
    this.#queues = queues
    this.#mailbox = mailbox
    this.#receiver = receiver
  }

  /** Adds a copy of a message, with the reason. */
  async add(queue: Queue, { id, data, group }: Received, reason: DeathReason): Promise<void> {
    const dead = await this.#queues.deadOf(queue)
    const from = queue.name
    // Other programs may fill a message to the brim, which leaves no room to say why, or even what it was.
    const ways = [{ id, data, group, from, reason }, { id, data, from }, { data }] as const
    const packed = await this.#mailbox.repack(dead, ways, id)
    // A group of its own, or those behind it could not be looked through.
    await this.#mailbox.send(dead, packed, undefined, { group: id })
  }

  /** Moves dead letters back to their queue, all of them or those named; gives how many. */
  kick(queue: Queue, { ids, onKick }: Kick): Promise<number> {
    return this.#sift(queue, async (dead, message) => {
      const { id, data, group } = message
      if (ids && !ids.has(id)) return false
      const packed = await this.#mailbox.repack(queue, [{ id, data }, { data }], id)
      await this.#mailbox.send(queue, packed, undefined, { group: group ?? id })
      await onKick(id, data)
      return this.#mailbox.delete(dead, message.receipt)
    })
  }

  /** Deletes the dead letters of a queue. */
  async drop(queue: Queue): Promise<void> {
    await this.#sift(queue, (dead, { receipt }) => this.#mailbox.delete(dead, receipt))
  }

  /** About how many there are, those of other queues in a shared redrive target included. */
  async count(queue: Queue): Promise<number> {
    const dead = await this.#queues.deadOf(queue)
    if (!(await this.#queues.exists(dead))) return 0
    return (await this.#queues.numbers(dead)).reduce((sum, number) => sum + number, 0)
  }

  /** Shows each dead letter of a queue to `take`, once, and puts back what it does not take; gives how many it took. */
  async #sift(queue: Queue, take: (dead: Queue, message: Received) => Promise<boolean>): Promise<number> {
    const dead = await this.#queues.deadOf(queue)
    const passed = new Map<string, Received>()
    let taken = 0
    while (await this.#queues.exists(dead)) {
      const found = await this.#receiver.read(dead, { limit: LARGEST_RECEIVE, lease: LOOK, wait: WAIT })
      const news = found.filter(({ id }) => !passed.has(id))
      for (const message of found) passed.set(message.id, message)
      if (news.length === 0) break
      const own = news.filter((message) => isOf(queue, message))
      const results = await Promise.all(
        own.map(async (message) => {
          const isTaken = await take(dead, message)
          if (isTaken) passed.delete(message.id)
          return isTaken
        }),
      )
      taken += results.filter(Boolean).length
    }
    await Promise.all([...passed.values()].map(({ receipt }) => this.#mailbox.hide(dead, receipt, 0)))
    return taken
  }
}

/** What SQS moved by itself, after too many receives, says at most from which queue. */
function isOf({ name }: Queue, { from, movedFrom }: Received): boolean {
  return (from ?? movedFrom ?? name) === name
}
