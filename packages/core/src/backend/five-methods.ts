import type { Awaitable } from '../base/awaitable.js'
import { newTaskId } from '../base/ids.js'
import { StoreUnusableError, isPassing, messageOf } from '../errors/index.js'
import { peekTaskId } from '../wire/payload.js'
import type { Counts, Delivery, Payload, PushItem, ReleaseOptions, ReserveOptions } from './contract.js'
import type { ById, DeadLetters } from './facets.js'

// All that a backend of five methods does, in terms of those five. It delivers at most once: `pop` and `get` have already removed
// a task when it runs, so that there is nothing to hold, nothing to renew, and each hand-out is the first.

/** The least that a backend must have. */
export interface FiveMethods {
  /** How many tasks wait on the queue, due or delayed. */
  len(queue: string): Awaitable<number>
  /** Removes everything from the queue, whatever its state. */
  dropAll(queue: string): Awaitable<void>
  /** Puts a payload on the queue and gives the id it has there. `delayUntil` is Unix time in seconds. */
  push(queue: string, taskId: string, data: Payload, delayUntil?: number): Awaitable<string>
  /** Removes the first due payload from the queue and gives it. */
  pop(queue: string): Awaitable<Payload | undefined>
  /** Removes one task's payload from the queue, due or not, and gives it. */
  get(queue: string, taskId: string): Awaitable<Payload | undefined>
}

/**
 * Where a store keeps the dead letters of its queues: on queues of their own. One that has no such queue would lose what fails for
 * good, so it is asked about it before it is asked for the first task.
 */
export class DeadQueues {
  readonly #store: FiveMethods & { readonly dsn: string }
  readonly #known = new Set<string>()

  constructor(store: FiveMethods & { readonly dsn: string }) {
    this.#store = store
  }

  /** @throws StoreUnusableError */
  async check(queue: string): Promise<void> {
    if (this.#known.has(queue)) return
    const name = deadQueue(queue)
    try {
      await this.#store.len(name)
    } catch (error) {
      if (isPassing(error)) throw error
      const why = `it has no queue "${name}" for what fails for good (${messageOf(error)})`
      throw new StoreUnusableError(this.#store.dsn, why, 'Make that queue, or override bury.', error)
    }
    this.#known.add(queue)
  }
}

/** Pushes items one after the other. */
export async function pushEach(
  store: FiveMethods,
  queue: string,
  items: readonly PushItem[],
): Promise<string[]> {
  const ids: string[] = []
  for (const item of items) ids.push(await store.push(queue, item.taskId, item.data, item.delayUntil))
  return ids
}

/** Reserves by popping, the first queue named before the second. */
export async function reserveByPopping(
  store: FiveMethods,
  deadQueues: DeadQueues,
  queues: readonly string[],
  { limit = 1, signal }: ReserveOptions,
): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for (const queue of queues) await deadQueues.check(queue)
  for (const queue of queues) {
    while (taken.length < limit && !signal?.aborted) {
      const data = await store.pop(queue)
      if (data === undefined) break
      taken.push(deliver(queue, idIn(data), data))
    }
  }
  return taken
}

/** Releases by pushing what was popped. */
export async function releaseByPushing(
  store: FiveMethods,
  { queue, taskId, data }: Delivery,
  options: ReleaseOptions,
): Promise<boolean> {
  await store.push(queue, taskId, options.data ?? data, options.delayUntil)
  return true
}

/** Buries by pushing to a queue of the dead. */
export async function buryByPushing(store: FiveMethods, { queue, taskId, data }: Delivery): Promise<boolean> {
  await store.push(deadQueue(queue), taskId, data)
  return true
}

/** Counts what waits and what is dead; what is delayed counts as waiting, and what runs is gone. */
export async function countByLength(store: FiveMethods, queue: string): Promise<Counts> {
  const [waiting, dead] = [await store.len(queue), await store.len(deadQueue(queue))]
  return { waiting, delayed: 0, running: 0, dead }
}

/** Reaches a task by its id with `get`. */
export function byIdOf(store: FiveMethods, deadQueues: DeadQueues): ById {
  return {
    async reserve(queue, taskId) {
      await deadQueues.check(queue)
      const data = await store.get(queue, taskId)
      return data === undefined ? undefined : deliver(queue, taskId, data)
    },
    remove: (queue, taskId) => store.get(queue, taskId),
  }
}

/** Brings dead letters back from the queue of the dead. */
export function deadLettersOf(store: FiveMethods): DeadLetters {
  return {
    async kick(queue, taskIds) {
      let kicked = 0
      const dead = deadQueue(queue)
      const ids = taskIds ?? Array.from({ length: await store.len(dead) }, () => undefined)
      for (const id of ids) {
        const data = await (id === undefined ? store.pop(dead) : store.get(dead, id))
        if (data === undefined) continue
        await store.push(queue, id ?? idIn(data), data)
        kicked += 1
      }
      return kicked
    },
  }
}

function deliver(queue: string, taskId: string, data: Payload): Delivery {
  return { queue, taskId, data, deliveries: 1, receipt: '' }
}

/** The id that a payload was pushed with; `pop` does not give it. */
function idIn(data: Payload): string {
  return peekTaskId(data) ?? newTaskId()
}

function deadQueue(queue: string): string {
  return `${queue}-dead`
}
