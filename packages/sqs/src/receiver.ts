import type { Clock, Delivery } from '@alligator/core'
import type { MessageSystemAttributeName } from '@aws-sdk/client-sqs'
import type { Connection } from './connection.js'
import { type Held, type Leases, monotonic } from './leases.js'
import { LARGEST_RECEIVE } from './poll.js'
import type { Queue, Queues } from './queues.js'
import { ATTRIBUTE_NAMES, type Received, unpack } from './stored.js'

const SYSTEM_ATTRIBUTE_NAMES: MessageSystemAttributeName[] = [
  'ApproximateReceiveCount',
  'MessageGroupId',
  // Given only to who asks for it; without it, what SQS itself moved to a shared target could be anybody's.
  'DeadLetterQueueSourceArn',
]

/** How messages are asked for. */
export interface ReceiveRequest {
  /** 10 at most in one request. */
  readonly limit: number
  /** Seconds, whole ones. */
  readonly lease: number
  readonly wait: number
}

/** Receives messages and holds them; sends those on that came before their time. */
export class Receiver {
  readonly #connection: Connection
  readonly #queues: Queues
  readonly #leases: Leases
  readonly #clock: Clock
  readonly #postpone: (held: Held) => void
  /** The queues of which the last request brought as much as it could. */
  readonly #busy = new Set<Queue>()

  /** `postpone`: what is done with a message that came before it is due. */
  constructor(
    connection: Connection,
    queues: Queues,
    leases: Leases,
    clock: Clock,
    postpone: (held: Held) => void,
  ) {
    this.#connection = connection
    this.#queues = queues
    this.#leases = leases
    this.#clock = clock
    this.#postpone = postpone
  }

  /** Whether there is so much on a queue that several requests at once are worth their price. */
  isBusy(queue: string): boolean {
    return this.#busy.has(this.#queues.named(queue))
  }

  /** Takes up to `limit` tasks that are due, with several requests at once where there is much. */
  async receiveMany(from: string, { limit, lease, wait }: ReceiveRequest): Promise<Delivery[]> {
    if (limit <= 0) return []
    const taken = this.isBusy(from) ? [] : await this.receive(from, { limit, lease, wait })
    if (!this.isBusy(from)) return taken
    const requests: Promise<Delivery[]>[] = []
    for (let room = limit - taken.length; room > 0; room -= LARGEST_RECEIVE)
      requests.push(this.receive(from, { limit: room, lease, wait }))
    return [...taken, ...(await given(requests, taken.length > 0)).flat()]
  }

  /** Takes up to `limit` tasks that are due, `from` the queue that the caller knows by this name. */
  async receive(from: string, { limit, lease, wait }: ReceiveRequest): Promise<Delivery[]> {
    const queue = this.#queues.named(from)
    await this.#queues.checkTarget(queue)
    const begun = monotonic()
    const messages = await this.read(queue, { limit, lease, wait })
    if (messages.length === LARGEST_RECEIVE) this.#busy.add(queue)
    else this.#busy.delete(queue)
    // A message that was waited for came later than the request, so that its lease ends later too.
    const since = wait > 0 ? monotonic() : begun
    const taken: Delivery[] = []
    for (const message of messages) {
      const held = { queue, message, since, until: since + lease }
      if (this.isDue(message)) taken.push(this.hold(held, from))
      else this.#postpone(held)
    }
    return taken
  }

  /** Whether a message did not come before its time. */
  isDue({ due = 0 }: Received): boolean {
    return due <= this.#clock.now()
  }

  /** Makes a message that is held the delivery of a task. */
  hold(held: Held, from: string): Delivery {
    this.#leases.hold(held)
    const { id: taskId, data, count: deliveries, receipt } = held.message
    return { queue: from, taskId, data, deliveries, receipt }
  }

  /** Receives whatever is on a queue. */
  async read(queue: Queue, { limit, lease, wait }: ReceiveRequest): Promise<Received[]> {
    const settings = {
      // Two tasks of one group, given together, would run at once.
      MaxNumberOfMessages: queue.fifo ? 1 : Math.min(LARGEST_RECEIVE, limit),
      VisibilityTimeout: lease,
      WaitTimeSeconds: wait,
      MessageAttributeNames: ATTRIBUTE_NAMES,
      MessageSystemAttributeNames: SYSTEM_ATTRIBUTE_NAMES,
    }
    const { Messages = [] } = await this.#queues.use(queue, (QueueUrl) =>
      this.#connection.send('ReceiveMessage', { QueueUrl, ...settings }, wait),
    )
    return Messages.map(unpack)
  }
}

/** What the requests gave. One that failed may not hide what others took, so that it counts only where nothing was taken. */
async function given(requests: readonly Promise<Delivery[]>[], isSome: boolean): Promise<Delivery[][]> {
  const results = await Promise.allSettled(requests)
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  return isSome || found.some(({ length }) => length > 0) ? found : Promise.all(requests)
}
