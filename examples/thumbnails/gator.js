// @ts-check
import { join } from 'node:path'
import { Gator } from '@alligator/core'
import '@alligator/sqlite'
// On Linux its libraries must be loaded by the main thread before other threads do: they would go with the first that ends.
import 'sharp'

const file = join(import.meta.dirname, 'tasks.sqlite3')

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? `sqlite://${file}`, {
  root: import.meta.dirname,
})
