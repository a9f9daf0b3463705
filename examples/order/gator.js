// @ts-check
import { join } from 'node:path'
import { Gator } from '@alligator/core'
import '@alligator/sqlite'

const file = join(import.meta.dirname, 'tasks.sqlite3')

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? `sqlite://${file}`, {
  root: import.meta.dirname,
})
