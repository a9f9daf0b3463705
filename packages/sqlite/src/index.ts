import { registerBackend } from '@alligator/core'
import { SqliteClient } from './client.js'

registerBackend('sqlite', SqliteClient)

export { SqliteClient } from './client.js'
export type { SqliteDatabase, SqliteStatement } from './driver.js'
