import { InvalidOptionError, StoreUnusableError } from '@alligator/core'
import type { QueueAttributeName } from '@aws-sdk/client-sqs'
import type { Connection } from './connection.js'
import type { SqsSettings } from './settings.js'
import { isMissingQueue } from './store-error.js'

/** A queue by its name in SQS, and who owns it. */
export interface Queue {
  readonly name: string
  readonly account: string | undefined
  readonly fifo: boolean
}

/** What is read of a queue's settings. */
export interface QueueTraits {
  /** Bytes that a message may have. */
  readonly maxMessage: number
  /** Where SQS moves what was received too often, and so where this client puts its dead letters. */
  readonly deadTarget: Queue | undefined
}

const NAME = /^[A-Za-z0-9_-]+(\.fifo)?$/
const LONGEST_NAME = 80
/** The longest that SQS keeps a message, in seconds. */
const LONGEST_RETENTION = 14 * 86_400

/** The queues that a client uses: their names in SQS, URLs and settings, each asked for once. */
export class Queues {
  readonly #connection: Connection
  readonly #settings: SqsSettings
  readonly #named = new Map<string, Queue>()
  readonly #urls = new Map<string, Promise<string>>()
  readonly #traits = new Map<string, Promise<QueueTraits>>()
  /** The queues whose redrive target was looked at. */
  readonly #checked = new Map<string, Promise<void>>()

  constructor(connection: Connection, settings: SqsSettings) {
    this.#connection = connection
    this.#settings = settings
  }

  /**
   * The queue of this name. One name is one object.
   *
   * @throws InvalidOptionError when SQS does not allow the name.
   */
  named(name: string): Queue {
    const { prefix, account } = this.#settings
    return this.#named.get(name) ?? this.#add(name, prefix + name, account)
  }

  /** Where dead letters of a queue go: its redrive target when it has one, else `<queue>-dead`. */
  async deadOf(queue: Queue): Promise<Queue> {
    const { deadTarget } = await this.traits(queue)
    if (deadTarget) return deadTarget
    const name = queue.name.replace(/(\.fifo)?$/, '-dead$1')
    return this.#named.get(`dead ${name}`) ?? this.#add(`dead ${name}`, name, queue.account)
  }

  /** The settings of a queue that matter here. */
  traits(queue: Queue): Promise<QueueTraits> {
    return remember(this.#traits, queue.name, () => this.#readTraits(queue))
  }

  /**
   * Sees that the redrive target of a queue takes whatever the queue holds, before anything is taken from it: a task that
   * fails for good could go nowhere.
   *
   * @throws StoreUnusableError when it is not there, or takes less.
   */
  checkTarget(queue: Queue): Promise<void> {
    return remember(this.#checked, queue.name, async () => {
      const { deadTarget, maxMessage } = await this.traits(queue)
      if (!deadTarget) return
      const target = await this.traits(deadTarget)
      if (target.maxMessage >= maxMessage) return
      const why =
        `the redrive target "${deadTarget.name}" takes messages of ${target.maxMessage} bytes at most, ` +
        `and its queue "${queue.name}" of ${maxMessage}`
      throw new StoreUnusableError(this.#connection.dsn, why, 'Raise its MaximumMessageSize.')
    })
  }

  /** Does something with a queue's URL; once more when the queue is not what it was. */
  async use<T>(queue: Queue, step: (url: string) => Promise<T>): Promise<T> {
    try {
      return await step(await this.#url(queue))
    } catch (error) {
      if (!isMissingQueue(error)) throw error
      this.#urls.delete(queue.name)
    }
    try {
      return await step(await this.#url(queue))
    } catch (error) {
      throw isMissingQueue(error) ? this.#missing(queue, error) : error
    }
  }

  /** About how many messages are due, delayed and held. */
  async numbers(queue: Queue): Promise<[waiting: number, delayed: number, running: number]> {
    const found = await this.#read(queue, [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
    ])
    const number = (name: QueueAttributeName) => Number(found[name] ?? 0)
    return [
      number('ApproximateNumberOfMessages'),
      number('ApproximateNumberOfMessagesDelayed'),
      number('ApproximateNumberOfMessagesNotVisible'),
    ]
  }

  /** Whether the queue is there; it is not created for that. */
  async exists(queue: Queue): Promise<boolean> {
    if (this.#urls.has(queue.name)) return true
    try {
      const url = await this.#find(queue)
      this.#urls.set(queue.name, Promise.resolve(url))
      return true
    } catch (error) {
      if (isMissingQueue(error)) return false
      throw error
    }
  }

  #add(key: string, name: string, account: string | undefined): Queue {
    if (!NAME.test(name) || name.length > LONGEST_NAME) {
      const wayOut = `SQS allows letters, digits, - and _, ${LONGEST_NAME} at most, and .fifo at the end.`
      throw new InvalidOptionError('queueName', name, wayOut)
    }
    const queue = { name, account, fifo: name.endsWith('.fifo') }
    this.#named.set(key, queue)
    return queue
  }

  async #readTraits(queue: Queue): Promise<QueueTraits> {
    const { MaximumMessageSize, RedrivePolicy } = await this.#read(queue, [
      'MaximumMessageSize',
      'RedrivePolicy',
    ])
    return {
      maxMessage: Number(MaximumMessageSize ?? Number.POSITIVE_INFINITY),
      deadTarget: RedrivePolicy === undefined ? undefined : readTarget(RedrivePolicy),
    }
  }

  async #read(
    queue: Queue,
    AttributeNames: QueueAttributeName[],
  ): Promise<Partial<Record<QueueAttributeName, string>>> {
    const found = await this.use(queue, (QueueUrl) =>
      this.#connection.send('GetQueueAttributes', { QueueUrl, AttributeNames }),
    )
    return found.Attributes ?? {}
  }

  #url(queue: Queue): Promise<string> {
    return remember(this.#urls, queue.name, async () => {
      try {
        return await this.#find(queue)
      } catch (error) {
        if (!isMissingQueue(error)) throw error
        if (this.#settings.createQueues) return this.#create(queue)
        throw this.#missing(queue, error)
      }
    })
  }

  async #find({ name, account }: Queue): Promise<string> {
    const owner = account === undefined ? {} : { QueueOwnerAWSAccountId: account }
    const found = await this.#connection.send('GetQueueUrl', { QueueName: name, ...owner })
    return this.#urlOf(found)
  }

  async #create({ name, fifo }: Queue): Promise<string> {
    const Attributes = {
      MessageRetentionPeriod: String(LONGEST_RETENTION),
      ...(fifo && { FifoQueue: 'true' }),
    }
    const created = await this.#connection.send('CreateQueue', { QueueName: name, Attributes })
    return this.#urlOf(created)
  }

  #urlOf({ QueueUrl = '' }: { QueueUrl?: string | undefined }): string {
    if (URL.canParse(QueueUrl)) return QueueUrl
    const why = 'what answers is not SQS: it names no URL of a queue'
    throw new StoreUnusableError(this.#connection.dsn, why, 'Look at `endpoint`.')
  }

  #missing({ name, fifo }: Queue, cause: unknown): StoreUnusableError {
    const command = `aws sqs create-queue --queue-name ${name}${fifo ? ' --attributes FifoQueue=true' : ''}`
    const wayOut = `Create it with \`${command}\` in the right region, or set createQueues in development.`
    return new StoreUnusableError(this.#connection.dsn, `there is no queue "${name}"`, wayOut, cause)
  }
}

/** The first answer, kept; what failed is asked anew. */
function remember<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const found = known.get(key)
  if (found) return found
  const asked = ask()
  known.set(key, asked)
  asked.catch(() => known.delete(key))
  return asked
}

function readTarget(policy: string): Queue | undefined {
  const [, , , , account, name] = readArn(policy).split(':')
  return name === undefined ? undefined : { name, account, fifo: name.endsWith('.fifo') }
}

function readArn(policy: string): string {
  try {
    const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: unknown }
    return String(deadLetterTargetArn)
  } catch {
    return ''
  }
}
