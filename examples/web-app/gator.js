// @ts-check
// The app's one queue, on the connection of its database: what is enqueued in a transaction commits with it.
import { Gator } from '@alligator/core'
import { SqliteClient } from '@alligator/sqlite'
import { db } from './database.js'

export const gator = new Gator(new SqliteClient(db), { root: import.meta.dirname })
