import { createHash, randomUUID } from 'node:crypto'
import { toUSVString } from 'node:util'
import { type Clock, PayloadTooLargeError } from '@alligator/core'
import type { BatchResultErrorEntry, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { setTimeout } from '@alligator/core/backend'
import { Batches } from './batches.js'
import type { Connection } from './connection.js'
import type { Queue, Queues } from './queues.js'
import { entryError, isNotHeld } from './store-error.js'
import { type Letter, MESSAGE_LIMIT, type Packed, pack, repack } from './stored.js'

type Operation = 'SendMessageBatch' | 'DeleteMessageBatch' | 'ChangeMessageVisibilityBatch'
type Entry = Omit<SendMessageBatchRequestEntry, 'Id' | 'MessageBody'> & {
  readonly MessageBody?: string
  readonly ReceiptHandle?: string
  readonly VisibilityTimeout?: number
}
/** What came of an entry: SQS's failure, or the id of the message that it made. */
interface Outcome {
  readonly failure?: BatchResultErrorEntry | undefined
  readonly messageId?: string | undefined
}

/** What a FIFO queue is told beside the letter. */
export interface FifoMarks {
  readonly group: string
  /** SQS drops a second message with the same text within 5 minutes. (Default: a new one) */
  readonly deduplication?: string
}

/** The longest delay that SQS keeps by itself, in seconds. */
const LONGEST_DELAY = 900
/** No queue can be set to take less, so that nothing need be asked for smaller messages. */
const ALWAYS_FITS = 1024
/** How often entries that SQS failed to handle are tried again, and seconds before the first time. */
const RETRIES = 3
const FIRST_PAUSE = 0.1
/** What a group or a deduplication id may be. */
const MARK = /^[!-~]{1,128}$/

/** Sends, deletes and hides messages, ten in a request. */
export class Mailbox {
  readonly #connection: Connection
  readonly #queues: Queues
  readonly #clock: Clock
  readonly #batches = new Map<string, Batches<Entry, Outcome>>()

  constructor(connection: Connection, queues: Queues, clock: Clock) {
    this.#connection = connection
    this.#queues = queues
    this.#clock = clock
  }

  /**
   * Writes a letter for a queue, and sees that it fits.
   *
   * @throws PayloadTooLargeError
   */
  async pack(queue: Queue, letter: Letter, taskId: string): Promise<Packed> {
    const packed = pack(letter, taskId)
    if (packed.size <= ALWAYS_FITS) return packed
    const { maxMessage } = await this.#queues.traits(queue)
    if (packed.size <= maxMessage) return packed
    throw new PayloadTooLargeError(`task ${taskId}`, packed.size, maxMessage)
  }

  /**
   * Writes anew what was in a message: of several ways to do so the first that fits.
   *
   * @throws PayloadTooLargeError
   */
  async repack(queue: Queue, letters: readonly [Letter, ...Letter[]], taskId: string): Promise<Packed> {
    const first = repack(letters[0])
    if (first.size <= ALWAYS_FITS) return first
    const { maxMessage } = await this.#queues.traits(queue)
    const limit = Math.min(maxMessage, MESSAGE_LIMIT)
    const packed = letters.map(repack).find(({ size }) => size <= limit)
    if (packed) return packed
    throw new PayloadTooLargeError(`task ${taskId}`, first.size, limit)
  }

  /** Sends what was packed; gives the id of its message. */
  async send(queue: Queue, packed: Packed, due: number | undefined, marks: FifoMarks): Promise<string> {
    const delay = due === undefined ? 0 : Math.min(LONGEST_DELAY, Math.ceil(due - this.#clock.now()))
    const entry: Entry = {
      MessageBody: packed.body,
      MessageAttributes: packed.attributes,
      // Written out, a delay of 0 is stronger than one that the queue is set to.
      ...(queue.fifo ? fifoMarks(marks) : { DelaySeconds: Math.max(0, delay) }),
    }
    const { failure, messageId = '' } = await this.#batch(queue, 'SendMessageBatch').add(entry, packed.size)
    if (failure) throw entryError(failure, this.#connection.dsn, 'SendMessageBatch')
    return messageId
  }

  /** Deletes a message. `false`: the receipt does not hold it. */
  delete(queue: Queue, receipt: string): Promise<boolean> {
    return this.#change(queue, 'DeleteMessageBatch', { ReceiptHandle: receipt })
  }

  /** Hides a message for so many seconds from now; 0 shows it at once. `false`: the receipt does not hold it. */
  hide(queue: Queue, receipt: string, seconds: number): Promise<boolean> {
    const VisibilityTimeout = Math.max(0, Math.ceil(seconds))
    return this.#change(queue, 'ChangeMessageVisibilityBatch', { ReceiptHandle: receipt, VisibilityTimeout })
  }

  async #change(queue: Queue, operation: Operation, entry: Entry): Promise<boolean> {
    const { failure } = await this.#batch(queue, operation).add(entry)
    if (failure && !isNotHeld(failure)) throw entryError(failure, this.#connection.dsn, operation)
    return !failure
  }

  #batch(queue: Queue, operation: Operation): Batches<Entry, Outcome> {
    const key = `${operation} ${queue.account ?? ''} ${queue.name}`
    let batches = this.#batches.get(key)
    if (!batches) {
      const inOrder = queue.fifo && operation === 'SendMessageBatch'
      const carry = (entries: readonly Entry[]) => this.#carry(queue, operation, entries)
      batches = new Batches(carry, MESSAGE_LIMIT, inOrder)
      this.#batches.set(key, batches)
    }
    return batches
  }

  async #carry(queue: Queue, operation: Operation, entries: readonly Entry[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = entries.map((_, at) => ({ failure: unanswered(String(at)) }))
    let open = entries.map((entry, at) => ({ ...entry, Id: String(at) }))
    for (let retry = 0; open.length > 0; retry += 1) {
      if (retry > 0) await pause(FIRST_PAUSE * 2 ** (retry - 1))
      for (const { Id, ...outcome } of await this.#request(queue, operation, open))
        outcomes[Number(Id)] = outcome
      // What was not the sender's fault may be tried again.
      open = open.filter(({ Id }) => outcomes[Number(Id)]?.failure?.SenderFault === false && retry < RETRIES)
    }
    return outcomes
  }

  async #request(
    queue: Queue,
    operation: Operation,
    Entries: readonly (Entry & { Id: string })[],
  ): Promise<(Outcome & { Id?: string | undefined })[]> {
    const { Successful = [], Failed = [] } = await this.#queues.use(queue, (QueueUrl) =>
      this.#connection.send(operation, { QueueUrl, Entries: Entries as never }),
    )
    return [
      ...Successful.map((done: { Id: string | undefined; MessageId?: string | undefined }) => ({
        Id: done.Id,
        messageId: done.MessageId,
      })),
      ...Failed.map((failure) => ({ Id: failure.Id, failure })),
    ]
  }
}

/** What has no answer has not been done. */
function unanswered(Id: string): BatchResultErrorEntry {
  return { Id, Code: 'NoAnswer', Message: 'the answer does not tell of it', SenderFault: false }
}

function fifoMarks({ group, deduplication = randomUUID() }: FifoMarks): Partial<Entry> {
  return { MessageGroupId: mark(group), MessageDeduplicationId: mark(deduplication) }
}

/** Text that SQS would refuse is told apart by its hash; halves of surrogate pairs would all be the same in UTF-8. */
function mark(text: string): string {
  if (MARK.test(text)) return text
  const bytes = Buffer.from(text, toUSVString(text) === text ? 'utf8' : 'utf16le')
  return createHash('sha256').update(bytes).digest('hex')
}

function pause(seconds: number): Promise<void> {
  // Jitter keeps processes from meeting again and again.
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000 * (0.5 + Math.random())))
}
