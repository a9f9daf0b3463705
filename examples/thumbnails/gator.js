// @ts-check
import { join } from 'node:path'
import { Gator } from '@alligator/core'
import '@alligator/sqlite'
// The process must have loaded it before its threads do: its libraries would go with the first thread that ends.
import 'sharp'

const file = join(import.meta.dirname, 'tasks.sqlite3')

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? `sqlite://${file}`, {
  root: import.meta.dirname,
})
