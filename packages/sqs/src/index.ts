import { registerBackend } from '@alligator/core'
import { SqsClient } from './client.js'

registerBackend('sqs', SqsClient)

export { SqsClient } from './client.js'
export type { SqsConnection } from './driver.js'
export type { SqsOptions } from './settings.js'
