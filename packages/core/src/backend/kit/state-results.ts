import type { Payload } from '../../base/payload.js'
import type { Delivery } from '../contract.js'
import type { EndListener, EndNews, Finished, Notes, Results } from '../facets.js'
import { MOST_STATE, type StateStore } from '../state-store.js'
import { packPayload, unpackPayload } from './payload-text.js'

/** Seconds for which a note is kept that nobody writes any more: longer than SQS keeps a task, or anybody a dead letter unseen. */
const NOTE_KEPT = 30 * 86_400
/** Bytes beside a result, of whoever seals it. */
const ENVELOPE = 4096

/** What the client of the queue does for it. */
export interface HoldingClient {
  /** Whether a delivery is held, as far as can be known without asking the store of the queue. */
  holds(delivery: Delivery): boolean | Promise<boolean>
  /** Removes finished tasks, as `Client.ack` does. */
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]>
}

/**
 * The results of a store that can keep none, kept in a state store beside it.
 *
 * No step covers two stores. So a result is written first, and its task is settled after that: whoever dies in between leaves a task that
 * runs again, and whose next result takes the place of this one. None is done without its result. What is known to be lost writes
 * nothing; what turns out to be lost only when it is settled has left a result, of a run that went to its end.
 */
export class StateResults implements Results {
  /** In bytes, so that what is encrypted has room, too. */
  readonly maxResult: number = (MOST_STATE / 4) * 3 - ENVELOPE
  readonly #state: StateStore
  readonly #client: HoldingClient
  readonly #news: EndNews | undefined

  /** Without `news` whoever waits looks now and then. */
  constructor(state: StateStore, client: HoldingClient, news: EndNews | undefined) {
    this.#state = state
    this.#client = client
    this.#news = news
  }

  async ack(finished: readonly Finished[]): Promise<Delivery[]> {
    const lost = await Promise.all(finished.map((each) => this.#finish(each)))
    return lost.flat()
  }

  async get(queue: string, taskIds: readonly string[]): Promise<Map<string, Payload>> {
    const kept = await Promise.all(taskIds.map((taskId) => this.#state.get(keyOf('result', queue, taskId))))
    return new Map(
      taskIds.flatMap((taskId, at) => {
        const text = kept[at]
        return text === undefined ? [] : [[taskId, unpackPayload(text)] as const]
      }),
    )
  }

  async keepEnd(queue: string, taskId: string, end: Payload, keepFor: number): Promise<void> {
    await this.#state.put(keyOf('result', queue, taskId), packPayload(end), { ttl: keepFor })
    this.tellOfEnd(queue, taskId)
  }

  tellOfEnd(queue: string, taskId: string): void {
    this.#news?.tellOfEnd(queue, taskId)
  }

  onEnd(listener: EndListener): () => void {
    return this.#news?.onEnd(listener) ?? (() => undefined)
  }

  async #finish({ delivery, result, keepFor }: Finished): Promise<Delivery[]> {
    if (!(await this.#client.holds(delivery))) return [delivery]
    await this.#state.put(keyOfDelivery('result', delivery), packPayload(result), { ttl: keepFor })
    const lost = await this.#client.ack([delivery])
    if (lost.length === 0) this.tellOfEnd(delivery.queue, delivery.firstId ?? delivery.taskId)
    return lost
  }
}

/**
 * The notes of a store that can keep none, kept in a state store beside it. They do not go with their tasks: the engine takes them away when
 * a task has succeeded or was canceled, and the rest are forgotten when nobody has written them for 30 days.
 */
export class StateNotes implements Notes {
  readonly #state: StateStore
  readonly #holds: HoldingClient['holds']
  /** What each holder has written last. */
  readonly #written = new WeakMap<Delivery, string>()

  constructor(state: StateStore, { holds }: HoldingClient) {
    this.#state = state
    this.#holds = holds
  }

  async get(queue: string, taskId: string): Promise<Payload | undefined> {
    const text = await this.#state.get(keyOf('note', queue, taskId))
    return text === undefined ? undefined : unpackPayload(text)
  }

  /** A compare-and-put, so that who has lost the task since it looked cannot write over what the next holder has written. */
  async save(delivery: Delivery, note: Payload): Promise<boolean> {
    const key = keyOfDelivery('note', delivery)
    const text = packPayload(note)
    let former = this.#written.get(delivery)
    while (await this.#holds(delivery)) {
      former ??= await this.#state.get(key)
      if (await this.#state.put(key, text, { ifValue: former ?? null, ttl: NOTE_KEPT })) {
        this.#written.set(delivery, text)
        return true
      }
      former = undefined
    }
    return false
  }

  async forget(queue: string, taskId: string): Promise<void> {
    await this.#state.delete(keyOf('note', queue, taskId))
  }
}

function keyOfDelivery(what: 'result' | 'note', { queue, taskId, firstId = taskId }: Delivery): string {
  return keyOf(what, queue, firstId)
}

/** The length keeps two queues apart one of whose names begins with the other. */
function keyOf(what: 'result' | 'note', queue: string, taskId: string): string {
  return `${what}:${queue.length}:${queue}:${taskId}`
}
