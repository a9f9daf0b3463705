import { loadDriver } from '@alligator/core/backend'
import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput,
  CreateQueueCommandInput,
  CreateQueueCommandOutput,
  DeleteMessageBatchCommandInput,
  DeleteMessageBatchCommandOutput,
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
  PurgeQueueCommandInput,
  PurgeQueueCommandOutput,
  ReceiveMessageCommandInput,
  ReceiveMessageCommandOutput,
  SQSClientConfig,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
} from '@aws-sdk/client-sqs'
import type { SqsSettings } from './settings.js'

/** What is used of an `SQSClient` of the AWS SDK, version 3: the app's own can be given in place of a DSN. */
export interface SqsConnection {
  send(command: object, options?: { abortSignal?: AbortSignal }): Promise<unknown>
}

/** The requests that this backend makes: what goes in and what comes out. */
export interface Operations {
  ChangeMessageVisibilityBatch: [
    ChangeMessageVisibilityBatchCommandInput,
    ChangeMessageVisibilityBatchCommandOutput,
  ]
  CreateQueue: [CreateQueueCommandInput, CreateQueueCommandOutput]
  DeleteMessageBatch: [DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput]
  GetQueueAttributes: [GetQueueAttributesCommandInput, GetQueueAttributesCommandOutput]
  GetQueueUrl: [GetQueueUrlCommandInput, GetQueueUrlCommandOutput]
  PurgeQueue: [PurgeQueueCommandInput, PurgeQueueCommandOutput]
  ReceiveMessage: [ReceiveMessageCommandInput, ReceiveMessageCommandOutput]
  SendMessageBatch: [SendMessageBatchCommandInput, SendMessageBatchCommandOutput]
}

/** The SDK, as far as it is used. */
export type SqsDriver = Pick<typeof import('@aws-sdk/client-sqs'), 'SQSClient' | `${keyof Operations}Command`>

/** How often the SDK makes a request that is throttled or meets a failing server, with growing pauses, before it gives up. */
const ATTEMPTS = 4

/** Loads the SDK. Throws `MissingBackendError` where it is not installed. */
export function loadSdk(): Promise<SqsDriver> {
  return loadDriver('@aws-sdk/client-sqs', () => import('@aws-sdk/client-sqs'))
}

/** Makes a client of the SDK, which finds its credentials by itself. */
export function connect(
  driver: SqsDriver,
  { region, endpoint }: SqsSettings,
  config: SQSClientConfig = {},
): SqsConnection & Destroyable {
  return new driver.SQSClient({
    maxAttempts: ATTEMPTS,
    cacheMiddleware: true,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...config,
  })
}

/** Likewise, for requests that wait in SQS: one for each queue at most, and each on a socket of its own. */
export function connectToWait(driver: SqsDriver, settings: SqsSettings): SqsConnection & Destroyable {
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }
  return connect(driver, settings, { requestHandler: { httpAgent: agent, httpsAgent: agent } })
}

/** What can be closed. */
export interface Destroyable {
  destroy(): void
}
