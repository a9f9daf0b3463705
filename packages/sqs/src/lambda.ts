import { type Gator, InvalidOptionError, type Logger, runDelivery, textLogger } from '@alligator/core'
import type { SqsClient } from './client.js'
import type { SqsRecord } from './stored.js'

/** What AWS Lambda calls a function with for messages of SQS. */
export interface SqsEvent {
  readonly Records: readonly SqsRecord[]
}

/** What AWS Lambda is told: which messages are to be shown again. It deletes all others. */
export interface SqsBatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

/** How a {@link lambdaHandler} works. */
export interface LambdaOptions {
  /** Where the log lines go. (Default: text on stdout, warnings and errors on stderr) */
  readonly logger?: Logger
}

/** After these the message is not on its queue any more; after others it is, or is somebody else's. */
const GONE: ReadonlySet<string> = new Set(['success', 'retry', 'dead'])

/**
 * Makes the handler of an AWS Lambda function whose trigger is a queue of this gator: runs every task of an event, with its
 * retries, hooks and dead letters, as a worker would. Turn on `ReportBatchItemFailures` in the trigger.
 *
 * @throws InvalidOptionError when the gator's backend is not an `SqsClient`.
 *
 * @example
 * ```ts
 * import { gator } from './gator.js'
 * export const handler = lambdaHandler(gator)
 * ```
 */
export function lambdaHandler(
  gator: Gator,
  { logger = textLogger() }: LambdaOptions = {},
): (event: SqsEvent) => Promise<SqsBatchResponse> {
  const client = sqsClientOf(gator)
  return async ({ Records }) => {
    const ident = `Alligator Lambda (${process.env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? process.pid})`
    const isDone = async (record: SqsRecord): Promise<boolean> => {
      try {
        const delivery = await client.adopt(record, gator.lease)
        if (!delivery) return false
        const { outcome } = await runDelivery(gator, delivery, { ident, logger })
        return GONE.has(outcome)
      } catch (error) {
        logger.error(`Message ${record.messageId} is shown again: ${String(error)}`)
        return false
      }
    }
    const failed = await (isFifo(Records) ? inOrder(Records, isDone) : atOnce(Records, isDone))
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
  }
}

type Step = (record: SqsRecord) => Promise<boolean>

async function atOnce(records: readonly SqsRecord[], isDone: Step): Promise<SqsRecord[]> {
  const done = await Promise.all(records.map(isDone))
  return records.filter((_, at) => !done[at])
}

/** One after the other; after one that failed nothing may run, or it would overtake. */
async function inOrder(records: readonly SqsRecord[], isDone: Step): Promise<SqsRecord[]> {
  for (const [at, record] of records.entries()) if (!(await isDone(record))) return records.slice(at)
  return []
}

function isFifo(records: readonly SqsRecord[]): boolean {
  return records.some(({ eventSourceARN }) => eventSourceARN.endsWith('.fifo'))
}

/** Its class may be of another copy of this package. */
function sqsClientOf({ backend }: Gator): SqsClient {
  if ('adopt' in backend) return backend as SqsClient
  throw new InvalidOptionError(
    'backend',
    backend.constructor.name,
    'AWS Lambda gives messages of SQS: use sqs://.',
  )
}
