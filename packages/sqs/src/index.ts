import { registerBackend } from '@alligator/core'
import { SqsClient } from './client.js'

registerBackend('sqs', SqsClient)

export { SqsClient } from './client.js'
export type { SqsConnection } from './driver.js'
export { type LambdaOptions, type SqsBatchResponse, type SqsEvent, lambdaHandler } from './lambda.js'
export type { SqsRecord } from './stored.js'
export type { SqsClientOptions } from './settings.js'
