import { registerBackend } from '@alligator/core'
import { PostgresClient } from './client.js'

registerBackend('postgres', PostgresClient)
registerBackend('postgresql', PostgresClient)

export { PostgresClient } from './client.js'
export type { PostgresConnection, PostgresPool } from './driver.js'
export type { PostgresClientOptions } from './settings.js'
